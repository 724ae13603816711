/** Putting files of this machine into a share: several at a time, and all or nothing. */

import type { HttpClient, Share, UploadInput } from '@hamlet/http'

import { CliError } from '../errors.ts'
import { forEachAtOnce } from './at-once.ts'
import { readLocalFile } from './local-files.ts'
import type { LocalFile, LocalShare } from './local-files.ts'

const FILES_AT_ONCE = 4

export interface UploadParts {
  readonly client: HttpClient
  readonly local: LocalShare
  readonly input: Omit<UploadInput, 'name' | 'isFolder'>
  readonly signal: AbortSignal
  readonly onBytes: (bytes: number) => void
}

/** Whatever fails, or when it is told to end, nothing is shared. */
export async function uploadShare(parts: UploadParts): Promise<Share> {
  const { client, local, input } = parts
  const { name, isFolder } = local
  const { id } = await client.startUpload({ ...input, name, isFolder })
  try {
    await putAll(id, parts)
  } catch (error) {
    // Why it failed is what counts; what is left there is dropped after a day anyway.
    await client.cancelUpload(id).catch(() => undefined)
    throw error
  }
  return await client.finishUpload(id)
}

async function putAll(upload: string, parts: UploadParts): Promise<void> {
  const { client, local, onBytes, signal } = parts
  try {
    await forEachAtOnce(local.files, FILES_AT_ONCE, signal, async (file, either) => {
      await client.putFile(upload, file.path, counted(file, onBytes), { signal: either })
    })
  } catch (error) {
    if (signal.aborted) throw new CliError('STOPPED', 'nothing was shared', { cause: error })
    throw error
  }
}

async function* counted(
  file: LocalFile,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of readLocalFile(file)) {
      onBytes(piece.length)
      yield piece
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    const message = `cannot read ${file.file}: ${reason}; nothing was shared`
    throw new CliError('FILE_FAILED', message, { cause })
  }
}
