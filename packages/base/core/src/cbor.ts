/**
 * Strict canonical CBOR (RFC 8949) in the dag-cbor profile of IPLD: one value has exactly one encoding.
 *
 * Signatures and hashes cover encoded bytes, so a decoder that tolerates a second spelling lets two peers disagree on
 * what was signed. `decodeCbor` therefore accepts a byte string only if `encodeCbor` of the result gives it back.
 * Both are written here rather than taken from a library because strictness and limits are the point and entry
 * headers are decoded by the hundred thousand; `cborg` is the independent oracle in the tests.
 *
 * Source: https://ipld.io/specs/codecs/dag-cbor/spec/ and RFC 8949 section 4.2.
 *
 *     MAJOR  ITEM               JAVASCRIPT              RULE
 *     0      unsigned integer   number, bigint > 2^53   shortest head
 *     1      negative integer   number, bigint          shortest head, down to -2^64
 *     2      byte string        Uint8Array              definite length, shortest head
 *     3      text string        string                  valid UTF-8
 *     4      array              array                   definite length
 *     5      map                Map                     text keys, unique, shorter first, then bytewise
 *     6      tag                CborLink                only 42: a CID in a byte string with a leading zero byte
 *     7      simple, float      boolean, null, number   f4 f5 f6 and 64-bit floats; no NaN, no infinity
 *
 * Invariants:
 * 1. `decodeCbor` never throws, and checks every length against the input and the limits before it allocates.
 * 2. decode then encode gives the same bytes. A float that is a safe integer is refused, because the number would be
 *    encoded as an integer; `-0` is one of those.
 * 3. Decoded bytes are copies: changing the input later does not change the value.
 * 4. Maps become `Map`, so `__proto__` is a key like any other.
 *
 * Worked example: `['hamlet', 2, h'01ff', null]` is `84 66 68616d6c6574 02 42 01ff f6`.
 */

import { assert } from './assert.ts'
import { compareBytes, decodeUtf8, utf8 } from './bytes.ts'
import { CborError } from './cbor-error.ts'
import type { CborErrorCode } from './cbor-error.ts'
import { CBOR_DEPTH_MAX, CBOR_ITEMS_MAX, FRAME_BYTES_MAX, STRING_BYTES_MAX } from './limits.ts'
import { err, ok } from './result.ts'
import type { Result } from './result.ts'

export type CborValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | CborLink
  | readonly CborValue[]
  | ReadonlyMap<string, CborValue>

/** A CID under tag 42, kept as its bytes; what they mean is not this codec's business. */
export class CborLink {
  readonly cid: Uint8Array

  /** `cid`: the binary CID without the leading zero byte of its CBOR form; kept, do not mutate. */
  constructor(cid: Uint8Array) {
    assert(cid.length > 0, 'a CID has at least one byte')
    this.cid = cid
  }
}

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

const TAG_CID = 42
const UINT64_MAX = 2n ** 64n - 1n
/** Text up to this length is encoded and decoded in JavaScript when it is ASCII: the call into the engine costs more. */
const ASCII_LENGTH_MAX = 32
const SCRATCH_BYTES = 4096
/** A buffer that one large value made larger than this is not kept for the next. */
const SCRATCH_BYTES_KEPT_MAX = 256 * 1024

/** @throws AssertionError for values CBOR or the profile cannot hold: NaN, lone surrogates, depth beyond 32. */
export function encodeCbor(value: CborValue): Uint8Array {
  return sharedEncoder.encode(value)
}

export function decodeCbor(
  bytes: Uint8Array,
  limits: CborLimits = {},
): Result<CborValue, CborError> {
  const bytesMax = limits.bytesMax ?? FRAME_BYTES_MAX
  if (bytes.length > bytesMax) {
    return err(
      new CborError('CBOR_LIMIT', `expected at most ${bytesMax} bytes, got ${bytes.length}`),
    )
  }
  try {
    return ok(new Decoder(bytes, limits).decode())
  } catch (error) {
    if (error instanceof CborError) return err(error)
    throw error
  }
}

class Encoder {
  #bytes: Uint8Array = new Uint8Array(SCRATCH_BYTES)
  #view = new DataView(this.#bytes.buffer)
  #offset = 0

  encode(value: CborValue): Uint8Array {
    this.#offset = 0
    if (this.#bytes.length > SCRATCH_BYTES_KEPT_MAX) this.#replace(new Uint8Array(SCRATCH_BYTES))
    this.#write(value, 0)
    return this.#bytes.slice(0, this.#offset)
  }

  #write(value: CborValue, depth: number): void {
    if (typeof value === 'number') this.#writeNumber(value)
    else if (typeof value === 'string') this.#writeText(value)
    else if (value instanceof Uint8Array) this.#writeBytes(value)
    else if (value === null) this.#writeByte(0xf6)
    else if (typeof value === 'boolean') this.#writeByte(value ? 0xf5 : 0xf4)
    else if (typeof value === 'bigint') this.#writeBigint(value)
    else this.#writeNested(value, depth + 1)
  }

  #writeNested(
    value: readonly CborValue[] | ReadonlyMap<string, CborValue> | CborLink,
    depth: number,
  ): void {
    assert(depth <= CBOR_DEPTH_MAX, `CBOR nests at most ${CBOR_DEPTH_MAX} deep`)
    if (value instanceof CborLink) {
      this.#writeLink(value)
    } else if (value instanceof Map) {
      this.#writeMap(value, depth)
    } else {
      assert(Array.isArray(value), 'expected an array, a Map or a CborLink')
      this.#writeHead(4, value.length)
      for (const item of value) this.#write(item, depth)
    }
  }

  #writeLink(link: CborLink): void {
    this.#writeHead(6, TAG_CID)
    this.#writeHead(2, link.cid.length + 1)
    this.#writeByte(0)
    this.#writeRaw(link.cid)
  }

  #writeMap(map: ReadonlyMap<string, CborValue>, depth: number): void {
    const entries = [...map].map(([key, value]) => ({ key: encodeText(key), value }))
    entries.sort((a, b) => compareKeys(a.key, b.key))
    this.#writeHead(5, entries.length)
    for (const { key, value } of entries) {
      this.#writeHead(3, key.length)
      this.#writeRaw(key)
      this.#write(value, depth)
    }
  }

  #writeNumber(value: number): void {
    if (Number.isSafeInteger(value)) {
      if (value >= 0) this.#writeHead(0, value)
      else this.#writeHead(1, -1 - value)
      return
    }
    assert(Number.isFinite(value), 'CBOR here has no NaN and no infinity')
    this.#reserve(9)
    this.#bytes[this.#offset] = 0xfb
    this.#view.setFloat64(this.#offset + 1, value)
    this.#offset += 9
  }

  #writeBigint(value: bigint): void {
    const argument = value >= 0n ? value : -1n - value
    assert(argument <= UINT64_MAX, 'CBOR integers lie between -2^64 and 2^64 - 1')
    const major = value >= 0n ? 0 : 1
    if (argument <= BigInt(Number.MAX_SAFE_INTEGER)) {
      this.#writeHead(major, Number(argument))
      return
    }
    this.#reserve(9)
    this.#bytes[this.#offset] = (major << 5) | 27
    this.#view.setBigUint64(this.#offset + 1, argument)
    this.#offset += 9
  }

  #writeText(text: string): void {
    if (text.length <= ASCII_LENGTH_MAX && this.#tryWriteAscii(text)) return
    const bytes = encodeText(text)
    this.#writeHead(3, bytes.length)
    this.#writeRaw(bytes)
  }

  #tryWriteAscii(text: string): boolean {
    const start = this.#offset
    this.#writeHead(3, text.length)
    this.#reserve(text.length)
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 0x80) {
        this.#offset = start
        return false
      }
      this.#bytes[this.#offset++] = unit
    }
    return true
  }

  #writeBytes(bytes: Uint8Array): void {
    this.#writeHead(2, bytes.length)
    this.#writeRaw(bytes)
  }

  #writeHead(major: number, argument: number): void {
    this.#reserve(9)
    const first = major << 5
    if (argument < 24) {
      this.#bytes[this.#offset++] = first | argument
    } else if (argument < 0x100) {
      this.#bytes[this.#offset++] = first | 24
      this.#bytes[this.#offset++] = argument
    } else if (argument < 0x10000) {
      this.#bytes[this.#offset++] = first | 25
      this.#view.setUint16(this.#offset, argument)
      this.#offset += 2
    } else if (argument < 0x100000000) {
      this.#bytes[this.#offset++] = first | 26
      this.#view.setUint32(this.#offset, argument)
      this.#offset += 4
    } else {
      this.#bytes[this.#offset++] = first | 27
      this.#view.setBigUint64(this.#offset, BigInt(argument))
      this.#offset += 8
    }
  }

  #writeByte(byte: number): void {
    this.#reserve(1)
    this.#bytes[this.#offset++] = byte
  }

  #writeRaw(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#offset)
    this.#offset += bytes.length
  }

  #reserve(count: number): void {
    const needed = this.#offset + count
    if (needed <= this.#bytes.length) return
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length))
    larger.set(this.#bytes.subarray(0, this.#offset))
    this.#replace(larger)
  }

  #replace(bytes: Uint8Array): void {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer)
  }
}

/**
 * One encoder for all calls: a fresh 4 KiB buffer each time halves the speed for entry headers (345k to 700k a second).
 * Encoding is synchronous and calls nothing of the caller's, so it cannot be entered twice.
 */
const sharedEncoder = new Encoder()

class Decoder {
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
    if (tag !== TAG_CID) throw this.#failure('CBOR_UNSUPPORTED', 'the only tag is 42')
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

/** Order of map keys in dag-cbor: shorter first, then bytewise (RFC 7049 section 3.9). */
function compareKeys(a: Uint8Array, b: Uint8Array): number {
  return a.length - b.length || compareBytes(a, b)
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

function encodeText(text: string): Uint8Array {
  assert(text.isWellFormed(), 'text has an unpaired surrogate')
  return utf8(text)
}

function asciiText(bytes: Uint8Array, start: number, end: number): string | undefined {
  let text = ''
  for (let i = start; i < end; i++) {
    if (bytes[i]! >= 0x80) return undefined
    text += String.fromCharCode(bytes[i]!)
  }
  return text
}
