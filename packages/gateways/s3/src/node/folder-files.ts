/**
 * Files of the folder backend: written aside, made durable, and put in their place by a rename; opened and read as objects.
 *
 * A crash leaves the old file or the new one. What was being written lies in the folder for temporary files, which is emptied when the
 * backend opens.
 */

import { constants } from 'node:fs'
import { mkdir, open, rename, rm, rmdir } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { bytesToHex } from '@hamlet/core'
import type { Random } from '@hamlet/core'
import { S3Error } from '../errors.ts'
import {
  decodeDescription,
  decodeTrailer,
  encodeDescription,
  TRAILER_BYTES,
} from './object-file.ts'
import type { ObjectDescription } from './object-file.ts'

/** One read of a file. */
export const READ_BYTES = 256 * 1024
/** Read from the end of a file at first: what is known of most objects fits. */
const TAIL_BYTES = 2048
/** A folder may be removed, because it became empty, between making it and renaming into it. */
const PLACE_TRIES_MAX = 100

export interface FolderFilesOptions {
  /** For what is being written. */
  readonly temporary: string
  readonly random: Random
  /** Whether files and folders are synced before a write counts. */
  readonly sync: boolean
}

export interface OpenFile {
  readonly handle: FileHandle
  readonly description: ObjectDescription
}

export class FolderFiles {
  readonly #options: FolderFilesOptions

  constructor(options: FolderFilesOptions) {
    this.#options = options
  }

  temporaryPath(): string {
    return join(this.#options.temporary, bytesToHex(this.#options.random.bytes(16)))
  }

  /**
   * Writes these bytes and what `describe` says of them, aside; gives the path, for {@link place} or {@link drop}. Of what fails nothing
   * stays.
   */
  async write(
    pieces: AsyncIterable<Uint8Array>,
    describe: () => ObjectDescription,
  ): Promise<string> {
    const path = this.temporaryPath()
    const handle = await open(path, 'wx', 0o600)
    try {
      for await (const piece of pieces) await writeAll(handle, piece)
      await writeAll(handle, encodeDescription(describe()))
      if (this.#options.sync) await handle.sync()
    } catch (error) {
      await handle.close()
      await rm(path, { force: true })
      throw toS3Error(error)
    }
    await handle.close()
    return path
  }

  async drop(path: string): Promise<void> {
    await rm(path, { force: true })
  }

  /** Puts a file in its place, over what is there. `root` is there already and stays. */
  async place(from: string, root: string, names: readonly string[]): Promise<void> {
    const target = join(root, ...names)
    for (let tries = 1; ; tries++) {
      try {
        const made = await mkdir(dirname(target), { recursive: true, mode: 0o700 })
        await rename(from, target)
        await this.#syncFolders(made, dirname(target))
        return
      } catch (error) {
        if (tries < PLACE_TRIES_MAX && codeOf(error) === 'ENOENT') continue
        throw toS3Error(error)
      }
    }
  }

  /** The folder itself, and those above it that were made just now. */
  async #syncFolders(made: string | undefined, folder: string): Promise<void> {
    if (!this.#options.sync) return
    const last = made === undefined ? folder : dirname(made)
    for (let each = folder; ; each = dirname(each)) {
      await syncFolder(each)
      if (each === last || each === dirname(each)) return
    }
  }

  /** Removes a file, and the folders that are empty then. */
  async remove(root: string, names: readonly string[]): Promise<void> {
    await rm(join(root, ...names), { force: true })
    if (this.#options.sync) await syncFolder(join(root, ...names.slice(0, -1)))
    for (let count = names.length - 1; count > 0; count--) {
      try {
        await rmdir(join(root, ...names.slice(0, count)))
      } catch {
        return
      }
    }
  }

  /** `undefined`: there is no such file. @throws S3Error `InternalError` for one that is damaged */
  async open(path: string): Promise<OpenFile | undefined> {
    let handle: FileHandle
    try {
      handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw toS3Error(error)
    }
    try {
      return { handle, description: await readDescriptionOf(handle) }
    } catch (error) {
      await handle.close()
      throw error
    }
  }

  /** What is known of the object in a file, or `undefined` when there is none. */
  async describe(path: string): Promise<ObjectDescription | undefined> {
    const file = await this.open(path)
    await file?.handle.close()
    return file?.description
  }
}

async function readDescriptionOf(handle: FileHandle): Promise<ObjectDescription> {
  const { size } = await handle.stat()
  let tail = await readTail(handle, size, TAIL_BYTES)
  const trailer = decodeTrailer(tail.subarray(-TRAILER_BYTES), size)
  if (trailer === undefined) throw damaged()
  const needed = trailer.descriptionBytes + TRAILER_BYTES
  if (tail.length < needed) tail = await readTail(handle, size, needed)
  const start = tail.length - needed
  const description = decodeDescription(
    tail.subarray(start, start + trailer.descriptionBytes),
    trailer,
  )
  if (description === undefined) throw damaged()
  return description
}

async function readTail(handle: FileHandle, size: number, count: number): Promise<Uint8Array> {
  const length = Math.min(size, count)
  const bytes = new Uint8Array(length)
  const { bytesRead } = await handle.read(bytes, 0, length, size - length)
  return bytes.subarray(0, bytesRead)
}

/** Each piece is memory of its own. */
export async function* readPieces(
  handle: FileHandle,
  offset: number,
  lengthBytes: number,
): AsyncGenerator<Uint8Array> {
  const end = offset + lengthBytes
  for (let at = offset; at < end;) {
    const piece = new Uint8Array(Math.min(READ_BYTES, end - at))
    const { bytesRead } = await handle.read(piece, 0, piece.length, at)
    if (bytesRead === 0) throw damaged()
    at += bytesRead
    yield piece.subarray(0, bytesRead)
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, at, bytes.length - at)
    at += bytesWritten
  }
}

export async function syncFolder(path: string): Promise<void> {
  let handle: FileHandle
  try {
    handle = await open(path, constants.O_RDONLY)
  } catch (error) {
    // Removed meanwhile, or a system that opens no folders.
    if (isMissing(error) || codeOf(error) === 'EISDIR' || codeOf(error) === 'EPERM') return
    throw error
  }
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

export function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | undefined)?.code
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR'
}

function damaged(): S3Error {
  return new S3Error('InternalError', 'The object’s file is damaged.')
}

/** What clients can be told of an error of the file system. */
export function toS3Error(error: unknown): unknown {
  const options = { cause: error }
  switch (codeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new S3Error('InsufficientStorage', undefined, {}, options)
    case 'ENAMETOOLONG':
      return new S3Error('KeyTooLongError', undefined, {}, options)
    case 'EMFILE':
    case 'ENFILE':
      return new S3Error('SlowDown', undefined, {}, options)
    case undefined:
    default:
      return error
  }
}
