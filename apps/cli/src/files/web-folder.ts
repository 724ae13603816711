/**
 * A folder that a web server hands out as a web seed: each blob of a share as a file that is called like it.
 *
 * Invariant: a file gets its name when it is whole and durable, so one that is there is never fetched again.
 */

import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '@hamlet/core'

import { CliError } from '../errors.ts'

/** Writes the blob into the folder unless it is there. @throws CliError `FILE_FAILED`, `DISK_FULL`, `TRANSFER_FAILED` */
export async function writeBlob(
  folder: string,
  blob: string,
  sizeBytes: number,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  const place = join(folder, blob)
  const there = await stat(place).catch(() => undefined)
  if (there?.isFile() === true && there.size === sizeBytes) return
  const part = `${place}.part`
  try {
    await mkdir(folder, { recursive: true })
    // Only ever our own: the name is that of the blob.
    await rm(part, { force: true })
    await writeWhole(part, sizeBytes, content)
    await rename(part, place)
  } catch (error) {
    throw toCliError(error, folder)
  }
}

async function writeWhole(
  part: string,
  sizeBytes: number,
  content: AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await open(part, 'wx', 0o644)
  let written = 0
  try {
    for await (const bytes of content) {
      await file.writeFile(bytes)
      written += bytes.length
    }
    await file.sync()
  } finally {
    await file.close()
  }
  if (written === sizeBytes) return
  const message = `expected ${sizeBytes} bytes of a blob, got ${written}; start again`
  throw new CliError('TRANSFER_FAILED', message, { fields: { reason: 'TORN' } })
}

function toCliError(error: unknown, folder: string): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error
  const isFull = errorCode(error) === 'ENOSPC' || errorCode(error) === 'EDQUOT'
  const code = isFull ? 'DISK_FULL' : 'FILE_FAILED'
  return new CliError(code, `cannot write into ${folder}: ${error.message}`, { cause: error })
}
