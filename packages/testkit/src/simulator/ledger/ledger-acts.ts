/**
 * What people do in a ledger: drafts made from what the device shows, by the same functions as the app's.
 *
 * Ids that people would draw are drawn from the seed. Those that several devices must find alike (placeholders of a small
 * world, its one series, rows of its one file) are hashes, so that few acts are enough for devices that are apart to
 * write about the same things.
 */

import { utf8 } from '@hamlet/core'
import {
  addDays,
  bytesToLedgerId,
  chosenBody,
  editedBody,
  newBody,
  occurrenceOf,
  settingId,
} from '@hamlet/expenses'
import type {
  ExpenseBody,
  ExpenseInput,
  LedgerExpense,
  LedgerId,
  PartyId,
  Setting,
} from '@hamlet/expenses'
import type { ContentDraft } from '@hamlet/space'
import type { ReachedState } from '../reached.ts'
import type { SeededRandom } from '../seeded-random.ts'
import { newId, partiesOf, textOf } from './ledger-actor.ts'
import type { LedgerActor } from './ledger-actor.ts'
import { draftImport } from './ledger-import.ts'
import { draftLock, draftSignature } from './ledger-locks.ts'

export type LedgerAct =
  | 'enter bill'
  | 'enter payment'
  | 'edit bill'
  | 'delete bill'
  | 'restore bill'
  | 'resolve bill'
  | 'comment'
  | 'take comment back'
  | 'give verdict'
  | 'placeholder'
  | 'link'
  | 'setting'
  | 'series'
  | 'bills due'
  | 'import'
  | 'lock'
  | 'countersign'

export const LEDGER_ACTS: readonly LedgerAct[] = [
  ...(['enter bill', 'enter bill', 'enter payment', 'edit bill', 'edit bill'] as const),
  ...(['edit bill', 'delete bill', 'restore bill', 'resolve bill', 'comment', 'comment'] as const),
  ...(['take comment back', 'give verdict', 'placeholder', 'link', 'setting'] as const),
  ...(['series', 'series', 'bills due', 'import', 'lock', 'countersign'] as const),
]

/** What people at several devices do at once, of one thing, each by what their own device shows. */
export const DONE_TOGETHER: ReadonlySet<LedgerAct> = new Set<LedgerAct>([
  ...(['edit bill', 'series', 'bills due', 'import', 'countersign'] as const),
])

export const REACHED_BY_LEDGER_ACT: Readonly<Record<LedgerAct, ReachedState>> = {
  'enter bill': 'bill entered',
  'enter payment': 'payment entered',
  'edit bill': 'bill edited',
  'delete bill': 'bill deleted',
  'restore bill': 'bill restored',
  'resolve bill': 'bill chosen among versions',
  comment: 'bill commented',
  'take comment back': 'comment on a bill taken back',
  'give verdict': 'verdict given',
  placeholder: 'person without the app added',
  link: 'person without the app linked',
  setting: 'setting of the ledger changed',
  series: 'series of bills written',
  'bills due': 'bill due written',
  import: 'file imported',
  lock: 'period closed',
  countersign: 'period countersigned',
}

const PLACEHOLDERS = 3
const WORKING_SET = 6
const CURRENCIES = [
  { code: 'EUR', exponent: 2 },
  { code: 'EUR', exponent: 2 },
  { code: 'JPY', exponent: 0 },
]
const YEN_TO_EURO = {
  ...{ to: { code: 'EUR', exponent: 2 }, numerator: 1, denominator: 160 },
  ...{ source: 'typed', asOf: '2026-01-01' },
}
/** Of what is due, as much as a world has time for. */
const DUE_MAX = 2

/** Where there is nothing to do that with, people enter something. */
export async function draftLedgerAct(
  act: LedgerAct,
  actor: LedgerActor,
): Promise<{ readonly done: LedgerAct; readonly drafts: readonly ContentDraft[] }> {
  // There is nothing else to do in an archived one.
  const { archived } = await actor.ledger.ledger.settings()
  if (archived) return { done: 'setting', drafts: [await draftReopening(actor)] }
  const drafts = await draftOf(act, actor)
  if (drafts.length > 0) return { done: act, drafts }
  const done = actor.random.pick(['enter bill', 'enter payment'] as const)
  return { done, drafts: [await draftNew(done, actor)] }
}

async function draftOf(act: LedgerAct, actor: LedgerActor): Promise<readonly ContentDraft[]> {
  switch (act) {
    case 'enter bill':
    case 'enter payment':
      return [await draftNew(act, actor)]
    case 'edit bill':
    case 'delete bill':
    case 'restore bill':
    case 'resolve bill':
      return draftOnBill(act, actor)
    case 'comment':
    case 'take comment back':
    case 'give verdict':
      return draftTalk(act, actor)
    case 'placeholder':
    case 'link':
    case 'setting':
      return [await draftBeside(act, actor)]
    case 'series':
      return [await draftSeries(actor)]
    case 'bills due':
      return draftDue(actor)
    case 'import':
      return draftImport(actor)
    case 'lock':
      return draftLock(actor)
    case 'countersign':
      return draftSignature(actor)
  }
}

async function draftNew(
  act: 'enter bill' | 'enter payment',
  actor: LedgerActor,
): Promise<ContentDraft> {
  const { drafts, random, today } = actor
  const parties = await partiesOf(actor)
  const input = act === 'enter bill' ? billInput(random, parties) : paymentInput(random, parties)
  const body = newBody({ ...input, title: textOf(random, act) }, today)
  return drafts.record('expense', newId(random), body, { replaces: [], depth: 0 })
}

/** Equal parts, weights, percentages with the rest to the others, or exact parts. */
function billInput(random: SeededRandom, parties: readonly PartyId[]): ExpenseInput {
  const currency = random.pick(CURRENCIES)
  const among = random.shuffle(parties).slice(0, random.int(1, 4))
  const amountMinor = random.int(among.length, 100_000)
  const payers = random.shuffle(parties).slice(0, amountMinor > 1 && random.chance(0.2) ? 2 : 1)
  const first = Math.ceil(amountMinor / payers.length)
  const paid = payers.map((party, i) => ({
    party,
    amountMinor: i === 0 ? first : amountMinor - first,
  }))
  return {
    kind: random.chance(0.1) ? 'income' : 'expense',
    currency,
    rate: currency.code === 'JPY' && random.chance(0.5) ? YEN_TO_EURO : null,
    paid: paid.filter((part) => part.amountMinor > 0),
    split: splitAmong(random, among),
  }
}

function splitAmong(
  random: SeededRandom,
  among: readonly PartyId[],
): NonNullable<ExpenseInput['split']> {
  const shares = among.map((party) => ({ party, weight: random.pick([1, 1, 1, 2, 3]) }))
  if (among.length < 2 || random.chance(0.6)) return { shares }
  const [party] = among
  if (random.chance(0.5)) return { shares, percents: [{ party: party!, millionths: 250_000 }] }
  return { shares, exact: [{ party: party!, amountMinor: 1 }] }
}

function paymentInput(random: SeededRandom, parties: readonly PartyId[]): ExpenseInput {
  const [from, to = from] = random.shuffle(parties)
  return {
    kind: 'transfer',
    currency: random.pick(CURRENCIES),
    paid: [{ party: from!, amountMinor: random.int(1, 5_000) }],
    split: { shares: [{ party: to!, weight: 1 }] },
  }
}

async function draftOnBill(
  act: 'edit bill' | 'delete bill' | 'restore bill' | 'resolve bill',
  actor: LedgerActor,
): Promise<readonly ContentDraft[]> {
  const { drafts, ledger, random } = actor
  const state = act === 'resolve bill' ? 'conflict' : act === 'restore bill' ? 'deleted' : 'live'
  const bill = await pickBill(actor, state)
  if (bill === undefined) return []
  const heads = await ledger.ledger.heads('expense', bill.id)
  const over = (body: ExpenseBody): ContentDraft[] => [
    drafts.record('expense', bill.id, body, heads),
  ]
  if (act === 'delete bill') return over({ ...bill.body, deleted: true })
  if (act === 'restore bill') return over({ ...bill.body, deleted: false })
  if (act === 'edit bill') return over(await editOf(actor, bill.body))
  const detail = (await ledger.ledger.detail(bill.id))!
  const choices = detail.versions.filter(({ isHead }) => isHead)
  return over(chosenBody(detail, random.pick(choices).version))
}

/** Some edits touch no money, so that two of them may get along. */
async function editOf(actor: LedgerActor, body: ExpenseBody): Promise<ExpenseBody> {
  const { random, today } = actor
  const input: ExpenseInput = await random.pick<() => ExpenseInput | Promise<ExpenseInput>>([
    () => ({ title: textOf(random, 'edit bill') }),
    () => ({ note: textOf(random, 'note') }),
    () => ({ tags: [`tag ${random.int(1, 3)}`] }),
    () => ({ date: today }),
    () => ({ category: random.pick(['groceries', null]) }),
    async () => {
      const { kind: _kind, ...money } = billInput(random, await partiesOf(actor))
      return money
    },
  ])()
  return editedBody(body, input)
}

async function draftTalk(
  act: 'comment' | 'take comment back' | 'give verdict',
  actor: LedgerActor,
): Promise<readonly ContentDraft[]> {
  const { drafts, ledger, random } = actor
  if (act === 'give verdict') return draftVerdict(actor)
  const bill = await pickBill(actor, 'all')
  if (bill === undefined) return []
  if (act === 'comment') return [drafts.comment(bill.id, textOf(random, act))]
  const detail = (await ledger.ledger.detail(bill.id))!
  const own = detail.comments.filter(({ person }) => person === ledger.person)
  return own.length === 0 ? [] : [drafts.uncomment(bill.id, random.pick(own).id)]
}

/** On a payment that waits for this person. */
async function draftVerdict({
  drafts,
  ledger,
  random,
}: LedgerActor): Promise<readonly ContentDraft[]> {
  const { expenses } = await ledger.ledger.list({ state: 'pending', limit: WORKING_SET })
  for (const bill of random.shuffle(expenses)) {
    const asked = await ledger.ledger.whoIsAsked(bill.id)
    if (!asked.has(ledger.person)) continue
    const verdict = random.pick(['confirmed', 'confirmed', 'disputed'] as const)
    return [drafts.verdict(bill, { verdict, note: '' }, ledger.person, asked)]
  }
  return []
}

async function draftBeside(
  act: 'placeholder' | 'link' | 'setting',
  actor: LedgerActor,
): Promise<ContentDraft> {
  const { drafts, ledger, random } = actor
  if (act === 'setting') {
    const setting = random.pick(settingsOf(actor))
    const id = settingId(setting.name)
    return drafts.record('setting', id, setting, await ledger.ledger.heads('setting', id))
  }
  const id = placeholderOf(actor, random.int(1, PLACEHOLDERS))
  if (act === 'placeholder') {
    const body = { name: textOf(random, act), retired: random.chance(0.1) }
    return drafts.record('party', id, body, await ledger.ledger.heads('party', id))
  }
  const to = random.chance(0.2) ? undefined : random.pick(await partiesOf(actor))
  return drafts.record('link', id, { to }, await ledger.ledger.heads('link', id))
}

/** What only admins may set is ignored everywhere when others set it. */
function settingsOf({ random }: LedgerActor): readonly Setting[] {
  return [
    { name: 'currency', value: random.pick(CURRENCIES) },
    { name: 'settle-mode', value: random.pick(['minimal', 'pairwise', 'existing'] as const) },
    { name: 'cash-step', value: random.pick([1, 5, 10]) },
    { name: 'confirm-above', value: random.pick([0, 1_000, 20_000]) },
    { name: 'archived', value: random.chance(0.2) },
  ]
}

async function draftReopening({ drafts, ledger }: LedgerActor): Promise<ContentDraft> {
  const id = settingId('archived')
  const open = { name: 'archived', value: false } as const
  return drafts.record('setting', id, open, await ledger.ledger.heads('setting', id))
}

function placeholderOf({ crypto }: LedgerActor, number: number): LedgerId {
  return bytesToLedgerId(crypto.hash(utf8(`placeholder ${number}`)))
}

/** Who begins it without having heard of the other's beginning writes another first version. */
async function draftSeries(actor: LedgerActor): Promise<ContentDraft> {
  const { crypto, drafts, ledger, random, today } = actor
  const id = bytesToLedgerId(crypto.hash(utf8('series')))
  const input = { ...billInput(random, await partiesOf(actor)), title: textOf(random, 'series') }
  const known = await ledger.ledger.record('series', id)
  const start = known?.rule.start ?? addDays(today, -15) ?? today
  const rule = { start, every: 1, unit: 'week', until: undefined, count: undefined } as const
  const body = { template: newBody(input, start), rule, stopped: false }
  return drafts.record('series', id, body, await ledger.ledger.heads('series', id))
}

async function draftDue(actor: LedgerActor): Promise<readonly ContentDraft[]> {
  const { crypto, drafts, ledger, random, today, plantedBug } = actor
  const bills: ContentDraft[] = []
  for (const series of await ledger.ledger.series(today)) {
    for (const due of series.due.slice(0, DUE_MAX)) {
      const { id, body } = occurrenceOf((...parts) => crypto.hash(...parts), series, due)
      const written = plantedBug === 'bill-twice' ? newId(random) : id
      bills.push(drafts.record('expense', written, body, { replaces: [], depth: 0 }))
    }
  }
  return bills
}

/** Of the few that were made last; people who do the same at once come upon the same. */
async function pickBill(
  { ledger, target }: LedgerActor,
  state: 'live' | 'deleted' | 'all' | 'conflict' | 'pending',
): Promise<LedgerExpense | undefined> {
  const { expenses } = await ledger.ledger.list({ state, limit: WORKING_SET })
  return expenses.length === 0 ? undefined : target.fork('bill').pick(expenses)
}
