/**
 * Lines into a file that is either whole or not there: written beside its place, synced, then renamed. What is in it is
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
  if (file === '-') return writeToOutput(io, lines)
  const path = absolutePath(io, file)
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(4).toString('hex')}`)
  const handle = await openNew(temporary, file)
  try {
    const count = await writeLines(handle, lines)
    await rename(temporary, path)
    await syncDirectory(dirname(path))
    return count
  } catch (error) {
    await rm(temporary, { force: true })
    throw isSystemError(error) ? cannotWrite(file, error) : error
  }
}

async function writeToOutput(io: Io, lines: AsyncIterable<string>): Promise<number> {
  let count = 0
  for await (const line of lines) {
    io.stdout.write(`${line}\n`)
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

async function writeLines(handle: FileHandle, lines: AsyncIterable<string>): Promise<number> {
  let count = 0
  try {
    for await (const line of lines) {
      await handle.write(`${line}\n`)
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
