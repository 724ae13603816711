/**
 * Branded identifiers: 32 bytes written as 64 lower-case hex digits.
 *
 * Ids are strings because they are compared, logged, shown in full under "Details" and used as map keys; on disk and
 * on the wire they are always the raw 32 bytes. Each kind has a brand of its own, so that the hash of one thing
 * cannot pass for another; the only ways in are the `parse` functions and `bytesToId`.
 */

import { bytesToHex, hexToBytes } from './bytes.ts'
import { assert } from './assert.ts'

declare const brand: unique symbol
type Id<Kind extends string> = string & { readonly [brand]: Kind }

/** A person: their Ed25519 root public key. */
export type PersonId = Id<'person'>
/** A device: its Ed25519 public key, the same key as its libp2p PeerId. */
export type DeviceId = Id<'device'>
/** A space: SHA-256 of the header of its genesis entry. */
export type SpaceId = Id<'space'>
/** An entry: SHA-256 of its header. */
export type EntryId = Id<'entry'>
/** A log: see `docs/formats/log.md`. */
export type LogId = Id<'log'>
/** A key epoch: the id of the control entry that made it. */
export type EpochId = EntryId
/** An invitation: the id of the control entry that made it. */
export type InviteId = EntryId
/** A join request: the id of the control entry that carries it. */
export type RequestId = EntryId

export type AnyId = PersonId | DeviceId | SpaceId | EntryId | LogId

export const ID_BYTES = 32

const ID_PATTERN = /^[0-9a-f]{64}$/

export function isId(text: string): boolean {
  return ID_PATTERN.test(text)
}

/** @throws AssertionError unless `bytes` has 32 bytes: length is the decoder's business. */
export function bytesToId<T extends AnyId>(bytes: Uint8Array): T {
  assert(bytes.length === ID_BYTES, `an id has ${ID_BYTES} bytes, got ${bytes.length}`)
  return bytesToHex(bytes) as string as T
}

export function idToBytes(id: AnyId): Uint8Array {
  return hexToBytes(id)
}

/** The id written in `text`, or `undefined` when it is not 64 lower-case hex digits. */
export function parseId<T extends AnyId>(text: string): T | undefined {
  return isId(text) ? (text as string as T) : undefined
}

/** The first eight digits: enough to tell things apart on a screen, never to decide anything. */
export function shortId(id: string): string {
  return id.slice(0, 8)
}
