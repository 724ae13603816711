/** Reads CBOR values, refusing every form but the only one; the profile is described in `cbor.ts`. */

import { decodeUtf8 } from './bytes.ts'
import { CborError } from './errors.ts'
import type { CborErrorCode } from './errors.ts'
import { ASCII_LENGTH_MAX, CBOR_TAG_CID, CborLink, compareKeys } from './cbor-value.ts'
import type { CborValue } from './cbor-value.ts'
import { CBOR_DEPTH_MAX, CBOR_ITEMS_MAX, STRING_BYTES_MAX } from './limits.ts'

const unitsByLength: readonly number[][] = Array.from(
  { length: ASCII_LENGTH_MAX + 1 },
  (_, length) => Array.from({ length }, () => 0),
)

export interface CborLimits {
  /** @default FRAME_BYTES_MAX */
  readonly bytesMax?: number
  /** @default CBOR_DEPTH_MAX; at most that, so that recursion is bounded */
  readonly depthMax?: number
  /** Every scalar, array, map, key and tag counts. @default CBOR_ITEMS_MAX */
  readonly itemsMax?: number
  /** One text or byte string. @default STRING_BYTES_MAX */
  readonly stringBytesMax?: number
}

/** Throws {@link CborError} and nothing else; `decodeCbor` turns that into a result. */
export class CborDecoder {
  readonly #bytes: Uint8Array
  readonly #depthMax: number
  readonly #stringBytesMax: number
  #itemsLeft: number
  #offset = 0
  #view: DataView | undefined

  constructor(bytes: Uint8Array, limits: CborLimits) {
    // A Buffer's slice would share memory with the input; a plain view of the same bytes copies.
    this.#bytes =
      bytes.constructor === Uint8Array
        ? bytes
        : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#depthMax = Math.min(limits.depthMax ?? CBOR_DEPTH_MAX, CBOR_DEPTH_MAX)
    this.#itemsLeft = limits.itemsMax ?? CBOR_ITEMS_MAX
    this.#stringBytesMax = limits.stringBytesMax ?? STRING_BYTES_MAX
  }

  decode(): CborValue {
    const value = this.#read(0)
    if (this.#offset !== this.#bytes.length) {
      throw this.#failure('CBOR_TRAILING_BYTES', 'expected the end of the value')
    }
    return value
  }

  #read(depth: number): CborValue {
    if (this.#itemsLeft-- <= 0) throw this.#failure('CBOR_LIMIT', 'too many items')
    const first = this.#byte()
    const major = first >> 5
    if (major === 7) return this.#readSimple(first)
    const argument = this.#readArgument(first & 31)
    if (major === 0) return argument
    if (major === 1) return negative(argument)
    if (typeof argument === 'bigint') throw this.#failure('CBOR_TRUNCATED', 'length past the end')
    if (major === 2) return this.#readRaw(argument)
    if (major === 3) return this.#readText(argument)
    if (depth >= this.#depthMax) throw this.#failure('CBOR_LIMIT', 'nested too deep')
    if (major === 4) return this.#readArray(argument, depth + 1)
    if (major === 5) return this.#readMap(argument, depth + 1)
    return this.#readTag(argument)
  }

  #readArgument(info: number): number | bigint {
    if (info < 24) return info
    if (info > 27) {
      throw this.#failure('CBOR_UNSUPPORTED', 'indefinite lengths and reserved heads are refused')
    }
    const size = 1 << (info - 24)
    const start = this.#advance(size)
    const bytes = this.#bytes
    if (size === 8) return this.#argument64(start)
    let argument = 0
    for (let i = start; i < start + size; i++) argument = argument * 256 + bytes[i]!
    const smallest = size === 1 ? 24 : 256 ** (size / 2)
    if (argument < smallest) throw this.#notShortest()
    return argument
  }

  #argument64(start: number): number | bigint {
    const argument = this.#dataView().getBigUint64(start)
    if (argument < 0x100000000n) throw this.#notShortest()
    return argument <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(argument) : argument
  }

  #readRaw(length: number): Uint8Array {
    if (length > this.#stringBytesMax) throw this.#failure('CBOR_LIMIT', 'string too long')
    const start = this.#advance(length)
    return this.#bytes.slice(start, start + length)
  }

  #readText(length: number): string {
    if (length > this.#stringBytesMax) throw this.#failure('CBOR_LIMIT', 'string too long')
    const start = this.#advance(length)
    if (length <= ASCII_LENGTH_MAX) {
      const text = asciiText(this.#bytes, start, start + length)
      if (text !== undefined) return text
    }
    const text = decodeUtf8(this.#bytes.subarray(start, start + length))
    if (text === undefined) throw this.#failure('CBOR_BAD_TEXT', 'text is not UTF-8')
    return text
  }

  #readArray(count: number, depth: number): CborValue[] {
    this.#checkCount(count)
    const items: CborValue[] = []
    for (let i = 0; i < count; i++) items.push(this.#read(depth))
    return items
  }

  #readMap(count: number, depth: number): Map<string, CborValue> {
    this.#checkCount(2 * count)
    const map = new Map<string, CborValue>()
    let previous: Uint8Array | undefined
    for (let i = 0; i < count; i++) {
      const key = this.#readKey()
      if (previous !== undefined && compareKeys(previous, key.bytes) >= 0) {
        throw this.#failure('CBOR_NOT_CANONICAL', 'map keys must be unique and in order')
      }
      previous = key.bytes
      map.set(key.text, this.#read(depth))
    }
    return map
  }

  #readKey(): { readonly bytes: Uint8Array; readonly text: string } {
    const start = this.#offset
    const text = this.#read(this.#depthMax)
    if (typeof text !== 'string') throw this.#failure('CBOR_UNSUPPORTED', 'map keys must be text')
    const bytes = this.#bytes.subarray(start + headBytes(this.#bytes[start]!), this.#offset)
    return { bytes, text }
  }

  #readTag(tag: number): CborLink {
    if (tag !== CBOR_TAG_CID) throw this.#failure('CBOR_UNSUPPORTED', 'the only tag is 42')
    const content = this.#read(this.#depthMax)
    if (!(content instanceof Uint8Array) || content.length < 2 || content[0] !== 0) {
      throw this.#failure('CBOR_UNSUPPORTED', 'a CID is a byte string that starts with a zero byte')
    }
    return new CborLink(content.slice(1))
  }

  #readSimple(first: number): CborValue {
    if (first === 0xf6) return null
    if (first === 0xf4) return false
    if (first === 0xf5) return true
    if (first !== 0xfb) {
      throw this.#failure(
        'CBOR_UNSUPPORTED',
        'no simple values but true, false, null; no short floats',
      )
    }
    const value = this.#dataView().getFloat64(this.#advance(8))
    if (!Number.isFinite(value)) throw this.#failure('CBOR_UNSUPPORTED', 'no NaN, no infinity')
    if (Number.isSafeInteger(value)) {
      throw this.#failure('CBOR_NOT_CANONICAL', 'an integral float must be written as an integer')
    }
    return value
  }

  /** Every item takes a byte at least, so a count beyond the bytes left is refused before anything is built. */
  #checkCount(count: number): void {
    if (count > this.#bytes.length - this.#offset) {
      throw this.#failure('CBOR_TRUNCATED', 'more items than bytes')
    }
    if (count > this.#itemsLeft) throw this.#failure('CBOR_LIMIT', 'too many items')
  }

  #byte(): number {
    return this.#bytes[this.#advance(1)]!
  }

  /** Steps over `count` bytes that must exist; returns where they start. */
  #advance(count: number): number {
    const start = this.#offset
    if (count > this.#bytes.length - start) {
      throw this.#failure('CBOR_TRUNCATED', 'the input ends inside an item')
    }
    this.#offset = start + count
    return start
  }

  #dataView(): DataView {
    const { buffer, byteOffset, byteLength } = this.#bytes
    this.#view ??= new DataView(buffer, byteOffset, byteLength)
    return this.#view
  }

  #notShortest(): CborError {
    return this.#failure('CBOR_NOT_CANONICAL', 'integers and lengths take the shortest form')
  }

  #failure(code: CborErrorCode, message: string): CborError {
    return new CborError(code, `${message}, near byte ${this.#offset}`, {
      fields: { offset: this.#offset },
    })
  }
}

/** Bytes of the head that starts with `first`. */
function headBytes(first: number): number {
  const info = first & 31
  return info < 24 ? 1 : 1 + (1 << (info - 24))
}

function negative(argument: number | bigint): number | bigint {
  if (typeof argument === 'bigint') return -1n - argument
  return argument < Number.MAX_SAFE_INTEGER ? -1 - argument : -1n - BigInt(argument)
}

/**
 * One call for the whole text, with units that are reused. Adding up characters makes a rope, which costs five times as
 * much for a text of twenty and keeps the pieces in memory.
 */
function asciiText(bytes: Uint8Array, start: number, end: number): string | undefined {
  const units = unitsByLength[end - start]!
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!
    if (byte >= 0x80) return undefined
    units[i - start] = byte
  }
  return String.fromCharCode(...units)
}
