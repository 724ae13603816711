/**
 * CRC-32C (Castagnoli, RFC 3720 B.4), reflected polynomial 0x82f63b78, eight bytes a step ("slicing by eight").
 *
 * What it protects: frames on disk against torn writes and decay. Authenticity is the signed tree's business, so a
 * checksum that is cheap for 100-byte blocks is enough. Frozen since format version 1.
 */

const POLYNOMIAL = 0x82f63b78
const SLICES = 8

/** Table k maps a byte to its remainder after 8k more zero bits. */
const TABLES = makeTables()
const [T0, T1, T2, T3, T4, T5, T6, T7] = TABLES as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
]

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
  for (; at + SLICES <= end; at += SLICES) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
    crc =
      T7[crc & 0xff]! ^
      T6[(crc >>> 8) & 0xff]! ^
      T5[(crc >>> 16) & 0xff]! ^
      T4[crc >>> 24]! ^
      T3[bytes[at + 4]!]! ^
      T2[bytes[at + 5]!]! ^
      T1[bytes[at + 6]!]! ^
      T0[bytes[at + 7]!]!
  }
  for (; at < end; at++) crc = T0[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8)
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
