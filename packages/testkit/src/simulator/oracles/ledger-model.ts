/**
 * The ledger against a model that looks at all entries at once: which versions are heads, which of them counts, what it
 * says, who is up and down by how much, which payments are confirmed, which comments are left.
 *
 * It shares with the fold only how entries are decoded, how a version is named and how one bill is divided; it knows nothing
 * of order, of stored heads or of what changed.
 */

import { encodeCbor, equalBytes } from '@hamlet/core'
import type { Crypto, PersonId } from '@hamlet/core'
import { compareHybridTimes } from '@hamlet/crdt'
import {
  decodeLedger,
  expenseEffect,
  computeOwed,
  LEDGER_TYPES,
  ledgerDraft,
  settingId,
  versionId,
} from '@hamlet/expenses'
import type {
  AnyVersion,
  ExpenseBody,
  LedgerContent,
  LedgerExpense,
  LedgerId,
  PartyId,
  VersionId,
} from '@hamlet/expenses'
import { RANK_BY_ROLE } from '@hamlet/space'
import type { ContentEntry } from '@hamlet/space'
import type { SimLedger } from '../ledger/sim-ledger.ts'
import { contentsOf } from '../ledger/space-contents.ts'
import type { Reached } from '../reached.ts'
import type { Judgement, Problem, Replica } from './problem.ts'

interface Said {
  readonly entry: ContentEntry
  readonly content: LedgerContent
}

interface Version {
  readonly id: VersionId
  readonly version: AnyVersion
  /** Whoever is first in the order of everything. */
  readonly by: ContentEntry
}

/** A record as it should be. */
interface Expected {
  /** The winner last. */
  readonly heads: readonly Version[]
  readonly body: AnyVersion['body']
  readonly choices: number
}

export async function findLedgerModelDifference(
  judgement: Judgement,
  { name, ledger, copy }: Replica & { readonly ledger: SimLedger },
  reached: Reached,
): Promise<Problem | undefined> {
  const said = everythingSaid(contentsOf(copy.space))
  const model = new LedgerModel(judgement.crypto, said)
  const problem = (detail: string): Problem => ({
    oracle: 'ledger model',
    detail: `space ${judgement.slot}: ${name} ${detail}`,
  })
  const { expenses } = await ledger.ledger.list({ state: 'all', limit: 500 })
  const bills = [...model.records.keys()].filter((key) => key.startsWith('expense/'))
  if (bills.length !== expenses.length) {
    return problem(`lists ${expenses.length} bills, expected ${bills.length}`)
  }
  for (const shown of expenses) {
    const detail = (await ledger.ledger.detail(shown.id))!
    const heads = (await ledger.ledger.heads('expense', shown.id)).replaces
    const comments = detail.comments.map(({ id }) => id)
    const seen = outlineOf(shown, heads, comments, judgement.planted === 'wrong-heads')
    const expected = model.outlineOf(shown.id)
    if (seen !== expected) return problem(`shows ${shown.id} as ${seen}, expected ${expected}`)
    model.countStates(shown.id, reached)
  }
  const shown = (await ledger.ledger.balances()).map(({ party, currency, minor }) => {
    return `${currency.code} ${party} ${minor}`
  })
  const [seen, expected] = [shown, model.balances()].map((lines) => lines.sort().join(', '))
  return seen === expected ? undefined : problem(`says ${seen}, expected ${expected}`)
}

/** What the view may fold: of a known type, by somebody who may write it, and well formed. */
function everythingSaid(entries: readonly ContentEntry[]): Said[] {
  return entries.flatMap((entry) => {
    const least = LEDGER_TYPES.get(entry.type)
    if (least === undefined || RANK_BY_ROLE[entry.role] < RANK_BY_ROLE[least]) return []
    const content = decodeLedger(entry.type, entry.value)
    return content === undefined ? [] : [{ entry, content }]
  })
}

class LedgerModel {
  readonly #crypto: Crypto
  readonly #said: readonly Said[]
  /** By kind and id. */
  readonly records = new Map<string, Expected>()

  constructor(crypto: Crypto, said: readonly Said[]) {
    this.#crypto = crypto
    this.#said = said
    const versions = new Map<string, Map<VersionId, Version>>()
    for (const { entry, content } of said) {
      if (content.kind !== 'version' || !maySet(entry, content)) continue
      const key = `${content.record}/${content.id}`
      const known = versions.get(key) ?? new Map<VersionId, Version>()
      const id = versionId((...parts) => this.#crypto.hash(...parts), content)
      const other = known.get(id)
      const by = other === undefined || isBefore(entry, other.by) ? entry : other.by
      versions.set(key, known.set(id, { id, version: other?.version ?? content, by }))
    }
    for (const [key, all] of versions) this.records.set(key, expectedOf(all))
  }

  countStates(id: LedgerId, reached: Reached): void {
    const { heads, choices } = this.records.get(`expense/${id}`)!
    if (choices > 1) reached.count('bill with versions to choose among')
    if (heads.length > 1 && choices === 1) reached.count('versions of a bill merged')
  }

  /** What an expense should be shown as. */
  outlineOf(id: LedgerId): string {
    const { heads, body, choices } = this.records.get(`expense/${id}`)!
    const winner = heads.at(-1)!
    return outline({
      ...{ version: winner.id, heads: heads.slice(-16).map((each) => each.id) },
      ...{ choices, body: body as ExpenseBody, author: winner.by.person },
      payment: this.#paymentOf(id, winner, body as ExpenseBody),
      comments: this.#commentsOn(id),
    })
  }

  balances(): string[] {
    const sums = new Map<string, bigint>()
    for (const [key, { body }] of this.records) {
      if (!key.startsWith('expense/') || (body as ExpenseBody).deleted) continue
      const { currency, net } = expenseEffect(
        key.slice('expense/'.length) as LedgerId,
        body as ExpenseBody,
      )
      for (const { party, minor } of net) {
        const line = `${currency.code} ${this.#is(party)}`
        sums.set(line, (sums.get(line) ?? 0n) + minor)
      }
    }
    return [...sums].filter(([, minor]) => minor !== 0n).map(([line, minor]) => `${line} ${minor}`)
  }

  /** Who a party is: links are followed, and whoever is in a circle of them is the least in it. */
  #is(party: PartyId): PartyId {
    const way: PartyId[] = []
    for (let at: PartyId | undefined = party; at !== undefined; at = this.#linkOf(at)) {
      if (way.includes(at)) return way.slice(way.indexOf(at)).sort()[0]!
      way.push(at)
    }
    return way.at(-1)!
  }

  #linkOf(party: PartyId): PartyId | undefined {
    const link = this.records.get(`link/${party}`)
    return (link?.body as { readonly to: PartyId | undefined } | undefined)?.to
  }

  #paymentOf(id: LedgerId, { id: version, by }: Version, body: ExpenseBody): string {
    if (body.kind === 'income') return 'none'
    const least = body.kind === 'transfer' ? 0 : this.#confirmAbove()
    const owed = computeOwed(id, body)
    if (!owed.ok) return 'none'
    const isAsked = body.kind === 'transfer' || least > 0
    const asked = owed.value
      .filter(({ amountMinor }) => isAsked && amountMinor > least)
      .map(({ party }) => this.#is(party))
      .filter((party) => party.length === 64 && party !== by.person)
    if (asked.length === 0) return body.kind === 'transfer' ? 'confirmed' : 'none'
    const words = asked.map((party) => this.#verdictOf(id, version, party as PersonId))
    if (words.includes('disputed')) return 'disputed'
    return words.includes(undefined) ? 'pending' : 'confirmed'
  }

  #confirmAbove(): number {
    const setting = this.records.get(`setting/${settingId('confirm-above')}`)
    return (setting?.body as { readonly value: number } | undefined)?.value ?? 0
  }

  /** The newest word of a person on an expense, if it is about this version. */
  #verdictOf(id: LedgerId, version: VersionId, person: PersonId): string | undefined {
    const words = this.#said.flatMap(({ entry, content }) =>
      content.kind === 'verdict' && content.expense === id && entry.person === person
        ? [{ entry, content }]
        : [],
    )
    const newest = words.sort((a, b) => (isBefore(a.entry, b.entry) ? 1 : -1))[0]
    return newest?.content.version === version ? newest.content.verdict : undefined
  }

  #commentsOn(id: LedgerId): string[] {
    const comments = this.#said.filter(
      ({ content }) => content.kind === 'comment' && content.expense === id,
    )
    const isTakenBack = ({ entry: comment }: Said): boolean =>
      this.#said.some(
        ({ entry, content }) =>
          content.kind === 'uncomment' &&
          content.comment === comment.id &&
          content.expense === id &&
          (entry.person === comment.person || isAdmin(entry)),
      )
    return comments.filter((each) => !isTakenBack(each)).map(({ entry }) => entry.id)
  }
}

function expectedOf(all: ReadonlyMap<VersionId, Version>): Expected {
  const replaced = new Set([...all.values()].flatMap(({ version }) => version.replaces))
  const heads = [...all.values()].filter(({ id }) => !replaced.has(id)).sort(compareHeads)
  const merged = mergedBody(heads, all)
  const written = heads.filter(({ version }) => !isMadeBySeries(version))
  const choices = merged === undefined ? Math.max(1, written.length) : 1
  return { heads, body: merged ?? heads.at(-1)!.version.body, choices }
}

/** Whoever is deeper, then made by a deeper version of the series, then has the greater id. */
function compareHeads(a: Version, b: Version): number {
  const depths = a.version.depth - b.version.depth || seriesDepth(a) - seriesDepth(b)
  return depths || (a.id < b.id ? -1 : 1)
}

function seriesDepth({ version }: Version): number {
  const origin = version.record === 'expense' ? version.body.origin : undefined
  return origin?.kind === 'series' ? origin.depth : 0
}

function isMadeBySeries(version: AnyVersion): boolean {
  if (version.record !== 'expense' || version.depth > 0) return false
  return version.body.origin?.kind === 'series'
}

/** What heads over one version say together, when no two changed the same and one at most changed money. */
function mergedBody(
  heads: readonly Version[],
  all: ReadonlyMap<VersionId, Version>,
): ExpenseBody | undefined {
  const [only, ...more] = new Set(heads.flatMap(({ version }) => version.replaces))
  const areAlike = heads.every(({ version }) => version.replaces.length === 1)
  if (heads.length < 2 || heads.length > 8 || !areAlike || more.length > 0) return undefined
  const base = all.get(only!)?.version
  if (base?.record !== 'expense') return undefined
  const bodies = heads.map(({ version }) => version.body as ExpenseBody)
  let merged: ExpenseBody = base.body
  for (const part of PARTS) {
    const same = (a: ExpenseBody, b: ExpenseBody): boolean =>
      isSame(part(a, base.body), part(b, base.body))
    const changed = bodies.filter((body) => !same(body, base.body))
    if (!changed.every((body) => same(body, changed[0]!))) return undefined
    if (changed.length > 0)
      merged = { ...merged, ...differing(part(changed[0]!, base.body), base.body) }
  }
  return merged
}

/** Each takes one part of a body and the rest of the base. */
const PARTS: readonly ((body: ExpenseBody, base: ExpenseBody) => ExpenseBody)[] = [
  ({ title }, base) => ({ ...base, title }),
  ({ date }, base) => ({ ...base, date }),
  ({ category }, base) => ({ ...base, category }),
  ({ tags }, base) => ({ ...base, tags }),
  ({ note }, base) => ({ ...base, note }),
  (body, { title, date, category, tags, note }) => ({
    ...body,
    ...{ title, date, category, tags, note },
  }),
]

/** The fields of a body that are not those of the base. */
function differing(body: ExpenseBody, base: ExpenseBody): Partial<ExpenseBody> {
  const names = Object.keys(body) as (keyof ExpenseBody)[]
  return Object.fromEntries(
    names.filter((name) => body[name] !== base[name]).map((name) => [name, body[name]]),
  )
}

function isSame(a: ExpenseBody, b: ExpenseBody): boolean {
  return equalBytes(bytesOf(a), bytesOf(b))
}

function bytesOf(body: ExpenseBody): Uint8Array {
  const id = '0'.repeat(32) as LedgerId
  const version = { kind: 'version', record: 'expense', id, replaces: [], depth: 0, body } as const
  return encodeCbor(ledgerDraft({ ...version, batch: undefined }).value)
}

function maySet(entry: ContentEntry, version: AnyVersion): boolean {
  if (version.record !== 'setting') return true
  return !['archived', 'confirm-above'].includes(version.body.name) || isAdmin(entry)
}

function isAdmin({ role }: ContentEntry): boolean {
  return RANK_BY_ROLE[role] >= RANK_BY_ROLE.admin
}

function isBefore(a: ContentEntry, b: ContentEntry): boolean {
  return (compareHybridTimes(a.time, b.time) || (a.id < b.id ? -1 : 1)) < 0
}

function outlineOf(
  { version, choices, body, payment, updated }: LedgerExpense,
  heads: readonly VersionId[],
  comments: readonly string[],
  isPlanted: boolean,
): string {
  const author = updated.person
  const shown = isPlanted ? heads.slice(1) : heads
  return outline({ version, heads: shown, choices, body, author, payment, comments })
}

function outline(shown: {
  readonly version: VersionId
  readonly heads: readonly VersionId[]
  readonly choices: number
  readonly body: ExpenseBody
  readonly author: PersonId
  readonly payment: string
  readonly comments: readonly string[]
}): string {
  const { version, heads, choices, body, author, payment, comments } = shown
  const lists = [heads, comments].map((list) => [...list].sort())
  const bytes = Buffer.from(bytesOf(body)).toString('hex')
  return JSON.stringify([version, ...lists, choices, author, payment, bytes])
}
