/**
 * What two peers who replicate logs say to each other. Many logs share one line: each peer numbers the logs it opens
 * (channels), and what it says of a log carries its own number.
 *
 *     FIRST BYTE            REST (varints, see byte-codec.ts; frozen since version 1)
 *     0 hello               version 1, nonce (32)
 *     1 open                channel, key (32), proof (32), length trusted, fork, 1 if everything is wanted else 0
 *     2 close               channel of the sender
 *     3 refuse              channel of the receiver: the log is not known here
 *     4 head                channel, fork, upgrade (head-upgrade.ts)
 *     5 want head           channel, length trusted
 *     6 have                channel, 1 held or 0 not any more, n, then n stretches: gap after the last, length
 *     7 want                channel, request, want (piece.ts)
 *     8 piece               channel, request, piece
 *     9 unavailable         channel, request
 *    10 full                channel, fork, a message of replication.ts
 *    11 extension           channel, name (sized, 1 to 64 bytes), bytes (the rest)
 *    12 truncation          channel, truncation (truncation.ts)
 *    13 ask                 channel, request, name (sized, 1 to 64 bytes), bytes (the rest)
 *    14 answer              channel, request, fork, bytes (sized; none: there is no answer), piece
 *
 * Heads and ranges carry the fork they are of, so that what crossed a truncation on its way is not taken for a lie.
 *
 * `key` and `proof` in `open` are made of the log's id, so that only who knows the log learns which it is: the key is
 * SHA-256("hamlet/v1/exchange/key\0" || id), the proof HMAC-SHA-256(id, "hamlet/v1/exchange/open\0" || nonce of the sender || nonce
 * of the receiver).
 */

import { FRAME_BYTES_MAX, err, ok } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import { ByteReader, ByteWriter } from './byte-codec.ts'
import type { LogRangeError } from './errors.ts'
import { readHeadUpgrade, writeHeadUpgrade } from './head-upgrade.ts'
import type { HeadUpgrade } from './head-upgrade.ts'
import {
  ANSWER_BYTES_MAX,
  CHANNELS_MAX,
  EXTENSION_NAME_BYTES_MAX,
  HAVE_RANGES_MAX,
  TRUNCATIONS_MAX,
} from './limits.ts'
import { SPARSE_LENGTH_MAX } from './node-climb.ts'
import { readPiece, readWant, writePiece, writeWant } from './piece.ts'
import type { Piece, PieceWant } from './piece.ts'
import { decodeTruncation, encodeTruncation } from './truncation.ts'
import type { Truncation } from './types.ts'

export const NONCE_BYTES = 32
const VERSION = 1
const KEY_BYTES = 32
const REQUEST_MAX = 2 ** 32 - 1

export type ExchangeMessage =
  | { readonly type: 'hello'; readonly nonce: Uint8Array }
  | OpenMessage
  | { readonly type: 'close'; readonly channel: number }
  | { readonly type: 'refuse'; readonly channel: number }
  | {
      readonly type: 'head'
      readonly channel: number
      readonly fork: number
      readonly upgrade: HeadUpgrade
    }
  | { readonly type: 'want-head'; readonly channel: number; readonly from: number }
  | HaveMessage
  | {
      readonly type: 'want'
      readonly channel: number
      readonly request: number
      readonly want: PieceWant
    }
  | {
      readonly type: 'piece'
      readonly channel: number
      readonly request: number
      readonly piece: Piece
    }
  | { readonly type: 'unavailable'; readonly channel: number; readonly request: number }
  | {
      readonly type: 'full'
      readonly channel: number
      readonly fork: number
      readonly bytes: Uint8Array
    }
  | { readonly type: 'truncation'; readonly channel: number; readonly truncation: Truncation }
  | {
      readonly type: 'extension'
      readonly channel: number
      readonly name: string
      readonly bytes: Uint8Array
    }
  | AskMessage
  | AnswerMessage

/** A message that is encoded, as parts. */
export interface EncodedMessage {
  readonly type: 'encoded'
  readonly parts: readonly Uint8Array[]
}

/** A question that an extension understands. */
export interface AskMessage {
  readonly type: 'ask'
  readonly channel: number
  readonly request: number
  readonly name: string
  readonly bytes: Uint8Array
}

/** What it answers, and the blocks that are of use next. */
export interface AnswerMessage {
  readonly type: 'answer'
  readonly channel: number
  readonly request: number
  /** Of the log, that the piece is of. */
  readonly fork: number
  readonly bytes: Uint8Array
  readonly piece: Piece
}

export interface OpenMessage {
  readonly type: 'open'
  readonly channel: number
  readonly key: Uint8Array
  readonly proof: Uint8Array
  readonly length: number
  readonly fork: number
  /** The sender copies the log from its beginning, by ranges. */
  readonly isFull: boolean
}

export interface HaveMessage {
  readonly type: 'have'
  readonly channel: number
  readonly isHeld: boolean
  readonly ranges: readonly (readonly [from: number, to: number])[]
}

const TYPES = [
  'hello',
  'open',
  'close',
  'refuse',
  'head',
  'want-head',
  'have',
  'want',
  'piece',
  'unavailable',
  'full',
  'extension',
  'truncation',
  'ask',
  'answer',
] as const

export function encodeExchangeMessage(message: ExchangeMessage): Uint8Array {
  const writer = new ByteWriter(capacityFor(message))
  writer.byte(TYPES.indexOf(message.type))
  if (message.type === 'hello') {
    writer.byte(VERSION)
    writer.raw(message.nonce)
    return writer.finish()
  }
  writer.varint(message.channel)
  writeRest(writer, message)
  return writer.finish()
}

/** About what it takes, so that large messages are written once. */
function capacityFor(message: ExchangeMessage): number {
  if (message.type === 'full') return message.bytes.length + 16
  if (message.type !== 'piece' && message.type !== 'answer') return 128
  const { blocks, nodes } = message.piece
  return blocks.reduce((sum, { block }) => sum + block.length + 8, 64 + 40 * nodes.length)
}

function writeRest(
  writer: ByteWriter,
  message: Exclude<ExchangeMessage, { readonly type: 'hello' }>,
): void {
  switch (message.type) {
    case 'open':
      writeOpen(writer, message)
      return
    case 'head':
      writer.varint(message.fork)
      writeHeadUpgrade(writer, message.upgrade)
      return
    case 'want-head':
      writer.varint(message.from)
      return
    case 'have':
      writeHave(writer, message)
      return
    case 'want':
      writer.varint(message.request)
      writeWant(writer, message.want)
      return
    case 'piece':
      writer.varint(message.request)
      writePiece(writer, message.piece)
      return
    case 'unavailable':
      writer.varint(message.request)
      return
    case 'full':
      writer.varint(message.fork)
      writer.raw(message.bytes)
      return
    case 'truncation':
      writer.raw(encodeTruncation(message.truncation))
      return
    case 'ask':
      writer.varint(message.request)
      writeExtension(writer, message)
      return
    case 'answer':
      writer.varint(message.request)
      writer.varint(message.fork)
      writer.sized(message.bytes)
      writePiece(writer, message.piece)
      return
    case 'extension':
      writeExtension(writer, message)
      return
    case 'close':
    case 'refuse':
  }
}

/** Whether it is a message of replication.ts, if it is one of an exchange at all. */
export function isFullMessage(bytes: Uint8Array): boolean {
  return bytes[0] === TYPES.indexOf('full')
}

/** Bytes in the result are views of `bytes`, hashes and heads copies. */
export function decodeExchangeMessage(bytes: Uint8Array): Result<ExchangeMessage, LogRangeError> {
  if (bytes.length > FRAME_BYTES_MAX) return malformed('size')
  const reader = new ByteReader(bytes)
  const type = TYPES[reader.byte()]
  if (type === undefined || reader.hasFailed) return malformed('type')
  const message = type === 'hello' ? readHello(reader) : readMessage(reader, type)
  return message && reader.isComplete ? ok(message) : malformed(type)
}

function readHello(reader: ByteReader): ExchangeMessage | undefined {
  const version = reader.byte()
  const nonce = reader.raw(NONCE_BYTES).slice()
  return version === VERSION ? { type: 'hello', nonce } : undefined
}

function readMessage(
  reader: ByteReader,
  type: Exclude<ExchangeMessage['type'], 'hello'>,
): ExchangeMessage | undefined {
  const channel = reader.varint(CHANNELS_MAX)
  switch (type) {
    case 'open':
      return readOpen(reader, channel)
    case 'close':
    case 'refuse':
      return { type, channel }
    case 'head': {
      const fork = reader.varint(TRUNCATIONS_MAX)
      const upgrade = readHeadUpgrade(reader)
      return upgrade && { type, channel, fork, upgrade }
    }
    case 'want-head':
      return { type, channel, from: reader.varint(SPARSE_LENGTH_MAX) }
    case 'have':
      return readHave(reader, channel)
    case 'want':
      return { type, channel, request: reader.varint(REQUEST_MAX), want: readWant(reader) }
    case 'piece':
      return { type, channel, request: reader.varint(REQUEST_MAX), piece: readPiece(reader) }
    case 'unavailable':
      return { type, channel, request: reader.varint(REQUEST_MAX) }
    case 'full': {
      const fork = reader.varint(TRUNCATIONS_MAX)
      return { type, channel, fork, bytes: reader.raw(reader.remaining) }
    }
    case 'truncation': {
      const truncation = decodeTruncation(reader.raw(reader.remaining))
      return truncation.ok ? { type, channel, truncation: truncation.value } : undefined
    }
    case 'ask': {
      const request = reader.varint(REQUEST_MAX)
      const extension = readExtension(reader)
      return extension && { type, channel, request, ...extension }
    }
    case 'answer':
      return readAnswer(reader, channel)
    case 'extension': {
      const extension = readExtension(reader)
      return extension && { type, channel, ...extension }
    }
  }
}

function writeOpen(writer: ByteWriter, message: OpenMessage): void {
  writer.raw(message.key)
  writer.raw(message.proof)
  writer.varint(message.length)
  writer.varint(message.fork)
  writer.byte(message.isFull ? 1 : 0)
}

function readOpen(reader: ByteReader, channel: number): OpenMessage | undefined {
  const key = reader.raw(KEY_BYTES).slice()
  const proof = reader.raw(KEY_BYTES).slice()
  const length = reader.varint(SPARSE_LENGTH_MAX)
  const fork = reader.varint(TRUNCATIONS_MAX)
  const full = reader.byte()
  if (full > 1) return undefined
  return { type: 'open', channel, key, proof, length, fork, isFull: full === 1 }
}

function writeHave(writer: ByteWriter, { isHeld, ranges }: HaveMessage): void {
  writer.byte(isHeld ? 1 : 0)
  writer.varint(ranges.length)
  let end = 0
  for (const [from, to] of ranges) {
    writer.varint(from - end)
    writer.varint(to - from)
    end = to
  }
}

function readHave(reader: ByteReader, channel: number): HaveMessage | undefined {
  const held = reader.byte()
  const count = reader.varint(HAVE_RANGES_MAX)
  const ranges: [number, number][] = []
  let end = 0
  for (let i = 0; i < count && !reader.hasFailed; i++) {
    const gap = reader.varint(SPARSE_LENGTH_MAX)
    const length = reader.varint(SPARSE_LENGTH_MAX)
    const isSound = length > 0 && (i === 0 || gap > 0) && end + gap + length <= SPARSE_LENGTH_MAX
    if (!isSound) return undefined
    ranges.push([end + gap, end + gap + length])
    end += gap + length
  }
  return held > 1 ? undefined : { type: 'have', channel, isHeld: held === 1, ranges }
}

interface Extension {
  readonly name: string
  readonly bytes: Uint8Array
}

function writeExtension(writer: ByteWriter, { name, bytes }: Extension): void {
  writer.sized(new TextEncoder().encode(name))
  writer.raw(bytes)
}

function readExtension(reader: ByteReader): Extension | undefined {
  const nameBytes = reader.sized(EXTENSION_NAME_BYTES_MAX)
  const bytes = reader.raw(reader.remaining)
  if (nameBytes.length === 0 || !nameBytes.every((byte) => byte > 0x20 && byte < 0x7f)) {
    return undefined
  }
  return { name: String.fromCharCode(...nameBytes), bytes }
}

function readAnswer(reader: ByteReader, channel: number): AnswerMessage {
  const request = reader.varint(REQUEST_MAX)
  const fork = reader.varint(TRUNCATIONS_MAX)
  const bytes = reader.sized(ANSWER_BYTES_MAX)
  return { type: 'answer', channel, request, fork, bytes, piece: readPiece(reader) }
}

function malformed(what: string): Result<never, LogRangeError> {
  return err({ code: 'LOG_MALFORMED', message: `not a message of an exchange: ${what}` })
}
