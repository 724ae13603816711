/**
 * Enters and edits a bill: title, Tab, amount, Enter.
 *
 * Everything else has a sensible default and its own part of the dialog. Who pays and what was bought are lines one
 * types; beneath each stands what was understood, and who owes what is shown as it will be saved. Nothing typed is lost
 * when the dialog or the page is closed.
 */

import { useRef } from 'react'
import type { KeyboardEvent } from 'react'
import type { Expense } from '@hamlet/http/api'
import { useApp, useTexts } from '../../app-context.tsx'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { AmountFields } from './amount-fields.tsx'
import styles from './bill-dialog.module.css'
import { BillFoot } from './bill-foot.tsx'
import { MoreFields } from './more-fields.tsx'
import { takenFiles } from '../../files/taken-files.ts'
import { useChosen } from '../../files/use-chosen.ts'
import type { Chosen } from '../../files/use-chosen.ts'
import { PayersField } from './payers-field.tsx'
import { ReceiptField, receiptPlace } from './receipt-field.tsx'
import { SplitFields } from './split-fields.tsx'
import { TransferFields, isPlainTransfer } from './transfer-fields.tsx'
import { EntryContext, useBillEntry } from './use-bill-entry.ts'
import type { BillDialogProps } from './use-bill-entry.ts'

export function BillDialog(props: BillDialogProps) {
  const { billForm } = useTexts()
  const receipts = useChosen(receiptPlace(props.space, props.expense?.id))
  const work = useBillEntry({ ...props, onSaved: useReceipts(props, receipts) })
  const form = useRef<HTMLFormElement>(null)
  const { entry } = work
  const save = async () => {
    await work.save()
    // What is wrong says so beside its field; the first of them is where to go on.
    requestAnimationFrame(() => {
      form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
    })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return
    event.preventDefault()
    void save()
  }
  return (
    <EntryContext value={entry}>
      <Dialog
        title={work.edited === undefined ? billForm.newTitle : billForm.editTitle}
        shape="wide"
        onClose={work.close}
      >
        <form
          ref={form}
          className={styles.form}
          noValidate
          onKeyDown={onKeyDown}
          {...takenFiles((files) => receipts.add(files))}
          onSubmit={(event) => {
            event.preventDefault()
            void save()
          }}
        >
          <Notes work={work} current={props.expense} />
          <AmountFields />
          {isPlainTransfer(entry) ? (
            <TransferFields />
          ) : (
            <>
              <PayersField />
              <SplitFields onDone={() => void save()} />
            </>
          )}
          <ReceiptField chosen={receipts} />
          <MoreFields isEdit={work.edited !== undefined} />
          <BillFoot work={work} />
        </form>
      </Dialog>
    </EntryContext>
  )
}

/** Once the bill is saved its receipts follow; how they fare is shown beside the bill. */
function useReceipts({ space, onSaved }: BillDialogProps, receipts: Chosen) {
  const { store } = useApp()
  return (expense: Expense) => {
    void store.attachments.attach(space, expense.id, receipts.files)
    receipts.clear()
    onSaved(expense)
  }
}

interface NotesProps {
  readonly work: ReturnType<typeof useBillEntry>
  readonly current: BillDialogProps['expense']
}

/** What was kept, what was replaced, and what changed meanwhile. */
function Notes({ work, current }: NotesProps) {
  const { billForm, common } = useTexts()
  const { edited, isRestored, startOver, former, bringBack } = work
  const isNewer =
    edited !== undefined && current !== undefined && current.version !== edited.version
  const by = work.entry.ledger.parties.find(({ id }) => id === current?.updated.person)?.name
  return (
    <>
      {isRestored && (
        <p className={styles.restored}>
          {billForm.restored}
          <Button size="small" onClick={startOver}>
            {billForm.startOver}
          </Button>
        </p>
      )}
      {former !== undefined && (
        <p className={styles.restored}>
          {billForm.replaced}
          <Button size="small" onClick={bringBack}>
            {billForm.bringBack}
          </Button>
        </p>
      )}
      {isNewer && (
        <p className={styles.restored} role="status">
          {billForm.changedMeanwhile(by ?? common.unnamed)}
        </p>
      )}
    </>
  )
}
