/** What the dialog of a bill does: form, reading, draft, people added on the way, saving. The parts draw it. */

import { createContext, use, useEffect, useMemo, useReducer, useRef, useState } from 'react'
import type { Dispatch } from 'react'
import type { Expense, ExpenseDetail, ExpenseInput, LedgerParty } from '@hamlet/http/api'
import { useApp } from '../../app-context.tsx'
import { errorToWords } from '../../state/error-words.ts'
import type { BillContext } from '../bill-context.ts'
import { shortDay, today } from '../bill-days.ts'
import { newBillId } from '../new-bill-id.ts'
import { bodyToInput } from './bill-changes.ts'
import { draftKey, keepDraft, readDraft } from './bill-draft.ts'
import type { BillDraft } from './bill-draft.ts'
import { changeBill } from './bill-form.ts'
import type { BillAction, BillForm } from './bill-form.ts'
import { readBill } from './bill-reading.ts'
import type { BillReading } from './bill-reading.ts'
import {
  blankForm,
  copiedForm,
  decimalMarkOf,
  filledForm,
  localCurrency,
  namedIn,
  namedInForm,
  peopleOf,
} from './form-start.ts'
import type { FormContext } from './form-start.ts'
import type { PeopleIndex } from './people-index.ts'
import { saveBill, saveTemplate } from './save-bill.ts'
import { useKnownRate } from './use-known-rate.ts'

export interface BillDialogProps {
  readonly space: string
  readonly ledger: BillContext
  /** The bill to edit; absent for a new one. */
  readonly expense?: ExpenseDetail
  /** What another screen has filled in for a new one. */
  readonly draft?: ExpenseInput
  readonly onClose: () => void
  readonly onSaved: (expense: Expense) => void
}

export interface BillEntry {
  readonly space: string
  readonly ledger: BillContext
  readonly form: BillForm
  readonly dispatch: Dispatch<BillAction>
  readonly reading: BillReading
  readonly people: PeopleIndex
  /** Whether saving was tried, so that what is missing is said. */
  readonly isTried: boolean
  readonly addPerson: (name: string) => Promise<void>
}

export const EntryContext = createContext<BillEntry | undefined>(undefined)

export function useEntry(): BillEntry {
  const entry = use(EntryContext)
  if (entry === undefined) throw new TypeError('expected an EntryContext above this component')
  return entry
}

interface Start extends BillDraft {
  /** What nobody has typed yet. */
  readonly untouched: string
  readonly isRestored: boolean
}

export function useBillEntry(props: BillDialogProps) {
  const { space, ledger, onClose } = props
  const { store, words } = useApp()
  const [added, setAdded] = useState<readonly LedgerParty[]>([])
  const [start, setStart] = useState(() => beginning(props, store.notes, words.locale))
  const [form, dispatch] = useReducer(changeBill, start.form)
  const [edited, setEdited] = useState(props.expense)
  const [isTried, setTried] = useState(false)
  const people = usePeople(ledger, added, form)
  const ledgerCurrency = ledger.settings.currency
  const reading = useMemo(
    () => readBill(form, { people, id: start.id, ledgerCurrency }),
    [form, people, start.id, ledgerCurrency],
  )
  useKnownRate(space, form, ledgerCurrency, dispatch)
  const key = props.draft === undefined ? draftKey(space, edited?.id) : undefined
  useKeptDraft(key, start, form)
  const saving = useSaving({ ...props, edited, start, form, reading, key })
  const begin = (next: Start) => {
    setStart(next)
    setTried(false)
    dispatch({ type: 'load', form: next.form })
  }
  const replacing = useReplacing({ ...props, edited, start, form, key, begin, setEdited })
  const addPerson = async (name: string) => {
    const party = await saving.run(() => store.api.addParty(space, name))
    if (party === undefined) return
    setAdded((all) => [...all, party])
    dispatch({ type: 'choose', party: party.id, isChosen: true })
  }
  const save = async () => {
    setTried(true)
    await saving.save()
  }
  const entry = { space, ledger, form, dispatch, reading, people, isTried, addPerson }
  const { isRestored } = start
  return { ...saving, ...replacing, entry, edited, isRestored, save, close: onClose }
}

interface ReplacingParts extends BillDialogProps {
  readonly edited: ExpenseDetail | undefined
  readonly start: Start
  readonly form: BillForm
  readonly key: string | undefined
  readonly begin: (next: Start) => void
  readonly setEdited: (edited: ExpenseDetail | undefined) => void
}

/** What puts something else in the place of the whole form; what stood there can be brought back. */
function useReplacing(parts: ReplacingParts) {
  const { store, words } = useApp()
  const { ledger, edited, start, form, key, begin, setEdited } = parts
  const [former, setFormer] = useState<Start | undefined>(undefined)
  return {
    former,
    bringBack: () => {
      if (former !== undefined) begin({ ...former, isRestored: false })
      setFormer(undefined)
    },
    startOver: () => {
      if (key !== undefined) keepDraft(store.notes, key, undefined)
      begin(beginning(parts, undefined, words.locale))
      setFormer({ ...start, form })
    },
    duplicate: () => {
      if (edited === undefined) return
      const copy = copiedForm(bodyToInput(edited), contextOf(ledger, form, words.locale))
      setEdited(undefined)
      begin(newStart(copy, undefined))
      setFormer(undefined)
    },
    useTemplate: (input: ExpenseInput) => {
      const context = contextOf(ledger, filledForNames(input, form), words.locale)
      const isTouched = JSON.stringify(form) !== start.untouched
      begin({ ...start, form: copiedForm(input, context), isRestored: false })
      setFormer(isTouched ? { ...start, form } : undefined)
    },
  }
}

/** The form a draft left, or a new one; without notes, always a new one. */
function beginning(
  { space, ledger, expense, draft }: BillDialogProps,
  notes: Parameters<typeof readDraft>[0] | undefined,
  locale: string,
): Start {
  const input = expense === undefined ? draft : bodyToInput(expense)
  const named = input === undefined ? new Set<string>() : namedIn(input)
  const context = formContext(ledger, named, locale)
  const form = input === undefined ? blankForm(context) : filledForm(input, context)
  const fresh = newStart(form, expense)
  if (notes === undefined || draft !== undefined) return fresh
  const kept = readDraft(notes, draftKey(space, expense?.id))
  if (kept === undefined || (kept.base === null) !== (expense === undefined)) return fresh
  // Another page may be at the same draft: only what may have been saved already keeps its id.
  const id = kept.isTried ? kept.id : fresh.id
  return { ...fresh, ...kept, id, isRestored: true }
}

function newStart(form: BillForm, expense: Expense | undefined): Start {
  return {
    id: expense?.id ?? newBillId(),
    form,
    base: expense === undefined ? null : bodyToInput(expense),
    isTried: false,
    untouched: JSON.stringify(form),
    isRestored: false,
  }
}

function formContext(ledger: BillContext, named: ReadonlySet<string>, locale: string): FormContext {
  return {
    ledger,
    people: peopleOf(ledger.parties, ledger.self, named),
    today: today(Date.now()),
    decimalMark: decimalMarkOf(locale),
    fallbackCurrency: localCurrency(locale),
  }
}

function contextOf(ledger: BillContext, form: BillForm, locale: string): FormContext {
  return formContext(ledger, namedInForm(form), locale)
}

/** Whoever the form or what is loaded into it names stays among the people. */
function filledForNames(input: ExpenseInput, form: BillForm): BillForm {
  return { ...form, named: [...form.named, ...namedIn(input)] }
}

function usePeople(
  ledger: BillContext,
  added: readonly LedgerParty[],
  form: BillForm,
): PeopleIndex {
  const named = [...namedInForm(form)].toSorted().join(' ')
  return useMemo(() => {
    const known = new Set(ledger.parties.map(({ id }) => id))
    const parties = [...ledger.parties, ...added.filter(({ id }) => !known.has(id))]
    return peopleOf(parties, ledger.self, new Set(named.split(' ')))
  }, [ledger.parties, ledger.self, added, named])
}

/** Keeps what was typed as it is typed; a form nobody touched leaves no draft. */
function useKeptDraft(key: string | undefined, start: Start, form: BillForm): void {
  const { store } = useApp()
  useEffect(() => {
    if (key === undefined) return
    const { id, base, isTried, untouched } = start
    const isUntouched = JSON.stringify(form) === untouched
    keepDraft(store.notes, key, isUntouched ? undefined : { id, base, isTried, form })
  }, [store, key, start, form])
}

interface SavingParts extends BillDialogProps {
  readonly edited: ExpenseDetail | undefined
  readonly start: Start
  readonly form: BillForm
  readonly reading: BillReading
  readonly key: string | undefined
}

function useSaving(parts: SavingParts) {
  const { store, words } = useApp()
  const { space, edited, start, form, reading, key } = parts
  const [busy, setBusy] = useState(false)
  const [failure, setFailure] = useState('')
  const triedId = useRef(start.isTried ? start.id : '')
  const run = async <Value>(action: () => Promise<Value>): Promise<Value | undefined> => {
    setBusy(true)
    setFailure('')
    try {
      return await action()
    } catch (error) {
      setFailure(errorToWords(error, words.texts, 'bill'))
      return undefined
    } finally {
      setBusy(false)
    }
  }
  const save = async () => {
    const { input, rule } = reading
    if (input === undefined || busy) return
    const former =
      edited === undefined || start.base === null
        ? undefined
        : { expense: edited, base: start.base }
    const bill = { space, id: start.id, former, input, rule, isRetry: triedId.current === start.id }
    // Should the answer be lost with the page, the next visit knows that it may have been saved.
    if (key !== undefined) keepDraft(store.notes, key, { ...start, form, isTried: true })
    triedId.current = start.id
    const saved = await run(() => saveBill(store.api, bill))
    if (saved === undefined) return
    if (key !== undefined) keepDraft(store.notes, key, undefined)
    if (saved.expense !== undefined) {
      parts.onSaved(saved.expense)
      return
    }
    const day = shortDay(form.date, words.locale)
    const text = words.texts.billForm.seriesLater(form.title.trim(), day)
    store.notices.show({ tone: 'plain', text })
    parts.onClose()
  }
  const keepTemplate = async () => {
    const { input } = reading
    if (input === undefined) return
    const done = await run(async () => {
      await saveTemplate(store.api, space, input)
      return true
    })
    if (done !== true) return
    const text = words.texts.billForm.templateSaved(input.title ?? '')
    store.notices.show({ tone: 'plain', text })
  }
  return { busy, failure, run, save, saveTemplate: keepTemplate }
}
