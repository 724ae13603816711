/** Getting even: who pays whom, in one of three ways, and what was paid and waits for a word. */

import type { Expense, LedgerTransfer, SettleMode } from '@hamlet/http/api'
import { ArrowRight } from 'lucide-react'
import { useEffect } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { Choice } from '../ui/field.tsx'
import { payersText } from './bill-words.ts'
import { useMayBill } from './may-bill.ts'
import { moneyText, sizeText } from './money-text.ts'
import styles from './settle.module.css'
import { useBills, useLedgerWords } from './use-bills.ts'

const MODES: readonly SettleMode[] = ['minimal', 'existing', 'pairwise']

export function SettleDrawer({ space }: { readonly space: string }) {
  const { store, show } = useApp()
  const { settle: texts } = useTexts()
  const { plan } = useBills(space)
  useEffect(() => {
    store.bills.ask(space, ['parties', 'settings', 'extras', 'pending'])
    store.bills.openPlan(space, { byCouple: true })
  }, [store, space])
  return (
    <Dialog
      shape="drawer"
      title={texts.title}
      lead={texts.lead}
      onClose={() => show({ kind: 'none' })}
    >
      {plan !== undefined && (
        <>
          <Mode space={space} />
          <Plan space={space} />
          <Pending space={space} />
        </>
      )}
    </Dialog>
  )
}

function Mode({ space }: { readonly space: string }) {
  const { store } = useApp()
  const { settle: texts } = useTexts()
  const { plan, planRequest, extras } = useBills(space)
  const couples = extras?.couples.some(({ retired }) => !retired) === true
  const mode = planRequest.mode ?? plan?.mode ?? 'minimal'
  return (
    <>
      <Choice
        legend={texts.mode}
        value={mode}
        options={MODES.map((value) => ({
          value,
          label: texts.modes[value],
          hint: texts.modeHints[value],
        }))}
        onChange={(chosen) => store.bills.openPlan(space, { ...planRequest, mode: chosen })}
      />
      {couples && (
        <label className={styles.couples}>
          <input
            type="checkbox"
            checked={planRequest.byCouple}
            onChange={({ target }) =>
              store.bills.openPlan(space, { ...planRequest, byCouple: target.checked })
            }
          />
          {texts.byCouple}
        </label>
      )}
    </>
  )
}

function Plan({ space }: { readonly space: string }) {
  const { settle: texts } = useTexts()
  const { names, locale } = useLedgerWords(space)
  const { plan } = useBills(space)
  if (plan === undefined) return null
  if (plan.transfers.length === 0) return <p className={styles.none}>{texts.none}</p>
  // One's own first: that is what one can do.
  const isOwn = ({ from, to }: LedgerTransfer) => names.isSelf(from) || names.isSelf(to)
  const ordered = plan.transfers.toSorted((a, b) => Number(isOwn(b)) - Number(isOwn(a)))
  return (
    <>
      <ul className={styles.plan}>
        {ordered.map((transfer) => (
          <Step
            key={`${transfer.from} ${transfer.to} ${transfer.currency.code}`}
            space={space}
            transfer={transfer}
          />
        ))}
      </ul>
      {!plan.exact && <p className={styles.note}>{texts.inexact}</p>}
      {plan.left.map(({ party, currency, minor }) => (
        <p key={`${party} ${currency.code}`} className={styles.note}>
          {texts.left(names.nameOf(party), moneyText(minor, currency, locale))}
        </p>
      ))}
    </>
  )
}

interface StepProps {
  readonly space: string
  readonly transfer: LedgerTransfer
}

function Step({ space, transfer }: StepProps) {
  const { store, show } = useApp()
  const { settle: texts } = useTexts()
  const { names, locale } = useLedgerWords(space)
  const mayBill = useMayBill(space)
  const { from, to, currency, minor } = transfer
  const who = names.isSelf(from)
    ? texts.youPay(names.plainName(to))
    : names.isSelf(to)
      ? texts.paysYou(names.plainName(from))
      : texts.others(names.plainName(from), names.plainName(to))
  const sum = sizeText(minor, currency, locale)
  const line = `${who}, ${sum}`
  return (
    <li className={styles.step}>
      <span className={styles.faces}>
        <Avatar id={from} name={names.plainName(from)} size="small" />
        <ArrowRight aria-hidden="true" />
        <Avatar id={to} name={names.plainName(to)} size="small" />
      </span>
      <span className={styles.who}>{who}</span>
      <strong className={styles.sum}>{sum}</strong>
      <span className={styles.buttons}>
        <Button
          size="small"
          tone="quiet"
          aria-label={texts.whyLabel(line)}
          onClick={() => show({ kind: 'explain', space, from, to })}
        >
          {texts.why}
        </Button>
        {mayBill && (
          <Button
            size="small"
            aria-label={texts.markLabel(line)}
            onClick={() => void store.bills.pay(space, transfer, line)}
          >
            {texts.markPaid}
          </Button>
        )}
      </span>
    </li>
  )
}

/** Payments that were marked, and that whoever got them has not confirmed. */
function Pending({ space }: { readonly space: string }) {
  const { settle: texts } = useTexts()
  const transfers = (useBills(space).pending ?? []).filter(({ kind }) => kind === 'transfer')
  if (transfers.length === 0) return null
  return (
    <section className={styles.pending}>
      <h3>{texts.pendingTitle}</h3>
      <ul className={styles.plan}>
        {transfers.map((bill) => (
          <PendingPayment key={bill.id} space={space} bill={bill} />
        ))}
      </ul>
    </section>
  )
}

function PendingPayment({ space, bill }: { readonly space: string; readonly bill: Expense }) {
  const { store, show } = useApp()
  const texts = useTexts()
  const words = useLedgerWords(space)
  const line = payersText(bill, words)
  const sum = moneyText(bill.amountMinor, bill.currency, words.locale)
  const forSelf =
    !words.names.isSelf(bill.updated.person) &&
    bill.owed.some(({ party }) => words.names.isSelf(party))
  return (
    <li className={styles.step}>
      <span className={styles.who}>{line}</span>
      <strong className={styles.sum}>{sum}</strong>
      <span className={styles.buttons}>
        <Button
          size="small"
          tone="quiet"
          aria-label={`${texts.common.details}: ${line}, ${sum}`}
          onClick={() => show({ kind: 'bill', space, bill: bill.id })}
        >
          {texts.common.details}
        </Button>
        {forSelf && (
          <Button
            size="small"
            aria-label={`${texts.bill.confirm}: ${line}, ${sum}`}
            onClick={() => void store.bills.judge(space, bill.id, 'confirmed', '')}
          >
            {texts.bill.confirm}
          </Button>
        )}
      </span>
    </li>
  )
}
