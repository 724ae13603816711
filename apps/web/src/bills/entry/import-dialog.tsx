/**
 * Brings bills from a file: choose it, look at what would come of it and say who is who, import, and undo.
 *
 * Nothing is written before the preview was seen, and nothing of a file that is broken anywhere: its line and column are
 * said instead.
 */

import { FileUp } from 'lucide-react'
import { useReducer, useState } from 'react'
import type { ChangeEvent, Dispatch, DragEvent } from 'react'
import { useApp, useTexts } from '../../app-context.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog, DialogActions } from '../../ui/dialog.tsx'
import type { BillContext } from '../bill-context.ts'
import { changeImport, importInput, NO_IMPORT } from './import-form.ts'
import type { ImportAction, ImportForm, ImportRefusal, ImportSayings } from './import-form.ts'
import { CurrencyOfFile, ImportPreviewPart, PayerOfLine } from './import-preview.tsx'
import { refusalOf } from './import-refusal.ts'
import styles from './import.module.css'

export interface ImportDialogProps {
  readonly space: string
  readonly ledger: BillContext
  readonly onClose: () => void
  /** Bills were written, or deleted again. */
  readonly onImported?: () => void
}

/** As the peer has it. */
const FILE_BYTES_MAX = 32 * 1024 * 1024

export function ImportDialog({ space, ledger, onClose, onImported }: ImportDialogProps) {
  const { billImport, common } = useTexts()
  const [form, dispatch] = useReducer(changeImport, NO_IMPORT)
  const work = useImportWork(space, dispatch, onImported)
  const { phase, file } = form
  const read = (sayings?: Partial<ImportSayings>) => {
    if (sayings !== undefined) dispatch({ type: 'say', change: sayings })
    void work.look({ ...form, sayings: { ...form.sayings, ...sayings } })
  }
  return (
    <Dialog title={billImport.title} lead={billImport.lead} shape="wide" onClose={onClose}>
      {phase.at !== 'done' && phase.at !== 'undone' && (
        <FileChoice name={file?.name} onFile={(chosen) => void work.choose(chosen)} />
      )}
      {phase.at === 'reading' && <p role="status">{billImport.reading}</p>}
      {phase.at === 'refused' && <Refused refusal={phase.refusal} form={form} onRead={read} />}
      {phase.at === 'preview' && (
        <ImportPreviewPart
          ledger={ledger}
          preview={phase.preview}
          form={form}
          dispatch={dispatch}
          onRead={read}
        />
      )}
      {phase.at === 'preview' && (
        <div className={styles.foot}>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button
            tone="primary"
            disabled={work.busy || phase.preview.newExpenses === 0}
            onClick={() => void work.apply(form)}
          >
            {billImport.import(phase.preview.newExpenses)}
          </Button>
        </div>
      )}
      {phase.at === 'done' && (
        <>
          <p role="status">
            <strong>{billImport.done(phase.result.expenses)}</strong> {billImport.doneHint}
          </p>
          <DialogActions>
            <Button disabled={work.busy} onClick={() => void work.undo(phase.result.batch)}>
              {billImport.undo}
            </Button>
            <Button tone="primary" onClick={onClose}>
              {common.done}
            </Button>
          </DialogActions>
        </>
      )}
      {phase.at === 'undone' && (
        <>
          <p role="status">{billImport.undone}</p>
          <DialogActions>
            <Button tone="primary" onClick={onClose}>
              {common.done}
            </Button>
          </DialogActions>
        </>
      )}
    </Dialog>
  )
}

interface FileChoiceProps {
  readonly name: string | undefined
  readonly onFile: (file: File) => void
}

function FileChoice({ name, onFile }: FileChoiceProps) {
  const { billImport } = useTexts()
  const [isOver, setOver] = useState(false)
  const take = (files: FileList | null) => {
    const [file] = files ?? []
    if (file !== undefined) onFile(file)
  }
  const onDrop = (event: DragEvent) => {
    event.preventDefault()
    setOver(false)
    take(event.dataTransfer.files)
  }
  const onChange = (event: ChangeEvent<HTMLInputElement>) => {
    take(event.target.files)
    // The same file again, once it was mended, is a change too.
    event.target.value = ''
  }
  return (
    <label
      className={styles.drop}
      data-over={isOver}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={onDrop}
    >
      <FileUp />
      <span>
        <strong>{name === undefined ? billImport.choose : billImport.chooseOther}</strong>{' '}
        {billImport.drop}
      </span>
      {name !== undefined && <span className={styles.fileName}>{name}</span>}
      <input className="visually-hidden" type="file" onChange={onChange} />
    </label>
  )
}

interface RefusedProps {
  readonly refusal: ImportRefusal
  readonly form: ImportForm
  readonly onRead: (sayings: Partial<ImportSayings>) => void
}

function Refused({ refusal, form, onRead }: RefusedProps) {
  const { billImport } = useTexts()
  const { words, line, column, missing } = refusal
  return (
    <>
      <div className={styles.refused} role="alert">
        <strong>{billImport.failed}</strong>
        <p>{words}</p>
        {line !== undefined && column !== undefined && (
          <p className={styles.place}>{billImport.place(line, column)}</p>
        )}
      </div>
      {missing === 'currency' && <CurrencyOfFile form={form} onRead={onRead} />}
      {missing === 'payer' && line !== undefined && (
        <PayerOfLine key={line} line={line} form={form} onRead={onRead} />
      )}
    </>
  )
}

function useImportWork(
  space: string,
  dispatch: Dispatch<ImportAction>,
  onImported: (() => void) | undefined,
) {
  const { store, words } = useApp()
  const { texts } = words
  const [busy, setBusy] = useState(false)
  const refuse = (refusal: Partial<ImportRefusal> & { readonly words: string }) => {
    const nowhere = { line: undefined, column: undefined, missing: undefined }
    dispatch({ type: 'phase', phase: { at: 'refused', refusal: { ...nowhere, ...refusal } } })
  }
  const run = async (action: () => Promise<void>) => {
    setBusy(true)
    try {
      await action()
    } catch (error) {
      refuse(refusalOf(error, texts))
    } finally {
      setBusy(false)
    }
  }
  const look = (form: ImportForm) =>
    run(async () => {
      const input = importInput(form)
      if (input === undefined) return
      const preview = await store.api.previewImport(space, input)
      dispatch({ type: 'phase', phase: { at: 'preview', preview } })
    })
  const choose = async (chosen: File) => {
    if (chosen.size > FILE_BYTES_MAX) {
      refuse({ words: texts.billImport.tooLarge })
      return
    }
    let file
    try {
      file = { name: chosen.name, contents: await toBase64(chosen) }
    } catch {
      refuse({ words: texts.billImport.unreadable })
      return
    }
    dispatch({ type: 'file', file })
    await look({ ...NO_IMPORT, file })
  }
  const apply = (form: ImportForm) =>
    run(async () => {
      const input = importInput(form)
      if (input === undefined) return
      const result = await store.api.applyImport(space, input)
      dispatch({ type: 'phase', phase: { at: 'done', result } })
      onImported?.()
    })
  const undo = (batch: string) =>
    run(async () => {
      const result = await store.api.undoImport(space, batch)
      dispatch({ type: 'phase', phase: { at: 'undone', result } })
      onImported?.()
    })
  return { busy, look, choose, apply, undo }
}

/** A data URL, without its head. */
async function toBase64(file: File): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const reader = new FileReader()
  reader.addEventListener('load', () => resolve(reader.result as string))
  reader.addEventListener('error', () => reject(reader.error ?? new Error('unreadable')))
  reader.readAsDataURL(file)
  const url = await promise
  return url.slice(url.indexOf(',') + 1)
}
