/** One bill at the right: what it says, who carries which part, what was said about it and how it came to be. */

import { Copy, Ellipsis, FileText, Pencil, Trash2, Undo2 } from 'lucide-react'
import { useEffect } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { BillChoice } from './bill-choice.tsx'
import { shortDay } from './bill-days.ts'
import styles from './bill-drawer.module.css'
import { BillFacts } from './bill-facts.tsx'
import { BillHistory } from './bill-history.tsx'
import { Marks } from './bill-row.tsx'
import { BillReceipts } from './bill-receipts.tsx'
import { BillTalk } from './bill-talk.tsx'
import { BillVerdicts } from './bill-verdicts.tsx'
import { ownPartText } from './bill-words.ts'
import { billToInput } from './bill-input.ts'
import type { DetailProps } from './detail-props.ts'
import { useMayBill } from './may-bill.ts'
import { moneyText } from './money-text.ts'
import { useBills, useLedgerWords } from './use-bills.ts'

interface BillDrawerProps {
  readonly space: string
  readonly bill: string
}

export function BillDrawer({ space, bill: id }: BillDrawerProps) {
  const { store, show } = useApp()
  const { bill: texts } = useTexts()
  const detail = useBills(space).details[id]
  const listed = useBills(space).found?.bills.find((bill) => bill.id === id)
  useEffect(() => {
    store.bills.openBill(space, id)
    return () => store.bills.closeBill(space, id)
  }, [store, space, id])
  const title = (typeof detail === 'object' ? detail : listed)?.title ?? texts.title
  return (
    <Dialog shape="drawer" title={title} onClose={() => show({ kind: 'none' })}>
      {detail === 'failed' && <p role="alert">{texts.failed}</p>}
      {typeof detail === 'object' && <Content space={space} detail={detail} />}
    </Dialog>
  )
}

function Content({ space, detail }: DetailProps) {
  const { bill: texts } = useTexts()
  return (
    <>
      <Summary space={space} detail={detail} />
      {detail.deleted && <p className={styles.deleted}>{texts.isDeleted}</p>}
      <BillChoice space={space} detail={detail} />
      <BillVerdicts space={space} detail={detail} />
      <BillFacts space={space} detail={detail} />
      <BillReceipts space={space} detail={detail} />
      <BillTalk space={space} detail={detail} />
      <BillHistory space={space} detail={detail} />
    </>
  )
}

function Summary({ space, detail }: DetailProps) {
  const words = useLedgerWords(space)
  const mayBill = useMayBill(space)
  return (
    <section className={styles.summary}>
      <p className={styles.sum}>{moneyText(detail.amountMinor, detail.currency, words.locale)}</p>
      <p className={styles.note}>
        {shortDay(detail.date, words.locale)} · {ownPartText(detail, words)}
      </p>
      <p className={styles.marks}>
        <Marks bill={detail} />
      </p>
      {mayBill && <Actions space={space} detail={detail} />}
    </section>
  )
}

function Actions({ space, detail }: DetailProps) {
  const { store, show } = useApp()
  const { bill: texts } = useTexts()
  if (detail.deleted) {
    return (
      <div className={styles.actions}>
        <Button icon={<Undo2 />} onClick={() => void store.bills.restore(space, detail)}>
          {texts.restore}
        </Button>
      </div>
    )
  }
  const remove = () => {
    show({ kind: 'none' })
    void store.bills.delete(space, detail)
  }
  return (
    <div className={styles.actions}>
      <Button icon={<Pencil />} onClick={() => show({ kind: 'bill-form', space, expense: detail })}>
        {texts.edit}
      </Button>
      <Button icon={<Trash2 />} onClick={remove}>
        {texts.delete}
      </Button>
      <MoreActions space={space} detail={detail} />
    </div>
  )
}

function MoreActions({ space, detail }: DetailProps) {
  const { store, show } = useApp()
  const texts = useTexts()
  const asTemplate = async () => {
    const input = { name: detail.title, expense: billToInput(detail) }
    const done = await store.bills.change(space, (api) => api.addTemplate(space, input))
    const text = texts.ledger.asTemplateDone(detail.title)
    if (done) store.notices.show({ tone: 'plain', text })
  }
  return (
    <Menu
      trigger={
        <IconButton label={texts.common.more}>
          <Ellipsis />
        </IconButton>
      }
    >
      <MenuItem
        icon={<Copy />}
        onSelect={() => show({ kind: 'bill-form', space, draft: billToInput(detail) })}
      >
        {texts.bill.duplicate}
      </MenuItem>
      <MenuItem icon={<FileText />} onSelect={() => void asTemplate()}>
        {texts.ledger.asTemplate}
      </MenuItem>
    </Menu>
  )
}
