/**
 * Closing a period: a statement that the balances of exactly these entries are so, countersigned by others.
 *
 * A lock names how many entries of each device's log its author had, and a hash of the balances that follow from the
 * expenses with a version among them, each with the winner it then had:
 *
 *     "hamlet/v1/ledger-balances\0"                              26 bytes
 *     CBOR [[code, exponent, party, sum as text] …]              by currency, then party; links are not followed
 *
 * A version is among them when any entry that carries it is, whoever is its author.
 *
 * Every member who has these entries computes the same. An expense of a locked day whose current version is not among them
 * was changed, or entered, after the period was closed: it is a correction, and shown as one.
 */

import { bytesToHex, encodeCbor, utf8 } from '@hamlet/core'
import type { CborValue, DeviceId } from '@hamlet/core'
import { comparePositions } from '@hamlet/space/entry-position'
import type { ViewReader } from '@hamlet/space/view'
import type { ExpenseBody } from '../expense-body.ts'
import { currencyKey } from '../money/debts.ts'
import type { LedgerId, PartyId, VersionId } from '../party.ts'
import { decodeLedger } from './content.ts'
import type { LockedLog } from './content.ts'
import { readCarriers } from './carriers.ts'
import type { Carrier } from './carriers.ts'
import { isWithin, toCounts } from './closed-periods.ts'
import { effectOf } from './expense-rows.ts'
import { LOCK_PREFIX, rankText, signaturePrefix } from './keys.ts'
import type { AppliedLog, LedgerLock } from './ledger-model.ts'
import { authorshipFromCbor, decodeVersion, fieldsOf } from './records.ts'
import type { StoredVersion } from './records.ts'
import type { Hash } from './version-id.ts'

const DOMAIN = utf8('hamlet/v1/ledger-balances\0')
const VERSIONS = 'v/expense/'
const VERSION_DIGITS = 64

/** The balances of the expenses among these entries, as 64 hex digits. */
export async function hashBalances(
  hash: Hash,
  view: ViewReader,
  frontier: readonly LockedLog[],
): Promise<string> {
  return hashOf(hash, await readVersions(view), frontier)
}

function hashOf(hash: Hash, versions: VersionsById, frontier: readonly LockedLog[]): string {
  const sums = new Map<string, { code: string; exponent: number; party: PartyId; minor: bigint }>()
  for (const [id, body] of winnersWithin(versions, frontier)) {
    if (body.deleted) continue
    const { currency, net } = effectOf(id, body)
    for (const { party, minor } of net) {
      const key = `${currencyKey(currency)} ${party}`
      const sum = sums.get(key) ?? { ...currency, party, minor: 0n }
      sum.minor += minor
      sums.set(key, sum)
    }
  }
  const lines = [...sums.keys()]
    .sort()
    .map((key) => sums.get(key)!)
    .filter(({ minor }) => minor !== 0n)
    .map(({ code, exponent, party, minor }): CborValue => [code, exponent, party, `${minor}`])
  return bytesToHex(hash(DOMAIN, encodeCbor(lines)))
}

/** Oldest first. `applied`: what this device has, for judging whether it can say anything. */
export async function readLocks(
  hash: Hash,
  view: ViewReader,
  applied: readonly AppliedLog[],
): Promise<readonly LedgerLock[]> {
  const counts = countsOf(applied)
  const versions = await readVersions(view)
  const locks: LedgerLock[] = []
  for await (const [key, stored] of view.range(LOCK_PREFIX)) {
    const [by, value] = fieldsOf(stored, 2)
    const content = decodeLedger('ledger.lock', value!)
    if (content?.kind !== 'lock') continue
    const id = key.slice(LOCK_PREFIX.length) as LedgerLock['id']
    const { through, note, frontier, balances } = content
    const isHere = frontier.every(({ device, count }) => (counts.get(device) ?? 0) >= count)
    const agrees = isHere ? hashOf(hash, versions, frontier) === balances : undefined
    const signatures = await readSignatures(view, id, balances)
    const author = authorshipFromCbor(by!)
    locks.push({ id, by: author, through, note, frontier, balances, agrees, signatures })
  }
  return locks.sort((a, b) => comparePositions(a.by, b.by))
}

/** By what parts are called, and under the device the longest of its histories: a lock may name it by that alone. */
function countsOf(applied: readonly AppliedLog[]): ReadonlyMap<DeviceId, number> {
  const counts = new Map<DeviceId, number>()
  for (const { device, of = device, count } of applied) {
    counts.set(device, Math.max(count, counts.get(device) ?? 0))
    counts.set(of, Math.max(count, counts.get(of) ?? 0))
  }
  return counts
}

async function readSignatures(
  view: ViewReader,
  lock: LedgerLock['id'],
  balances: string,
): Promise<LedgerLock['signatures']> {
  const signatures: LedgerLock['signatures'][number][] = []
  for await (const [, stored] of view.range(signaturePrefix(lock))) {
    const [by, signed] = fieldsOf(stored, 2)
    const { person, time } = authorshipFromCbor(by!)
    signatures.push({ person, atMs: time.milliseconds, agrees: signed === balances })
  }
  return signatures
}

interface CarriedVersion extends StoredVersion {
  /** Everybody who wrote it. */
  readonly carriers: readonly Carrier[]
}

type VersionsById = ReadonlyMap<LedgerId, ReadonlyMap<VersionId, CarriedVersion>>

/** All there are: read once, however many locks are judged by them. */
async function readVersions(view: ViewReader): Promise<VersionsById> {
  const others = await readCarriers(view)
  const versions = new Map<LedgerId, Map<VersionId, CarriedVersion>>()
  for await (const [key, value] of view.range(VERSIONS)) {
    const stored = decodeVersion('expense', value)
    const { id } = stored.version
    const version = key.slice(-VERSION_DIGITS) as VersionId
    const carriers = [stored.by, ...(others.get(version) ?? [])]
    const known = versions.get(id) ?? new Map<VersionId, CarriedVersion>()
    versions.set(id, known.set(version, { ...stored, carriers }))
  }
  return versions
}

/** Each expense with a version among these entries, and the body that won among those. */
function* winnersWithin(
  versions: VersionsById,
  frontier: readonly LockedLog[],
): Generator<readonly [LedgerId, ExpenseBody]> {
  const counts = toCounts(frontier)
  for (const [id, all] of versions) {
    const known = new Map([...all].filter(([, { carriers }]) => isWithin(carriers, counts)))
    if (known.size > 0) yield [id, winnerOf(known)]
  }
}

/** As the fold finds it, among these alone; heads are not merged. */
function winnerOf(versions: ReadonlyMap<VersionId, StoredVersion>): ExpenseBody {
  const replaced = new Set([...versions.values()].flatMap(({ version }) => version.replaces))
  const heads = [...versions].filter(([id]) => !replaced.has(id))
  const ranked = heads.map(([id, { version }]) => ({ version, rank: rankText(version, id) }))
  const winner = ranked.reduce((best, each) => (best.rank < each.rank ? each : best))
  return winner.version.body as ExpenseBody
}
