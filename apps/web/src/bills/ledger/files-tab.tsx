/** Taking the ledger with one, and what came in by files. */

import { Download, FileUp } from 'lucide-react'
import type { LedgerExportFormat, LedgerImport } from '@hamlet/http/api'
import { useState } from 'react'
import { useApp, useSelect, useTexts } from '../../app-context.tsx'
import { Button } from '../../ui/button.tsx'
import { Time } from '../../ui/time.tsx'
import { useMayBill } from '../may-bill.ts'
import { useBills } from '../use-bills.ts'
import { downloadPieces, exportFileName } from './download.ts'
import styles from './ledger.module.css'
import { useChange } from './use-change.ts'

const FORMATS: readonly LedgerExportFormat[] = [
  'json',
  'csv',
  'splitwise-csv',
  'spliit-json',
  'ihatemoney-json',
  'cospend-csv',
  'settlement-csv',
  'signed-txt',
]

export function FilesTab({ space }: { readonly space: string }) {
  const { show } = useApp()
  const { ledger: texts } = useTexts()
  const { imports } = useBills(space)
  const mayBill = useMayBill(space)
  return (
    <>
      <section className={styles.block}>
        <h3>{texts.exports}</h3>
        <p className={styles.note}>{texts.exportsHint}</p>
        <ul className={styles.list}>
          {FORMATS.map((format) => (
            <Export key={format} space={space} format={format} />
          ))}
        </ul>
      </section>
      <section className={styles.block}>
        <h3>{texts.imports}</h3>
        {imports?.length === 0 && <p className={styles.note}>{texts.noImports}</p>}
        <ul className={styles.list}>
          {(imports ?? []).map((file) => (
            <Imported key={file.batch} space={space} file={file} />
          ))}
        </ul>
        {mayBill && (
          <div>
            <Button icon={<FileUp />} onClick={() => show({ kind: 'bill-import', space })}>
              {texts.importFile}
            </Button>
          </div>
        )}
      </section>
    </>
  )
}

interface ExportProps {
  readonly space: string
  readonly format: LedgerExportFormat
}

function Export({ space, format }: ExportProps) {
  const { store } = useApp()
  const { ledger: texts } = useTexts()
  const name = useSelect((state) => state.spaces?.find(({ id }) => id === space)?.name ?? '')
  const [busy, setBusy] = useState(false)
  const download = async () => {
    setBusy(true)
    try {
      await downloadPieces(store.api.exportLedger(space, format), exportFileName(name, format))
    } catch (error) {
      store.report(error, 'load')
    } finally {
      setBusy(false)
    }
  }
  return (
    <li className={styles.row}>
      <div className={styles.rowHead}>
        <span className={styles.grow}>{texts.formats[format]}</span>
        <Button
          size="small"
          icon={<Download />}
          disabled={busy}
          aria-label={`${texts.download}: ${texts.formats[format]}`}
          onClick={() => void download()}
        >
          {texts.download}
        </Button>
      </div>
    </li>
  )
}

function Imported({ space, file }: { readonly space: string; readonly file: LedgerImport }) {
  const { ledger: texts, bills } = useTexts()
  const mayBill = useMayBill(space)
  const change = useChange(space)
  const name = file.fileName === '' ? file.source : file.fileName
  return (
    <li className={styles.row} data-retired={file.undone}>
      <div className={styles.rowHead}>
        <span className={styles.grow}>
          <strong>{name}</strong>{' '}
          <span className={styles.note}>
            {file.undone ? texts.importUndone : bills.total(file.expenses)} ·{' '}
            <Time atMs={file.by.atMs} />
          </span>
        </span>
        {mayBill && !file.undone && (
          <Button
            size="small"
            tone="quiet"
            aria-label={`${texts.undoImport}: ${name}`}
            onClick={() => void change((api) => api.undoImport(space, file.batch))}
          >
            {texts.undoImport}
          </Button>
        )}
      </div>
    </li>
  )
}
