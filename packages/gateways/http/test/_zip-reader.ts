/**
 * A reader of ZIP files for tests, from its end backwards as every other reader does it (APPNOTE.TXT 6.3.10, 4.3.6 to 4.5.3), and stricter:
 * what stands twice has to be the same twice, nothing lies between the records, and every checksum is right.
 */

import assert from 'node:assert/strict'
import { crc32 } from 'node:zlib'

export interface UnzippedFile {
  readonly path: string
  readonly bytes: Uint8Array
  readonly sizeBytes: number
  readonly modifiedSeconds: number
  readonly isLarge: boolean
}

const LARGE = 0xffff_ffff

/** `whole`: the file. Its entries in the order of the directory. */
export function readZip(whole: Uint8Array): readonly UnzippedFile[] {
  const bytes = Buffer.from(whole.buffer, whole.byteOffset, whole.length)
  const { count, centralBytes, centralOffset, endOffset } = readEnd(bytes)
  const files: UnzippedFile[] = []
  let at = centralOffset
  let next = 0
  for (let index = 0; index < count; index++) {
    const central = readCentral(bytes, at)
    at += central.length
    assert.equal(central.offset, next, 'entries follow each other')
    const { content, end } = readLocal(bytes, central)
    next = end
    files.push({ ...central, bytes: content })
  }
  assert.deepEqual([at, next], [centralOffset + centralBytes, centralOffset])
  assert.equal(at, endOffset, 'nothing lies between the directory and the end')
  return files
}

function readEnd(bytes: Buffer) {
  const end = bytes.length - 22
  assert.equal(bytes.readUInt32LE(end), 0x0605_4b50)
  assert.equal(bytes.readUInt16LE(end + 20), 0, 'no comment')
  const count = bytes.readUInt16LE(end + 10)
  const centralBytes = bytes.readUInt32LE(end + 12)
  const centralOffset = bytes.readUInt32LE(end + 16)
  assert.equal(bytes.readUInt16LE(end + 8), count)
  if (count < 0xffff && centralBytes < LARGE && centralOffset < LARGE) {
    return { count, centralBytes, centralOffset, endOffset: end }
  }
  assert.equal(bytes.readUInt32LE(end - 20), 0x0706_4b50)
  const at = Number(bytes.readBigUInt64LE(end - 12))
  assert.equal(bytes.readUInt32LE(at), 0x0606_4b50)
  assert.equal(at + 12 + Number(bytes.readBigUInt64LE(at + 4)), end - 20)
  const values = [24, 32, 40, 48].map((place) => Number(bytes.readBigUInt64LE(at + place)))
  assert.equal(values[0], values[1])
  return {
    ...{ count: values[1]!, centralBytes: values[2]!, centralOffset: values[3]! },
    endOffset: at,
  }
}

function readCentral(bytes: Buffer, at: number) {
  assert.equal(bytes.readUInt32LE(at), 0x0201_4b50)
  const nameLength = bytes.readUInt16LE(at + 28)
  const extraLength = bytes.readUInt16LE(at + 30)
  assert.equal(bytes.readUInt16LE(at + 32), 0, 'no comment')
  const name = bytes.subarray(at + 46, at + 46 + nameLength)
  const extra = readExtra(bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength))
  const large = Buffer.from(extra.get(1) ?? [])
  let taken = 0
  const take = (value: number): number => {
    if (value !== LARGE) return value
    taken += 8
    return Number(large.readBigUInt64LE(taken - 8))
  }
  const sizeBytes = take(bytes.readUInt32LE(at + 24))
  const packedBytes = take(bytes.readUInt32LE(at + 20))
  const offset = take(bytes.readUInt32LE(at + 42))
  assert.equal(packedBytes, sizeBytes, 'stored as it is')
  assert.equal(taken, large.length, 'no number too many')
  assert.equal(bytes.readUInt16LE(at + 6), extra.has(1) ? 45 : 20)
  return {
    ...{ sizeBytes, offset, isLarge: sizeBytes >= LARGE, length: 46 + nameLength + extraLength },
    crc: bytes.readUInt32LE(at + 16),
    // Flags, method, time and date, as they stand in both headers.
    common: bytes.subarray(at + 8, at + 16),
    path: new TextDecoder('utf-8', { fatal: true }).decode(name),
    modifiedSeconds: Buffer.from(extra.get(0x5455)!).readInt32LE(1),
  }
}

function readLocal(bytes: Buffer, central: ReturnType<typeof readCentral>) {
  const { offset, sizeBytes, isLarge, path, common, crc } = central
  assert.equal(bytes.readUInt32LE(offset), 0x0403_4b50)
  assert.ok(common.equals(bytes.subarray(offset + 6, offset + 14)), path)
  assert.equal(common.readUInt16LE(0), 0x0808)
  assert.equal(common.readUInt16LE(2), 0)
  const nameLength = bytes.readUInt16LE(offset + 26)
  const begin = offset + 30 + nameLength + bytes.readUInt16LE(offset + 28)
  assert.equal(bytes.subarray(offset + 30, offset + 30 + nameLength).toString(), path)
  const extra = readExtra(bytes.subarray(offset + 30 + nameLength, begin))
  assert.equal(extra.has(1), isLarge)
  const content = bytes.subarray(begin, begin + sizeBytes)
  assert.equal(crc32(content), crc, path)
  const descriptor = begin + sizeBytes
  assert.equal(bytes.readUInt32LE(descriptor), 0x0807_4b50)
  assert.equal(bytes.readUInt32LE(descriptor + 4), crc)
  const size = (place: number) =>
    isLarge ? Number(bytes.readBigUInt64LE(place)) : bytes.readUInt32LE(place)
  const width = isLarge ? 8 : 4
  assert.equal(size(descriptor + 8), sizeBytes)
  assert.equal(size(descriptor + 8 + width), sizeBytes)
  return { content, end: descriptor + 8 + 2 * width }
}

function readExtra(bytes: Uint8Array): ReadonlyMap<number, Uint8Array> {
  const fields = new Map<number, Uint8Array>()
  const view = Buffer.from(bytes)
  let at = 0
  while (at < view.length) {
    const length = view.readUInt16LE(at + 2)
    fields.set(view.readUInt16LE(at), view.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  assert.equal(at, view.length)
  return fields
}
