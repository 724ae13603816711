/**
 * Files as one ZIP file, written as it is read: nothing is packed, nothing is kept but a place and a checksum of each file, and how long
 * it will be is known before the first byte.
 *
 * Invariants:
 * 1. As many bytes are written as `zipBytes` said, or it ends in an error.
 * 2. The next file is asked for when the one before has gone, and no piece before somebody takes it.
 */

import { utf8 } from '@hamlet/core'

import { ApiError } from './errors.ts'
import {
  centralHeader,
  centralHeaderBytes,
  dataDescriptor,
  descriptorBytes,
  endBytes,
  endRecords,
  localHeader,
  localHeaderBytes,
} from './zip-layout.ts'

export interface ZipFile {
  /** Its names are separated by `/`; of names that are alike a reader takes the first or the last. */
  readonly path: string
  readonly sizeBytes: number
  readonly modifiedAtMs: number
  read(): AsyncIterable<Uint8Array>
}

/** CRC-32 (ISO 3309) of bytes behind others whose CRC-32 is `before`; 0 of none. */
export type Crc32 = (bytes: Uint8Array, before: number) => number

/** Pieces smaller than this are put together, so that a thousand small files are not three thousand writes. */
const PIECE_BYTES = 64 * 1024

/** The length of the file that `writeZip` writes. */
export function zipBytes(files: readonly Pick<ZipFile, 'path' | 'sizeBytes'>[]): number {
  let offset = 0
  let centralBytes = 0
  for (const { path, sizeBytes } of files) {
    const entry = { name: utf8(path), sizeBytes }
    centralBytes += centralHeaderBytes(entry, offset)
    offset += localHeaderBytes(entry) + sizeBytes + descriptorBytes(sizeBytes)
  }
  return offset + centralBytes + endBytes(files.length, centralBytes, offset)
}

export function writeZip(files: readonly ZipFile[], crc32: Crc32): AsyncGenerator<Uint8Array> {
  return gathered(writeRecords(files, crc32))
}

async function* writeRecords(files: readonly ZipFile[], crc32: Crc32): AsyncGenerator<Uint8Array> {
  const offsets: number[] = []
  const crcs = new Uint32Array(files.length)
  let offset = 0
  for (const [index, file] of files.entries()) {
    const { sizeBytes } = file
    const header = localHeader(entryOf(file))
    offsets.push(offset)
    offset += header.length + sizeBytes + descriptorBytes(sizeBytes)
    yield header
    let crc = 0
    for await (const piece of wholly(file)) {
      crc = crc32(piece, crc)
      yield piece
    }
    crcs[index] = crc
    yield dataDescriptor(crc, sizeBytes)
  }
  let centralBytes = 0
  for (const [index, file] of files.entries()) {
    const header = centralHeader(entryOf(file), { crc: crcs[index]!, offset: offsets[index]! })
    centralBytes += header.length
    yield header
  }
  yield endRecords(files.length, centralBytes, offset)
}

function entryOf({ path, sizeBytes, modifiedAtMs }: ZipFile) {
  return { name: utf8(path), sizeBytes, modifiedAtMs }
}

async function* wholly(file: ZipFile): AsyncGenerator<Uint8Array> {
  let rest = file.sizeBytes
  if (rest === 0) return
  for await (const piece of file.read()) {
    rest -= piece.length
    if (rest < 0) break
    yield piece
  }
  if (rest !== 0) throw new ApiError('INTERNAL', 'a file is not as long as it said', 500)
}

async function* gathered(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let room = new Uint8Array(PIECE_BYTES)
  let length = 0
  for await (const piece of pieces) {
    if (length + piece.length > PIECE_BYTES && length > 0) {
      yield room.subarray(0, length)
      room = new Uint8Array(PIECE_BYTES)
      length = 0
    }
    if (piece.length >= PIECE_BYTES) yield piece
    else {
      room.set(piece, length)
      length += piece.length
    }
  }
  if (length > 0) yield room.subarray(0, length)
}
