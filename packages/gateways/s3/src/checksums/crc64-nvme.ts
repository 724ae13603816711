/**
 * CRC-64/NVME (NVM Express, NVM command set 5.2.1.3.4), reflected polynomial 0x9a6c9329ac4bc9b5, eight bytes a step ("slicing").
 *
 * JavaScript has no fast 64-bit integers, so the register is two words, and every table too. The AWS clients of 2025 and later send
 * this checksum unless told otherwise.
 */

const POLYNOMIAL_HIGH = 0x9a6c9329
const POLYNOMIAL_LOW = 0xac4bc9b5
const SLICES = 8
const MASK = 0xffffffffffffffffn

/** Words of slice k and byte b at `256 * k + b`: the byte's remainder after 8k more zero bits. */
const HIGH = new Int32Array(256 * SLICES)
const LOW = new Int32Array(256 * SLICES)
fillTables()

export class Crc64Nvme {
  #high = -1
  #low = -1

  update(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    let high = this.#high
    let low = this.#low
    let at = 0
    for (const end = bytes.length - 7; at < end; at += 8) {
      const a = view.getInt32(at, true) ^ low
      const b = view.getInt32(at + 4, true) ^ high
      const i7 = 1792 + (a & 0xff)
      const i6 = 1536 + ((a >>> 8) & 0xff)
      const i5 = 1280 + ((a >>> 16) & 0xff)
      const i4 = 1024 + (a >>> 24)
      const i3 = 768 + (b & 0xff)
      const i2 = 512 + ((b >>> 8) & 0xff)
      const i1 = 256 + ((b >>> 16) & 0xff)
      const i0 = b >>> 24
      high =
        HIGH[i7]! ^
        HIGH[i6]! ^
        HIGH[i5]! ^
        HIGH[i4]! ^
        HIGH[i3]! ^
        HIGH[i2]! ^
        HIGH[i1]! ^
        HIGH[i0]!
      low = LOW[i7]! ^ LOW[i6]! ^ LOW[i5]! ^ LOW[i4]! ^ LOW[i3]! ^ LOW[i2]! ^ LOW[i1]! ^ LOW[i0]!
    }
    for (; at < bytes.length; at++) {
      const index = (low ^ bytes[at]!) & 0xff
      low = ((low >>> 8) | (high << 24)) ^ LOW[index]!
      high = (high >>> 8) ^ HIGH[index]!
    }
    this.#high = high
    this.#low = low
  }

  digest(): bigint {
    const value = (BigInt(this.#high >>> 0) << 32n) | BigInt(this.#low >>> 0)
    return value ^ MASK
  }
}

function fillTables(): void {
  for (let byte = 0; byte < 256; byte++) {
    let high = 0
    let low = byte
    for (let bit = 0; bit < 8; bit++) {
      const isOdd = low & 1
      low = (low >>> 1) | (high << 31)
      high >>>= 1
      if (isOdd) {
        high ^= POLYNOMIAL_HIGH
        low ^= POLYNOMIAL_LOW
      }
    }
    HIGH[byte] = high
    LOW[byte] = low
  }
  for (let at = 256; at < HIGH.length; at++) {
    const high = HIGH[at - 256]!
    const low = LOW[at - 256]!
    HIGH[at] = (high >>> 8) ^ HIGH[low & 0xff]!
    LOW[at] = ((low >>> 8) | (high << 24)) ^ LOW[low & 0xff]!
  }
}
