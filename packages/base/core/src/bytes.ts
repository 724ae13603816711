/** Bytes: hex, comparison, concatenation and fixed-width integers, the same in Node and in a browser. */

import { assert } from './assert.ts'

const HEX_DIGITS = '0123456789abcdef'
const HEX_CODES = Uint8Array.from(HEX_DIGITS, (digit) => digit.charCodeAt(0))
/** Digit by character code, -1 for everything else. */
const HEX_VALUES = Int8Array.from({ length: 128 }, (_, code) =>
  HEX_DIGITS.indexOf(String.fromCharCode(code).toLowerCase()),
)
/** Characters given to one call of `String.fromCharCode`, well below the engine's limit on arguments. */
const HEX_CHUNK_BYTES = 1024
const encoder = new TextEncoder()
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function bytesToHex(bytes: Uint8Array): string {
  if (bytes.length <= HEX_CHUNK_BYTES) return chunkToHex(bytes)
  let hex = ''
  for (let start = 0; start < bytes.length; start += HEX_CHUNK_BYTES) {
    hex += chunkToHex(bytes.subarray(start, start + HEX_CHUNK_BYTES))
  }
  return hex
}

/** One flat string: joining digits makes a rope that costs twice as much once it is used as a key (ids are). */
function chunkToHex(bytes: Uint8Array): string {
  const codes: number[] = []
  codes.length = 2 * bytes.length
  for (let i = 0; i < bytes.length; i++) {
    codes[2 * i] = HEX_CODES[bytes[i]! >> 4]!
    codes[2 * i + 1] = HEX_CODES[bytes[i]! & 15]!
  }
  return String.fromCharCode(...codes)
}

/** @throws AssertionError when `hex` is not an even number of hex digits; parse untrusted text first. */
export function hexToBytes(hex: string): Uint8Array {
  assert(hex.length % 2 === 0, 'expected an even number of hex digits')
  const bytes = new Uint8Array(hex.length / 2)
  for (let i = 0; i < bytes.length; i++) {
    const high = HEX_VALUES[hex.charCodeAt(2 * i)] ?? -1
    const low = HEX_VALUES[hex.charCodeAt(2 * i + 1)] ?? -1
    assert(high >= 0 && low >= 0, 'expected hex digits')
    bytes[i] = high * 16 + low
  }
  return bytes
}

export function utf8(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The text, or `undefined` when the bytes are not valid UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes)
  } catch {
    return undefined
  }
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** Bytewise order, shorter first on a common prefix: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let i = 0; i < shared; i++) {
    const difference = a[i]! - b[i]!
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0
}

/** Takes the same time wherever the difference is. */
export function equalBytesConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let difference = 0
  for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!
  return difference === 0
}

/** Big-endian unsigned 32-bit. */
export function uint32ToBytes(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

/** Big-endian unsigned 64-bit of a safe integer. */
export function uint64ToBytes(value: number): Uint8Array {
  assert(Number.isSafeInteger(value) && value >= 0, 'expected a safe non-negative integer')
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value))
  return bytes
}

/** The safe integer in eight big-endian bytes, or `undefined` above 2^53 - 1. */
export function bytesToUint64(bytes: Uint8Array, offset = 0): number | undefined {
  const value = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(offset)
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined
}
