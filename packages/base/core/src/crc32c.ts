/**
 * CRC-32C (Castagnoli, RFC 3720 B.4), reflected polynomial 0x82f63b78, sixteen bytes a step ("slicing"), read as four
 * words: every machine that runs JavaScript engines is little-endian.
 *
 * What it protects: frames on disk against torn writes and decay. Authenticity is the signed tree's business, so a
 * checksum that is cheap for 100-byte blocks is enough. Frozen since format version 1.
 */

const POLYNOMIAL = 0x82f63b78
const SLICES = 16
/** Memory up to this size may live longer for having been summed last. */
const KEPT_BYTES_MAX = 2 * 1024 * 1024

type Eight = [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
]

/** Table k maps a byte to its remainder after 8k more zero bits. */
const TABLES = makeTables()
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as Eight
const [T8, T9, T10, T11, T12, T13, T14, T15] = TABLES.slice(8) as Eight

/** The checksum of `bytes[start, end)` as an unsigned number. `seed` is xored into the initial state. */
export function crc32c(bytes: Uint8Array, start = 0, end: number = bytes.length, seed = 0): number {
  return (updateCrc32c(~seed, bytes, start, end) ^ -1) >>> 0
}

/** Advances the raw register, for input in several parts; see {@link crc32c} for how it starts and ends. */
export function updateCrc32c(
  register: number,
  bytes: Uint8Array,
  start: number,
  end: number,
): number {
  let crc = register
  let at = start
  for (; at < end && (bytes.byteOffset + at) % 4 !== 0; at++) crc = step(crc, bytes[at]!)
  const count = (end - at) >>> 4
  if (count > 0) {
    const first = (bytes.byteOffset + at) >>> 2
    crc = updateByWords(crc, wordsOf(bytes.buffer), first, first + 4 * count)
    at += 16 * count
  }
  for (; at < end; at++) crc = step(crc, bytes[at]!)
  return crc
}

function step(crc: number, byte: number): number {
  return T0[(crc ^ byte) & 0xff]! ^ (crc >>> 8)
}

let lastWords: Int32Array = new Int32Array(0)

/** The whole memory as words. Making this view takes as long as the checksum of 100 bytes, so the last one is kept. */
function wordsOf(buffer: ArrayBufferLike): Int32Array {
  if (lastWords.buffer === buffer) return lastWords
  const words = new Int32Array(buffer, 0, buffer.byteLength >>> 2)
  if (buffer.byteLength <= KEPT_BYTES_MAX) lastWords = words
  return words
}

/** Of words [from, to). */
function updateByWords(register: number, words: Int32Array, from: number, to: number): number {
  let crc = register
  for (let at = from; at < to; at += 4) {
    const a = words[at]! ^ crc
    const b = words[at + 1]!
    const c = words[at + 2]!
    const d = words[at + 3]!
    crc =
      T15[a & 0xff]! ^
      T14[(a >>> 8) & 0xff]! ^
      T13[(a >>> 16) & 0xff]! ^
      T12[a >>> 24]! ^
      T11[b & 0xff]! ^
      T10[(b >>> 8) & 0xff]! ^
      T9[(b >>> 16) & 0xff]! ^
      T8[b >>> 24]! ^
      T7[c & 0xff]! ^
      T6[(c >>> 8) & 0xff]! ^
      T5[(c >>> 16) & 0xff]! ^
      T4[c >>> 24]! ^
      T3[d & 0xff]! ^
      T2[(d >>> 8) & 0xff]! ^
      T1[(d >>> 16) & 0xff]! ^
      T0[d >>> 24]!
  }
  return crc
}

function makeTables(): readonly Int32Array[] {
  const tables = Array.from({ length: SLICES }, () => new Int32Array(256))
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    tables[0]![byte] = crc
  }
  for (let slice = 1; slice < SLICES; slice++) {
    for (let byte = 0; byte < 256; byte++) {
      const crc = tables[slice - 1]![byte]!
      tables[slice]![byte] = (crc >>> 8) ^ tables[0]![crc & 0xff]!
    }
  }
  return tables
}
