/** People who keep a ledger in a world without keys or networks, and replicas that fold what they write. */

import { createHash } from 'node:crypto'
import { encodeCbor } from '@hamlet/core'
import type { CborValue, EntryId, PersonId } from '@hamlet/core'
import type { ContentEntry } from '@hamlet/space'
import { MemoryViewSource, openViewRunner } from '@hamlet/space/view'
import type { View, ViewRunner } from '@hamlet/space/view'
import { createMemoryKv } from '@hamlet/store'
import { idOf } from '@hamlet/testkit/causal-world'
import type { CausalDevice, CausalEntry } from '@hamlet/testkit/causal-world'
import {
  Ledger,
  NO_SPLIT,
  bytesToLedgerId,
  ledgerDraft,
  ledgerView,
  versionId,
} from '../src/index.ts'
import type {
  AnyVersion,
  ExpenseBody,
  LedgerChange,
  LedgerId,
  PartyId,
  RecordBodies,
  RecordKind,
  VersionId,
} from '../src/index.ts'

export function hash(...parts: readonly Uint8Array[]): Uint8Array {
  const sha256 = createHash('sha256')
  for (const part of parts) sha256.update(part)
  return Uint8Array.from(sha256.digest())
}

export function ledgerId(text: string): LedgerId {
  return bytesToLedgerId(hash(new TextEncoder().encode(text)))
}

export function person(name: string): PersonId {
  return idOf<PersonId>(`person ${name}`)
}

export const EUR = { code: 'EUR', exponent: 2 }

export interface SimpleBill {
  readonly title?: string
  readonly amountMinor: number
  readonly payer: PartyId
  readonly among: readonly PartyId[]
}

/** Split alike among some, paid by one. */
export function bill(simple: SimpleBill, more: Partial<ExpenseBody> = {}): ExpenseBody {
  const { title = 'Dinner', amountMinor, payer, among } = simple
  const shares = [...new Set(among)].sort().map((party) => ({ party, weight: 1 }))
  return {
    rule: 1,
    kind: 'expense',
    deleted: false,
    title,
    date: '2026-03-01',
    currency: EUR,
    amountMinor,
    paid: [{ party: payer, amountMinor }],
    split: { ...NO_SPLIT, shares },
    category: undefined,
    tags: [],
    note: '',
    rate: undefined,
    origin: undefined,
    ...more,
  }
}

export interface Written {
  readonly entry: CausalEntry
  readonly version: AnyVersion
  readonly id: VersionId
}

export function put<Kind extends RecordKind>(
  device: CausalDevice,
  record: Kind,
  id: LedgerId,
  body: RecordBodies[Kind],
  replaced: readonly Written[] = [],
  batch?: LedgerId,
): Written {
  const version = {
    kind: 'version',
    record,
    id,
    replaces: [...new Set(replaced.map((each) => each.id))].sort(),
    depth: replaced.length === 0 ? 0 : 1 + Math.max(...replaced.map((each) => each.version.depth)),
    body,
    batch,
  } as unknown as AnyVersion
  return { entry: device.writeDraft(ledgerDraft(version)), version, id: versionId(hash, version) }
}

export interface LedgerReplica {
  readonly source: MemoryViewSource
  readonly runner: ViewRunner
  readonly view: View<LedgerChange>
  readonly ledger: Ledger
  receive(...entries: readonly ContentEntry[]): Promise<void>
}

export async function openLedger(entries: readonly ContentEntry[] = []): Promise<LedgerReplica> {
  const source = new MemoryViewSource()
  const definition = ledgerView(hash)
  source.add(...entries)
  const runner = await openViewRunner({ source, kv: createMemoryKv(), views: [definition] })
  await runner.caughtUp()
  const view = runner.view(definition)
  const receive = async (...more: readonly ContentEntry[]) => {
    source.add(...more)
    await runner.caughtUp()
  }
  return { source, runner, view, ledger: new Ledger(view, hash), receive }
}

/** Everything replicas must agree on. */
export async function stateHash(view: View<LedgerChange>): Promise<string> {
  const sha256 = createHash('sha256')
  for await (const [key, value] of view.range('')) {
    sha256.update(encodeCbor([key, value as CborValue]))
  }
  return sha256.digest('hex')
}

/** Names to euros and cents, for comparing by eye. */
export async function balancesOf(
  { ledger }: LedgerReplica,
  names: Readonly<Record<string, PartyId>>,
): Promise<Readonly<Record<string, number>>> {
  const nameOf = new Map(Object.entries(names).map(([name, party]) => [party, name]))
  const balances = await ledger.balances()
  return Object.fromEntries(
    balances.map(({ party, minor }) => [nameOf.get(party) ?? party, Number(minor)]),
  )
}

export type { EntryId }
