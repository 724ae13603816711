/** Small files that commands are told of: read whole and bounded; written private, whole, and never over another. */

import { open, rm } from 'node:fs/promises'
import { errorCode } from '@hamlet/core'

import { bytesOfFile } from './block-input.ts'
import { CliError } from './errors.ts'
import { absolutePath } from './io.ts'
import type { Io } from './io.ts'

/** Of a key, a certificate, or a request. */
export const SMALL_FILE_BYTES_MAX = 128 * 1024

/** Text in UTF-8; `-` is standard input. @throws CliError `FILE_FAILED` */
export async function readSmallFile(io: Io, file: string): Promise<string> {
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of bytesOfFile(io, file)) {
    length += piece.length
    if (length > SMALL_FILE_BYTES_MAX) {
      throw new CliError('FILE_FAILED', `${file} has more than ${SMALL_FILE_BYTES_MAX} bytes`)
    }
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

/** With mode 0600. @throws CliError `FILE_EXISTS`, `FILE_FAILED` */
export async function writeNewFile(io: Io, file: string, text: string): Promise<void> {
  const path = absolutePath(io, file)
  try {
    const handle = await open(path, 'wx', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } catch (error) {
      await rm(path, { force: true })
      throw error
    } finally {
      await handle.close()
    }
  } catch (cause) {
    if (errorCode(cause) === 'EEXIST') {
      throw new CliError('FILE_EXISTS', `${file} exists already; it was not touched`)
    }
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new CliError('FILE_FAILED', `cannot write ${file}: ${reason}`, { cause })
  }
}
