/**
 * Text into a file that is either whole or not there: written beside its place, synced, then renamed. What is in it is
 * private, so only its owner can read it.
 */

import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { CliError } from './errors.ts'
import { absolutePath } from './io.ts'
import type { Io } from './io.ts'

/** How many lines were written; `-` is standard output. @throws CliError `FILE_FAILED` */
export async function writeExport(
  io: Io,
  file: string,
  lines: AsyncIterable<string>,
): Promise<number> {
  return await writePieces(io, file, withEnds(lines))
}

/** A text as it is, piece by piece; gives how many there were. @throws CliError `FILE_FAILED` */
export async function writePieces(
  io: Io,
  file: string,
  pieces: AsyncIterable<string>,
): Promise<number> {
  if (file === '-') return writeToOutput(io, pieces)
  const path = absolutePath(io, file)
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}`)
  const handle = await openNew(temporary, file)
  try {
    const count = await writeAll(handle, pieces)
    await rename(temporary, path)
    await syncDirectory(dirname(path))
    return count
  } catch (error) {
    await rm(temporary, { force: true })
    throw isSystemError(error) ? cannotWrite(file, error) : error
  }
}

async function* withEnds(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield `${line}\n`
}

async function writeToOutput(io: Io, pieces: AsyncIterable<string>): Promise<number> {
  let count = 0
  for await (const piece of pieces) {
    io.stdout.write(piece)
    count++
  }
  return count
}

async function openNew(path: string, file: string): Promise<FileHandle> {
  try {
    return await open(path, 'wx', 0o600)
  } catch (error) {
    throw cannotWrite(file, error)
  }
}

async function writeAll(handle: FileHandle, pieces: AsyncIterable<string>): Promise<number> {
  let count = 0
  try {
    for await (const piece of pieces) {
      await handle.write(piece)
      count++
    }
    await handle.sync()
  } finally {
    await handle.close()
  }
  return count
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}

function cannotWrite(file: string, cause: unknown): CliError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new CliError('FILE_FAILED', `cannot write ${file}: ${reason}; nothing was written`, {
    cause,
  })
}
