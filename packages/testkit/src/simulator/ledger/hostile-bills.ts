/**
 * What a hostile member writes into a ledger: contents that no honest face makes, in entries that are valid.
 *
 * Some of it is malformed and must count for nothing; the rest is what any writer may say, only that it is meant to
 * harm: it must come to the same on every device. Entries under old keys or old dates are made by `rogue-log.ts`, with
 * contents from here.
 */

import { bytesToHex, hexToBytes, idToBytes, utf8 } from '@hamlet/core'
import type { CborValue, EntryId } from '@hamlet/core'
import {
  bytesToLedgerId,
  LEDGER_TYPES,
  ledgerDraft,
  newBody,
  occurrenceOf,
  VERSION_DEPTH_MAX,
} from '@hamlet/expenses'
import type { ExpenseBody, LedgerExpense, VersionId } from '@hamlet/expenses'
import type { ContentDraft } from '@hamlet/space'
import { entriesOf } from '../oracles/causality.ts'
import { newId, textOf } from './ledger-actor.ts'
import type { LedgerActor } from './ledger-actor.ts'
import { frontierOf } from './space-contents.ts'

type HostileBill =
  | 'replay'
  | 'collide'
  | 'deepest'
  | 'unseen'
  | 'no sum'
  | 'split of nobody'
  | 'verdict of another'
  | 'comment of another'
  | 'own comment elsewhere'
  | 'lock of lies'
  | 'countersign lies'
  | 'altered occurrence'
  | 'two kinds of one id'

const HOSTILE_BILLS: readonly HostileBill[] = [
  ...(['replay', 'replay', 'collide', 'deepest', 'unseen', 'no sum', 'split of nobody'] as const),
  ...(['verdict of another', 'comment of another', 'comment of another'] as const),
  ...(['own comment elsewhere', 'own comment elsewhere'] as const),
  ...(['lock of lies', 'countersign lies', 'altered occurrence', 'two kinds of one id'] as const),
]

/** Empty: there is nothing to do harm to. */
export async function draftHostileBill(actor: LedgerActor): Promise<readonly ContentDraft[]> {
  const { ledger, random } = actor
  const attack = random.pick(HOSTILE_BILLS)
  if (attack === 'replay') return replayed(actor)
  if (attack === 'lock of lies' || attack === 'countersign lies') return lockLies(actor, attack)
  if (attack === 'altered occurrence') return alteredOccurrence(actor)
  const { expenses } = await ledger.ledger.list({ state: 'all', limit: 100 })
  if (expenses.length === 0) return []
  const bill = random.pick(expenses.slice(0, 10))
  switch (attack) {
    case 'collide':
    case 'deepest':
    case 'unseen':
      return [versionOn(actor, bill, attack)]
    case 'no sum':
    case 'split of nobody':
      return [brokenBody(bill, attack)]
    case 'two kinds of one id':
      return twoKinds(actor, bill)
    case 'verdict of another':
      return [verdictOn(bill)]
    case 'comment of another':
    case 'own comment elsewhere': {
      const talked = expenses.filter(({ commentCount }) => commentCount > 0)
      return takenBack(actor, [...random.shuffle(talked), bill], attack)
    }
  }
}

/** Of anybody, word for word; whoever is dated first is taken for the author of a version. */
function replayed({ ledger, random }: LedgerActor): ContentDraft[] {
  const said: ContentDraft[] = []
  for (const entry of entriesOf(ledger.space)) {
    const opened = entry.epoch === undefined ? undefined : ledger.space.openContent(entry)
    if (opened?.kind !== 'content' || !LEDGER_TYPES.has(opened.content.type)) continue
    said.push({ type: opened.content.type, value: opened.content.value })
  }
  return said.length === 0 ? [] : [random.pick(said)]
}

function versionOn(
  { ledger, random, today }: LedgerActor,
  { id, version, body }: LedgerExpense,
  attack: 'collide' | 'deepest' | 'unseen',
): ContentDraft {
  const share = { party: ledger.person, weight: 1 }
  const other = ledger.members().find((person) => person !== ledger.person) ?? ledger.person
  const input = {
    title: textOf(random, attack),
    currency: body.currency,
    paid: [{ party: ledger.person, amountMinor: random.int(1, 1_000_000) }],
    split: { shares: [{ ...share, party: other }] },
  }
  const unseen = bytesToHex(random.bytes(32)) as VersionId
  const replaces = attack === 'collide' ? [] : [attack === 'unseen' ? unseen : version]
  const depth = attack === 'collide' ? 0 : attack === 'unseen' ? 3 : VERSION_DEPTH_MAX
  return ledgerDraft({
    ...{ kind: 'version', record: 'expense', id, replaces, depth },
    body: newBody(input, today),
    batch: undefined,
  })
}

/** Counts for nothing. */
function brokenBody(
  { id, version, body }: LedgerExpense,
  attack: 'no sum' | 'split of nobody',
): ContentDraft {
  const [payer] = body.paid
  const broken: ExpenseBody =
    attack === 'no sum'
      ? { ...body, paid: [{ party: payer!.party, amountMinor: body.amountMinor + 1 }] }
      : { ...body, split: { ...body.split, exact: [], percents: [], shares: [], items: [] } }
  const replaces = [version]
  return ledgerDraft({
    ...{ kind: 'version', record: 'expense', id, replaces, depth: 1 },
    ...{ body: broken, batch: undefined },
  })
}

/** In one import, the same id stands for a bill and for a person. */
function twoKinds({ random }: LedgerActor, { id }: LedgerExpense): ContentDraft[] {
  const batch = bytesToLedgerId(utf8('batch of two kinds'.padEnd(16)))
  const body = { name: textOf(random, 'person'), retired: false }
  const category = { ...body, emoji: '' }
  const first = { kind: 'version', id, replaces: [], depth: 0, batch } as const
  return [
    ledgerDraft({ ...first, record: random.pick(['party', 'party'] as const), body }),
    ledgerDraft({ ...first, record: 'category', body: category }),
  ]
}

/** Of whoever is not asked it counts for nothing. */
function verdictOn({ id, version }: LedgerExpense): ContentDraft {
  return ledgerDraft({ kind: 'verdict', expense: id, version, verdict: 'confirmed', note: '' })
}

/** Somebody else's comment, or the own one as if it stood on another bill. */
async function takenBack(
  { ledger, random }: LedgerActor,
  bills: readonly LedgerExpense[],
  attack: 'comment of another' | 'own comment elsewhere',
): Promise<ContentDraft[]> {
  const isOwn = attack === 'own comment elsewhere'
  for (const { id } of bills) {
    const { comments } = (await ledger.ledger.detail(id))!
    const some = comments.filter(({ person }) => (person === ledger.person) === isOwn)
    if (some.length === 0) continue
    const expense = isOwn ? newId(random) : id
    return [ledgerDraft({ kind: 'uncomment', expense, comment: random.pick(some).id })]
  }
  const text = textOf(random, 'comment')
  return [ledgerDraft({ kind: 'comment', expense: random.pick(bills).id, text })]
}

async function lockLies(
  { ledger, random, today }: LedgerActor,
  attack: 'lock of lies' | 'countersign lies',
): Promise<ContentDraft[]> {
  const lie = bytesToHex(random.bytes(32))
  if (attack === 'lock of lies') {
    const frontier = frontierOf(ledger.space)
    return [ledgerDraft({ kind: 'lock', through: today, frontier, balances: lie, note: '' })]
  }
  const locks = await ledger.ledger.locks([])
  const lock = locks.length === 0 ? (lie as EntryId) : random.pick(locks).id
  return [
    { type: 'ledger.lock-sign', value: [idToBytes(lock), hexToBytes(lie)] satisfies CborValue },
  ]
}

/** Of what is due, or was entered; with a body of its own, as if made from the deepest version of the series. */
async function alteredOccurrence({ crypto, ledger, random }: LedgerActor): Promise<ContentDraft[]> {
  const [series] = await ledger.ledger.series('2026-02-01')
  if (series === undefined) return []
  const due = series.due[0] ?? series.body.rule.start
  const depth = random.pick([series.depth, VERSION_DEPTH_MAX])
  const template = { ...series.body.template, title: textOf(random, 'altered') }
  const altered = { ...series, depth, body: { ...series.body, template } }
  return [ledgerDraft(occurrenceOf((...parts) => crypto.hash(...parts), altered, due))]
}
