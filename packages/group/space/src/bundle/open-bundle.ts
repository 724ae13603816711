/**
 * Verifying a signed bundle with nothing else at hand: no space, no member, no network.
 *
 * Each log: its device certificate (the person's root key and the device's signed it), the head under the device's key for
 * the log of this space, and that every entry is in the tree of that head. Each entry: that its header names this space, this device
 * and a later place than the one before; that its payload is what the header commits to, opens under its key, which it
 * commits to as well, and holds content of one of the types. Anything else, and anything not needed, and nothing is taken.
 *
 * What it cannot show is in `docs/design/014-ledger-bundle.md`: above all, what was left out.
 */

import { compareBytes, concatBytes, err, idToBytes, ok } from '@hamlet/core'
import type { Crypto, DeviceId, EntryId, PersonId, Result, SpaceId } from '@hamlet/core'
import { openDeviceCertificate } from '@hamlet/identity'
import { TreeHasher, encodeHead, logIdOf, verifyHead, verifyLeafSet } from '@hamlet/log'
import { decodeEntry } from '../entry.ts'
import type { EncodedEntry } from '../entry.ts'
import { SpaceError } from '../errors.ts'
import { openPayload } from '../payload.ts'
import type { ContentDraft, Entry } from '../types.ts'
import { comparePositions } from '../view/entry-position.ts'
import { decodeBundle, malformed } from './bundle-format.ts'
import type { Bundle, BundleEntry, BundleLog } from './bundle-format.ts'

/** What somebody signed. Whether they were a member who may say it is not in the bundle. */
export interface SignedContent extends ContentDraft {
  readonly id: EntryId
  readonly device: DeviceId
  readonly person: PersonId
  readonly seq: number
  readonly time: Entry['time']
}

export interface OpenedBundle {
  readonly space: SpaceId
  readonly types: readonly string[]
  /** In the order of everything, by time and then id. */
  readonly contents: readonly SignedContent[]
}

/** Costs three signatures for each log, and two hashes and one decryption for each entry. */
export function openBundle(crypto: Crypto, bytes: Uint8Array): Result<OpenedBundle, SpaceError> {
  const decoded = decodeBundle(bytes)
  if (!decoded.ok) return decoded
  const bundle = decoded.value
  if (!areInOrder(bundle.logs.map(orderOf))) return malformed('logs out of order')
  const contents = new Map<EntryId, SignedContent>()
  for (const log of bundle.logs) {
    const opened = openLog(crypto, bundle, log)
    if (!opened.ok) return opened
    for (const content of opened.value) {
      if (contents.has(content.id)) return malformed('an entry twice')
      contents.set(content.id, content)
    }
  }
  const { space, types } = bundle
  const used = new Set([...contents.values()].map(({ type }) => type))
  if (used.size !== types.length) return malformed('a type of no entry')
  return ok({ space, types, contents: [...contents.values()].sort(comparePositions) })
}

/** Of one device by its head: bytes that sort as logs stand in a bundle. */
export function orderOf({ certificate, head }: BundleLog): Uint8Array {
  return concatBytes(certificate, encodeHead(head))
}

function areInOrder(keys: readonly Uint8Array[]): boolean {
  return keys.every((key, i) => i === 0 || compareBytes(keys[i - 1]!, key) < 0)
}

function openLog(
  crypto: Crypto,
  bundle: Bundle,
  log: BundleLog,
): Result<readonly SignedContent[], SpaceError> {
  const certificate = openDeviceCertificate(crypto, log.certificate)
  if (!certificate.ok) return forged(`a certificate: ${certificate.error.message}`)
  const { device, person } = certificate.value
  const publicKey = idToBytes(device)
  const id = logIdOf(crypto, publicKey, idToBytes(bundle.space))
  if (!verifyHead(crypto, id, publicKey, log.head, log.fork)) return forged('the head of a log')
  const entries: EncodedEntry[] = []
  for (const entry of log.entries) {
    const decoded = decodeEntry(concatBytes(entry.leaf, entry.payload), crypto)
    if (!decoded.ok) return malformed(decoded.error.message)
    if (!isPlaced(decoded.value, entries.at(-1), bundle, device)) return forged('a place in a log')
    entries.push(decoded.value)
  }
  if (!areInTree(crypto, log, entries)) return forged('a proof of entries')
  const contents: SignedContent[] = []
  for (const [i, entry] of entries.entries()) {
    const content = openOne(crypto, bundle, log.entries[i]!, entry)
    if (!content.ok) return content
    const { seq, time } = entry
    contents.push({ id: entry.id, device, person, seq, time, ...content.value })
  }
  return ok(contents)
}

function isPlaced(
  entry: EncodedEntry,
  before: EncodedEntry | undefined,
  bundle: Bundle,
  device: DeviceId,
): boolean {
  if (entry.device !== device || entry.space !== bundle.space) return false
  if (before === undefined) return true
  const isNext = entry.seq === before.seq + 1
  return entry.seq > before.seq && (!isNext || entry.previous === before.id)
}

function areInTree(crypto: Crypto, log: BundleLog, entries: readonly EncodedEntry[]): boolean {
  const hasher = new TreeHasher(crypto)
  return verifyLeafSet(crypto, {
    indices: entries.map(({ seq }) => seq),
    leafHashes: log.entries.map(({ leaf }) => hasher.leaf(leaf)),
    length: log.head.length,
    root: log.head.root,
    proof: log.proof,
  })
}

function openOne(
  crypto: Crypto,
  bundle: Bundle,
  { opening }: BundleEntry,
  entry: EncodedEntry,
): Result<ContentDraft, SpaceError> {
  if (entry.epoch === undefined) return malformed('an operation')
  const opened = openPayload(crypto, opening, entry.core, entry.payload)
  if (!opened.ok) return forged(opened.error.message)
  if (bundle.types.includes(opened.value.type)) return opened
  return malformed(`a ${opened.value.type}`)
}

function forged(what: string): Result<never, SpaceError> {
  return err(new SpaceError('SPACE_BUNDLE_FORGED', `was not signed so: ${what}`))
}
