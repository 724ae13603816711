/** EBML, the format under WebM, as far as a film of clusters needs it: elements read and written (RFC 8794). */

export interface Element {
  readonly id: number
  readonly data: Buffer
}

const UNKNOWN_SIZE_BYTE = 0xff
const SIZE_BYTES = 8

/** The elements of a stretch; one of unknown size reaches to the end, or to the next that cannot be inside it. */
export function* readElements(bytes: Buffer, endsBefore: ReadonlySet<number>): Generator<Element> {
  for (let at = 0; at < bytes.length;) {
    const idLength = Math.clz32(bytes[at]!) - 23
    const id = bytes.readUIntBE(at, idLength)
    const sizeAt = at + idLength
    const sizeLength = Math.clz32(bytes[sizeAt]!) - 23
    const start = sizeAt + sizeLength
    const end = isUnknown(bytes, sizeAt, sizeLength)
      ? nextOf(bytes, start, endsBefore)
      : start + sizeOf(bytes, sizeAt, sizeLength)
    yield { id, data: bytes.subarray(start, end) }
    at = end
  }
}

function isUnknown(bytes: Buffer, at: number, length: number): boolean {
  const ones = bytes[at] === (1 << (9 - length)) - 1
  return ones && bytes.subarray(at + 1, at + length).every((byte) => byte === UNKNOWN_SIZE_BYTE)
}

function sizeOf(bytes: Buffer, at: number, length: number): number {
  let size = bytes[at]! & ((1 << (8 - length)) - 1)
  for (const byte of bytes.subarray(at + 1, at + length)) size = size * 256 + byte
  return size
}

function nextOf(bytes: Buffer, start: number, ids: ReadonlySet<number>): number {
  for (let at = start; at + 4 <= bytes.length; at++) {
    if (ids.has(bytes.readUInt32BE(at))) return at
  }
  return bytes.length
}

/** With a size of eight bytes, so that the length of the whole is known before what is in it. */
export function element(id: number, ...parts: readonly Uint8Array[]): Buffer {
  const data = Buffer.concat(parts)
  return Buffer.concat([elementHead(id, data.length), data])
}

export function elementHead(id: number, dataBytes: number): Buffer {
  const idLength = id > 0xffffff ? 4 : id > 0xffff ? 3 : id > 0xff ? 2 : 1
  const head = Buffer.alloc(idLength + SIZE_BYTES)
  head.writeUIntBE(id, 0, idLength)
  head.writeBigUInt64BE(BigInt(dataBytes) | (1n << 56n), idLength)
  return head
}

/** An unsigned integer, always of eight bytes. */
export function uint(id: number, value: number): Buffer {
  const data = Buffer.alloc(8)
  data.writeBigUInt64BE(BigInt(value))
  return element(id, data)
}

export function float(id: number, value: number): Buffer {
  const data = Buffer.alloc(8)
  data.writeDoubleBE(value)
  return element(id, data)
}
