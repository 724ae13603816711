/**
 * What every decoder promises, in forms that a target's `run` can demand.
 *
 * A violation throws `FuzzViolation`, so that a campaign can tell a broken promise of the decoder from a slip in the
 * target itself only by its message; both make a crasher, because both have to be looked at.
 */

import { bytesToHex, encodeCbor, equalBytes } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'
import type { FuzzVerdict } from './fuzz-target.ts'

export class FuzzViolation extends Error {
  override readonly name = 'FuzzViolation'
}

/** A result may hold this many bytes per byte of input… */
const OUTPUT_RATIO_MAX = 64
/** …and this many beyond that. */
const OUTPUT_BYTES_FREE = 8192
const SHOWN_BYTES_MAX = 64

export function require(condition: boolean, message: string): asserts condition {
  if (!condition) throw new FuzzViolation(message)
}

/** What the decoders of this code base give back: a result, or `undefined` for "not one of mine". */
export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: unknown }
  | undefined

export interface DecoderPromises<T> {
  /** What a refusal's code looks like; `undefined` results need none. */
  readonly codes?: RegExp
  /** Gives the very input back. */
  readonly encode?: (value: T) => Uint8Array
}

/**
 * Runs a decoder of bytes and demands: no throw, a typed refusal or a value, the input untouched, the same answer
 * twice, a bounded result, and the same bytes when encoded again.
 */
export function judgeDecoder<T>(
  input: Uint8Array,
  decode: (bytes: Uint8Array) => Decoded<T>,
  promises: DecoderPromises<T> = {},
): FuzzVerdict {
  const given = input.slice()
  const result = decode(given)
  require(equalBytes(given, input), 'the decoder changed its input')
  if (result === undefined) return 'refused'
  if (!result.ok) {
    requireTyped(result.error, promises.codes ?? /^[A-Z][A-Z0-9_]+$/)
    return 'refused'
  }
  requireBounded(result.value, input.length)
  if (promises.encode === undefined) return 'accepted'
  requireSameBytes(promises.encode(result.value), input, 'encoded again')
  const again = decode(input.slice())
  require(again?.ok === true, 'accepted once and refused the second time')
  requireSameBytes(promises.encode(again.value), input, 'encoded again after a second decoding')
  return 'accepted'
}

/** As `judgeDecoder`, and the value must not share memory with the input. */
export function judgeCopyingDecoder<T>(
  input: Uint8Array,
  decode: (bytes: Uint8Array) => Decoded<T>,
  promises: DecoderPromises<T> & { readonly encode: (value: T) => Uint8Array },
): FuzzVerdict {
  if (judgeDecoder(input, decode, promises) === 'refused') return 'refused'
  const given = input.slice()
  const result = decode(given)
  given.fill(0xa5)
  require(result?.ok === true, 'accepted and then refused')
  requireSameBytes(promises.encode(result.value), input, 'encoded after the input was overwritten')
  return 'accepted'
}

/** Runs what throws its refusals; anything without a fitting code is a violation. */
export function judgeThrowing<T>(
  work: () => T,
  codes: RegExp,
  check: (value: T) => void,
): FuzzVerdict {
  let value: T
  try {
    value = work()
  } catch (error) {
    requireTyped(error, codes)
    return 'refused'
  }
  check(value)
  return 'accepted'
}

export async function judgeRejecting<T>(
  work: () => Promise<T>,
  codes: RegExp,
  check: (value: T) => void | Promise<void>,
): Promise<FuzzVerdict> {
  let value: T
  try {
    value = await work()
  } catch (error) {
    requireTyped(error, codes)
    return 'refused'
  }
  await check(value)
  return 'accepted'
}

/** An error object with a code, or (network) a bare code. */
export function requireTyped(error: unknown, codes: RegExp): void {
  const code = typeof error === 'string' ? error : (error as { code?: unknown } | null)?.code
  if (typeof code === 'string' && codes.test(code)) return
  if (error instanceof Error) {
    throw new FuzzViolation(`untyped: ${error.name}: ${error.message}`, { cause: error })
  }
  throw new FuzzViolation(`untyped: ${String(code ?? error)}`)
}

export function requireSameBytes(actual: Uint8Array, expected: Uint8Array, what: string): void {
  if (equalBytes(actual, expected)) return
  throw new FuzzViolation(`${what}: ${shown(actual)} instead of ${shown(expected)}`)
}

/** Two values of any decoder, compared by what they encode to. */
export function requireSameValue(actual: CborValue, expected: CborValue, what: string): void {
  requireSameBytes(encodeCbor(actual), encodeCbor(expected), what)
}

export function requireBounded(value: unknown, inputBytes: number): void {
  const bytes = sizeOf(value, 0)
  const bytesMax = OUTPUT_RATIO_MAX * inputBytes + OUTPUT_BYTES_FREE
  require(bytes <= bytesMax, `a result of ${bytes} bytes from an input of ${inputBytes}`)
}

/** About what a value holds, in bytes. */
function sizeOf(value: unknown, depth: number): number {
  if (typeof value === 'string') return 2 * value.length
  if (typeof value !== 'object' || value === null || depth > 40) return 8
  if (value instanceof Uint8Array) return value.length
  let bytes = 16
  if (value instanceof Map) {
    for (const [key, item] of value) bytes += sizeOf(key, depth + 1) + sizeOf(item, depth + 1)
  } else {
    for (const item of Object.values(value)) bytes += sizeOf(item, depth + 1)
  }
  return bytes
}

function shown(bytes: Uint8Array): string {
  const hex = bytesToHex(bytes.subarray(0, SHOWN_BYTES_MAX))
  return bytes.length > SHOWN_BYTES_MAX ? `${hex}… (${bytes.length} bytes)` : hex
}
