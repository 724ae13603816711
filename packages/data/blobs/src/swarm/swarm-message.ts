/**
 * What two peers of a swarm say to each other. Many swarms share one line: each peer numbers those it opens (channels), and what it says of
 * a swarm carries its own number. Numbers are big-endian; every field has one form, and nothing follows the last.
 *
 *     FIRST BYTE            REST (frozen since version 1; the table of offsets is in docs/formats/swarm-messages.md)
 *      0 hello              version 1 (1), requests that may wait here (2)
 *      1 open               channel (2), channel of the receiver whose opening this answers (2), or ffff; topic (32), proof (32);
 *                           names under which it may be counted (1), and each of them (32), best first
 *      2 refused            channel of the receiver (2): nothing of that topic here
 *      3 goodbye            channel (2)
 *      4 have               channel (2), stretches (2), then of each: first chunk (4), chunks (4); ascending, apart from each other
 *      5 interest           channel (2), 1 or 0 (1)
 *      6 choke              1: nothing is answered; 0: requests are (1), bytes that may go unsigned, 0: any (4)
 *      7 request            channel (2), then of each: chunk (4), uncles wanted (1), which is 255 for the proof alone
 *      8 cancel             channel (2), chunk (4)
 *      9 chunk              channel (2), chunk (4), uncles (1), so many hashes (32 each), bytes (the rest, at least one)
 *     10 proof              channel (2), chunk (4), node of the chunk (32), uncles up to the root (32 each)
 *     11 reject             channel (2), chunk (4), reason (1): 0 choked, 1 not here, 2 not now, 3 cancelled
 *     12 receipt            channel (2), receipt (the rest)
 *     13 countersigned      channel (2), receipt (the rest)
 *     14 peers              channel (2), then of each: device (32), addresses (1), of each length (1) and printable ASCII
 *
 * `topic` is HMAC-SHA256(root, "hamlet/v1/swarm-topic\0" || size (8)), `proof` HMAC-SHA256(root, "hamlet/v1/swarm-open\0" || device of the
 * sender (32) || device of the receiver (32)). Only who knows the root can make them, and a proof is of no use to a third.
 *
 * Invariant: each chunk of a `request` is answered once, by `chunk`, `proof` or `reject`, in the order that suits who answers.
 */

import { concatBytes, err, ok } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import type { ChunkRun } from '../chunk-set.ts'
import type { SwarmFault } from './errors.ts'
import { FieldReader, FieldWriter } from './message-fields.ts'
import {
  SWARM_ADDRESS_BYTES_MAX,
  SWARM_ADDRESSES_MAX,
  SWARM_CHANNELS_MAX,
  SWARM_CHUNKS_MAX,
  SWARM_HAVE_RANGES_MAX,
  SWARM_MESSAGE_BYTES_MAX,
  SWARM_PEERS_MAX,
  SWARM_RECEIPT_BYTES_MAX,
  SWARM_REQUESTS_PER_MESSAGE_MAX,
  SWARM_TERMS_MAX,
  SWARM_UNCLES_MAX,
} from './swarm-limits.ts'

export const SWARM_VERSION = 1
/** In place of the number of uncles: the proof is wanted, and no bytes. */
const PROOF_ALONE = 255
/** In place of a channel: it answers none. */
const ANSWERS_NONE = 0xffff
const HASH_BYTES = 32

const TYPES = [
  'hello',
  'open',
  'refused',
  'goodbye',
  'have',
  'interest',
  'choke',
  'request',
  'cancel',
  'chunk',
  'proof',
  'reject',
  'receipt',
  'countersigned',
  'peers',
] as const

export const REJECT_REASONS = ['choked', 'not-here', 'not-now', 'cancelled'] as const
export type RejectReason = (typeof REJECT_REASONS)[number]

export interface ChunkRequest {
  readonly chunk: number
  /** How many uncle hashes are to come along; `undefined`: the proof alone. */
  readonly uncles: number | undefined
}

export interface NamedPeer {
  /** 32 bytes. */
  readonly device: Uint8Array
  readonly addresses: readonly string[]
}

export interface ChunkMessage {
  readonly type: 'chunk'
  readonly channel: number
  readonly chunk: number
  readonly uncles: readonly Uint8Array[]
  readonly bytes: Uint8Array
}

export interface ProofMessage {
  readonly type: 'proof'
  readonly channel: number
  readonly chunk: number
  readonly node: Uint8Array
  readonly uncles: readonly Uint8Array[]
}

/** A message about one swarm. */
export type ChannelMessage =
  | { readonly type: 'goodbye'; readonly channel: number }
  | { readonly type: 'have'; readonly channel: number; readonly ranges: readonly ChunkRun[] }
  | { readonly type: 'interest'; readonly channel: number; readonly isInterested: boolean }
  | {
      readonly type: 'request'
      readonly channel: number
      readonly requests: readonly ChunkRequest[]
    }
  | { readonly type: 'cancel'; readonly channel: number; readonly chunk: number }
  | ChunkMessage
  | ProofMessage
  | {
      readonly type: 'reject'
      readonly channel: number
      readonly chunk: number
      readonly reason: RejectReason
    }
  | { readonly type: 'receipt'; readonly channel: number; readonly receipt: Uint8Array }
  | { readonly type: 'countersigned'; readonly channel: number; readonly receipt: Uint8Array }
  | { readonly type: 'peers'; readonly channel: number; readonly peers: readonly NamedPeer[] }

export interface OpenSwarmMessage {
  readonly type: 'open'
  readonly channel: number
  /** The receiver's channel whose opening this answers. */
  readonly answers: number | undefined
  readonly topic: Uint8Array
  readonly proof: Uint8Array
  /** Names, of 32 bytes, under which the sender may count what goes: best first. */
  readonly terms: readonly Uint8Array[]
}

export type SwarmMessage =
  | { readonly type: 'hello'; readonly requestsMax: number }
  | OpenSwarmMessage
  | { readonly type: 'refused'; readonly channel: number }
  | { readonly type: 'choke'; readonly isChoked: boolean; readonly stepBytes: number }
  | ChannelMessage

export function encodeSwarmMessage(message: SwarmMessage): Uint8Array {
  return concatBytes(...encodeSwarmParts(message))
}

/** As parts that follow each other, so that the bytes of a chunk are not copied. */
export function encodeSwarmParts(message: SwarmMessage): readonly Uint8Array[] {
  const writer = new FieldWriter(capacityOf(message))
  writer.uint8(TYPES.indexOf(message.type))
  writeRest(writer, message)
  const head = writer.finish()
  return message.type === 'chunk' ? [head, message.bytes] : [head]
}

function capacityOf(message: SwarmMessage): number {
  switch (message.type) {
    case 'chunk':
    case 'proof':
      return 48 + HASH_BYTES * message.uncles.length
    case 'have':
      return 8 + 8 * message.ranges.length
    case 'request':
      return 8 + 5 * message.requests.length
    case 'receipt':
    case 'countersigned':
      return 8 + message.receipt.length
    case 'open':
      return 80 + HASH_BYTES * message.terms.length
    default:
      return 80
  }
}

function writeRest(writer: FieldWriter, message: SwarmMessage): void {
  if (message.type === 'hello') {
    writer.uint8(SWARM_VERSION)
    writer.uint16(message.requestsMax)
    return
  }
  if (message.type === 'choke') {
    writer.uint8(message.isChoked ? 1 : 0)
    writer.uint32(message.stepBytes)
    return
  }
  writer.uint16(message.channel)
  writeFields(writer, message)
}

type Addressed = Exclude<SwarmMessage, { readonly type: 'hello' | 'choke' }>

function writeFields(writer: FieldWriter, message: Addressed): void {
  switch (message.type) {
    case 'open':
      writer.uint16(message.answers ?? ANSWERS_NONE)
      writer.raw(message.topic)
      writer.raw(message.proof)
      writer.uint8(message.terms.length)
      for (const name of message.terms) writer.raw(name)
      return
    case 'have':
      writer.uint16(message.ranges.length)
      for (const { first, count } of message.ranges) {
        writer.uint32(first)
        writer.uint32(count)
      }
      return
    case 'interest':
      writer.uint8(message.isInterested ? 1 : 0)
      return
    case 'request':
      for (const { chunk, uncles } of message.requests) {
        writer.uint32(chunk)
        writer.uint8(uncles ?? PROOF_ALONE)
      }
      return
    case 'cancel':
      writer.uint32(message.chunk)
      return
    case 'chunk':
      writer.uint32(message.chunk)
      writer.uint8(message.uncles.length)
      for (const uncle of message.uncles) writer.raw(uncle)
      return
    case 'proof':
      writer.uint32(message.chunk)
      writer.raw(message.node)
      for (const uncle of message.uncles) writer.raw(uncle)
      return
    case 'reject':
      writer.uint32(message.chunk)
      writer.uint8(REJECT_REASONS.indexOf(message.reason))
      return
    case 'receipt':
    case 'countersigned':
      writer.raw(message.receipt)
      return
    case 'peers':
      writePeers(writer, message.peers)
      return
    case 'refused':
    case 'goodbye':
  }
}

function writePeers(writer: FieldWriter, peers: readonly NamedPeer[]): void {
  for (const { device, addresses } of peers) {
    writer.raw(device)
    writer.uint8(addresses.length)
    for (const address of addresses) {
      writer.uint8(address.length)
      writer.raw(Uint8Array.from(address, (character) => character.charCodeAt(0)))
    }
  }
}

/** Bytes, hashes and receipts in the result are views of `bytes`. */
export function decodeSwarmMessage(bytes: Uint8Array): Result<SwarmMessage, SwarmFault> {
  if (bytes.length > SWARM_MESSAGE_BYTES_MAX) return malformed('size')
  const reader = new FieldReader(bytes)
  const type = TYPES[reader.uint8()]
  if (type === undefined) return malformed('type')
  const message = readMessage(reader, type)
  return message !== undefined && reader.isComplete ? ok(message) : malformed(type)
}

function readMessage(reader: FieldReader, type: (typeof TYPES)[number]): SwarmMessage | undefined {
  if (type === 'hello') {
    const version = reader.uint8()
    const requestsMax = reader.uint16()
    return version === SWARM_VERSION && requestsMax > 0 ? { type, requestsMax } : undefined
  }
  if (type === 'choke') {
    const choked = reader.flag()
    const stepBytes = reader.uint32()
    if (choked === undefined || (choked && stepBytes > 0)) return undefined
    return { type, isChoked: choked, stepBytes }
  }
  const channel = reader.uint16()
  return channel < SWARM_CHANNELS_MAX ? readAddressed(reader, type, channel) : undefined
}

function readAddressed(
  reader: FieldReader,
  type: Addressed['type'],
  channel: number,
): SwarmMessage | undefined {
  switch (type) {
    case 'open':
      return readOpen(reader, channel)
    case 'refused':
    case 'goodbye':
      return { type, channel }
    case 'have':
      return readHave(reader, channel)
    case 'interest': {
      const isInterested = reader.flag()
      return isInterested === undefined ? undefined : { type, channel, isInterested }
    }
    case 'request':
      return readRequest(reader, channel)
    case 'cancel':
      return { type, channel, chunk: readChunkNumber(reader) }
    case 'chunk':
      return readChunk(reader, channel)
    case 'proof': {
      const chunk = readChunkNumber(reader)
      const node = reader.raw(HASH_BYTES)
      const uncles = readHashes(reader, Math.floor(reader.remaining / HASH_BYTES))
      return uncles && { type, channel, chunk, node, uncles }
    }
    case 'reject': {
      const chunk = readChunkNumber(reader)
      const reason = REJECT_REASONS[reader.uint8()]
      return reason && { type, channel, chunk, reason }
    }
    case 'receipt':
    case 'countersigned': {
      const receipt = reader.raw(reader.remaining)
      const isSound = receipt.length > 0 && receipt.length <= SWARM_RECEIPT_BYTES_MAX
      return isSound ? { type, channel, receipt } : undefined
    }
    case 'peers':
      return readPeers(reader, channel)
  }
}

function readOpen(reader: FieldReader, channel: number): SwarmMessage | undefined {
  const answers = reader.uint16()
  const topic = reader.raw(HASH_BYTES)
  const proof = reader.raw(HASH_BYTES)
  if (answers >= SWARM_CHANNELS_MAX && answers !== ANSWERS_NONE) return undefined
  const answered = answers === ANSWERS_NONE ? undefined : answers
  const count = reader.uint8()
  if (count > SWARM_TERMS_MAX || reader.remaining !== HASH_BYTES * count) return undefined
  const terms = Array.from({ length: count }, () => reader.raw(HASH_BYTES))
  return { type: 'open', channel, answers: answered, topic, proof, terms }
}

function readHave(reader: FieldReader, channel: number): SwarmMessage | undefined {
  const count = reader.uint16()
  if (count === 0 || count > SWARM_HAVE_RANGES_MAX || reader.remaining !== 8 * count) {
    return undefined
  }
  const ranges: ChunkRun[] = []
  let end = -1
  for (let i = 0; i < count; i++) {
    const first = reader.uint32()
    const chunks = reader.uint32()
    // Stretches that touch would be one.
    if (first <= end || chunks === 0 || first + chunks > SWARM_CHUNKS_MAX) return undefined
    ranges.push({ first, count: chunks })
    end = first + chunks
  }
  return { type: 'have', channel, ranges }
}

function readRequest(reader: FieldReader, channel: number): SwarmMessage | undefined {
  const count = reader.remaining / 5
  if (!Number.isInteger(count) || count === 0 || count > SWARM_REQUESTS_PER_MESSAGE_MAX) {
    return undefined
  }
  const requests: ChunkRequest[] = []
  for (let i = 0; i < count; i++) {
    const chunk = readChunkNumber(reader)
    const uncles = reader.uint8()
    if (uncles > SWARM_UNCLES_MAX && uncles !== PROOF_ALONE) return undefined
    requests.push({ chunk, uncles: uncles === PROOF_ALONE ? undefined : uncles })
  }
  return { type: 'request', channel, requests }
}

function readChunk(reader: FieldReader, channel: number): SwarmMessage | undefined {
  const chunk = readChunkNumber(reader)
  const uncles = readHashes(reader, reader.uint8())
  const bytes = reader.raw(reader.remaining)
  return uncles && bytes.length > 0 ? { type: 'chunk', channel, chunk, uncles, bytes } : undefined
}

function readHashes(reader: FieldReader, count: number): Uint8Array[] | undefined {
  if (count > SWARM_UNCLES_MAX || reader.remaining < HASH_BYTES * count) return undefined
  return Array.from({ length: count }, () => reader.raw(HASH_BYTES))
}

function readPeers(reader: FieldReader, channel: number): SwarmMessage | undefined {
  const peers: NamedPeer[] = []
  while (reader.remaining > 0) {
    const device = reader.raw(HASH_BYTES)
    const count = reader.uint8()
    if (count > SWARM_ADDRESSES_MAX || peers.length >= SWARM_PEERS_MAX) return undefined
    const addresses = Array.from({ length: count }, () => readAddress(reader))
    if (!addresses.every((address) => address !== undefined)) return undefined
    peers.push({ device, addresses })
  }
  return peers.length > 0 ? { type: 'peers', channel, peers } : undefined
}

function readAddress(reader: FieldReader): string | undefined {
  const bytes = reader.raw(reader.uint8())
  const isSound = bytes.length > 0 && bytes.length <= SWARM_ADDRESS_BYTES_MAX
  if (!isSound || !bytes.every((byte) => byte > 0x20 && byte < 0x7f)) return undefined
  return String.fromCharCode(...bytes)
}

function readChunkNumber(reader: FieldReader): number {
  const chunk = reader.uint32()
  if (chunk >= SWARM_CHUNKS_MAX) reader.fail()
  return chunk
}

function malformed(what: string): Result<never, SwarmFault> {
  return err({ code: 'SWARM_MALFORMED', message: `not a message of a swarm: ${what}` })
}
