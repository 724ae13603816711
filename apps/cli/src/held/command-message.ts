/**
 * What a command says to the process that holds its log, and what that says back: each message a frame of the framing of
 * `@hamlet/core`, on a socket that only this user can reach.
 *
 *     OFFSET  SIZE  FIELD
 *     0       1     type
 *     1       n     content
 *
 *     of the caller                                   of the holder
 *     01 start    CBOR, see below                     11 out     bytes for standard output, 1 to 65,536
 *     02 data     1 to 65,536 bytes of a file         12 err     bytes for standard error, 1 to 65,536
 *     03 end      the file is over                    13 open    path; asks for the first bytes of this file
 *     04 size     CBOR [bytes or null]                14 more    asks for the next bytes of it
 *     05 failed   why, UTF-8                          15 measure path; asks for the size of this file
 *     06 stop     the user asked to end               16 done    one byte: the exit code
 *
 *     start: [1, [argument, …], working directory, NO_COLOR or null, TERM or null, stdout is a terminal, stderr is one]
 *     size:  null for what is no plain file. The path "-" is standard input.
 *
 * The idea: the holder runs the command and the caller lends it its files and its terminal, so that a command does the same
 * wherever it runs, and a file is always what the caller sees under its name.
 *
 * Invariants: a message that is not exactly as above is refused; nothing in it is believed beyond its form.
 */

import { concatBytes, decodeFields, decodeUtf8, encodeCbor, err, ok, utf8 } from '@hamlet/core'
import type { Result } from '@hamlet/core'

/** Bytes of one piece of a file or of the output. */
export const PIECE_BYTES_MAX = 65_536
/** Arguments of a command. */
export const ARGUMENTS_MAX = 65_536
/** Bytes of the arguments together, with their heads in CBOR. */
export const ARGUMENT_BYTES_MAX = 1_000_000
/** Bytes of a path or a variable of the environment. */
export const TEXT_BYTES_MAX = 8192
/** Characters of a reason; what is longer is cut. */
export const REASON_CHARS_MAX = 2000

export interface CommandStart {
  readonly argv: readonly string[]
  readonly directory: string
  readonly noColour: string | undefined
  readonly terminal: string | undefined
  readonly isOutTerminal: boolean
  readonly isErrTerminal: boolean
}

export type CallerMessage =
  | { readonly type: 'start'; readonly start: CommandStart }
  | { readonly type: 'data'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'size'; readonly sizeBytes: number | undefined }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'stop' }

/** What a holder asks about files; each is answered once. */
export type FileQuestion =
  | { readonly type: 'open' | 'measure'; readonly path: string }
  | { readonly type: 'more' }

export type HolderMessage =
  | FileQuestion
  | { readonly type: 'out'; readonly bytes: Uint8Array }
  | { readonly type: 'err'; readonly bytes: Uint8Array }
  | { readonly type: 'done'; readonly code: number }

const VERSION = 1
const START = 1
const DATA = 2
const END = 3
const SIZE = 4
const FAILED = 5
const STOP = 6
const OUT = 0x11
const ERR = 0x12
const OPEN = 0x13
const MORE = 0x14
const MEASURE = 0x15
const DONE = 0x16
const NOTHING = new Uint8Array(0)

export function encodeCallerMessage(message: CallerMessage): Uint8Array {
  switch (message.type) {
    case 'start':
      return packed(START, encodeStart(message.start))
    case 'data':
      return packed(DATA, message.bytes)
    case 'end':
      return packed(END)
    case 'size':
      return packed(SIZE, encodeCbor([message.sizeBytes ?? null]))
    case 'failed':
      return packed(FAILED, utf8(message.reason.slice(0, REASON_CHARS_MAX)))
    case 'stop':
      return packed(STOP)
  }
}

export function encodeHolderMessage(message: HolderMessage): Uint8Array {
  switch (message.type) {
    case 'out':
      return packed(OUT, message.bytes)
    case 'err':
      return packed(ERR, message.bytes)
    case 'open':
      return packed(OPEN, utf8(message.path))
    case 'more':
      return packed(MORE)
    case 'measure':
      return packed(MEASURE, utf8(message.path))
    case 'done':
      return packed(DONE, Uint8Array.of(message.code))
  }
}

export function decodeCallerMessage(frame: Uint8Array): Result<CallerMessage, string> {
  const content = frame.subarray(1)
  switch (frame[0]) {
    case START:
      return decodeStart(content)
    case DATA:
      return isPiece(content) ? ok({ type: 'data', bytes: content.slice() }) : err('no piece')
    case END:
      return content.length === 0 ? ok({ type: 'end' }) : err('more than an end')
    case SIZE:
      return decodeSize(content)
    case FAILED: {
      const reason = decodeText(content)
      const isReason = reason !== undefined && reason.length <= REASON_CHARS_MAX
      return isReason ? ok({ type: 'failed', reason }) : err('no reason')
    }
    case STOP:
      return content.length === 0 ? ok({ type: 'stop' }) : err('more than a stop')
    default:
      return err('an unknown type')
  }
}

export function decodeHolderMessage(frame: Uint8Array): Result<HolderMessage, string> {
  const content = frame.subarray(1)
  switch (frame[0]) {
    case OUT:
    case ERR: {
      const type = frame[0] === OUT ? 'out' : 'err'
      return isPiece(content) ? ok({ type, bytes: content.slice() }) : err('no piece')
    }
    case OPEN:
    case MEASURE: {
      const path = decodeText(content)
      const type = frame[0] === OPEN ? 'open' : 'measure'
      return path === undefined || path === '' ? err('no path') : ok({ type, path })
    }
    case MORE:
      return content.length === 0 ? ok({ type: 'more' }) : err('more than a word')
    case DONE:
      return content.length === 1 ? ok({ type: 'done', code: content[0]! }) : err('no code')
    default:
      return err('an unknown type')
  }
}

function encodeStart(start: CommandStart): Uint8Array {
  const { argv, directory, noColour, terminal, isOutTerminal, isErrTerminal } = start
  const variables = [noColour ?? null, terminal ?? null]
  return encodeCbor([VERSION, argv, directory, ...variables, isOutTerminal, isErrTerminal])
}

function decodeStart(content: Uint8Array): Result<CallerMessage, string> {
  if (content.length > ARGUMENT_BYTES_MAX + 4 * TEXT_BYTES_MAX) return err('too long')
  const start = decodeFields(
    content,
    'start of a command',
    (fields): CommandStart => {
      fields.literal(VERSION)
      return {
        argv: fields.list(ARGUMENTS_MAX, (items) => items.text(ARGUMENT_BYTES_MAX)),
        directory: fields.text(TEXT_BYTES_MAX, 1),
        noColour: fields.optional(() => fields.text(TEXT_BYTES_MAX)),
        terminal: fields.optional(() => fields.text(TEXT_BYTES_MAX)),
        isOutTerminal: fields.boolean(),
        isErrTerminal: fields.boolean(),
      }
    },
    { itemsMax: ARGUMENTS_MAX + 16, stringBytesMax: ARGUMENT_BYTES_MAX },
  )
  return start.ok ? ok({ type: 'start', start: start.value }) : err(start.error.message)
}

function decodeSize(content: Uint8Array): Result<CallerMessage, string> {
  const size = decodeFields(content, 'size of a file', (fields) => ({
    sizeBytes: fields.optional(() => fields.uint()),
  }))
  return size.ok ? ok({ type: 'size', ...size.value }) : err(size.error.message)
}

function decodeText(bytes: Uint8Array): string | undefined {
  return bytes.length <= TEXT_BYTES_MAX ? decodeUtf8(bytes) : undefined
}

function isPiece(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes.length <= PIECE_BYTES_MAX
}

function packed(type: number, content: Uint8Array = NOTHING): Uint8Array {
  return concatBytes(Uint8Array.of(type), content)
}
