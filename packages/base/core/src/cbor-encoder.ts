/** Writes CBOR values in their only form; the profile is described in `cbor.ts`. */

import { assert } from './assert.ts'
import { utf8 } from './bytes.ts'
import { ASCII_LENGTH_MAX, CBOR_TAG_CID, CborLink, compareKeys } from './cbor-value.ts'
import type { CborValue } from './cbor-value.ts'
import { CBOR_DEPTH_MAX } from './limits.ts'

const UINT64_MAX = 2n ** 64n - 1n
const SCRATCH_BYTES = 4096
/** A buffer that one large value made larger than this is not kept for the next. */
const SCRATCH_BYTES_KEPT_MAX = 256 * 1024

/** Reusable, not reentrant: `encode` calls nothing of the caller's, so it cannot be entered twice. */
export class CborEncoder {
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
      const items = value as readonly CborValue[]
      this.#writeHead(4, items.length)
      for (const item of items) this.#write(item, depth)
    }
  }

  #writeLink(link: CborLink): void {
    this.#writeHead(6, CBOR_TAG_CID)
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

function encodeText(text: string): Uint8Array {
  assert(text.isWellFormed(), 'text has an unpaired surrogate')
  return utf8(text)
}
