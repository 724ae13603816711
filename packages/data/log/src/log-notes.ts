/**
 * The small files beside the segments: the mark, the truncations, and the note of a clear. What they say of the log before
 * its segments are read.
 */

import { decodeClearing } from './clearing.ts'
import { LogError } from './errors.ts'
import { decodeForks } from './forks-file.ts'
import { decodeMark } from './mark.ts'
import type { Disk, LogId } from '@hamlet/core'
import type { Clearing } from './clearing.ts'
import type { Forks } from './forks-file.ts'
import type { LogMark } from './mark.ts'
import type { Evidence } from './recovery.ts'
import type { Truncation } from './types.ts'

export interface LogNotes {
  readonly clearing: Clearing | undefined
  readonly forks: Forks
  /** Only when the segments are as they were when it was written. */
  readonly mark: LogMark | undefined
}

/**
 * `instead`: what was truncated, where the file that says so cannot be read or is gone.
 * @throws LogError `LOG_DAMAGED`
 */
export async function readNotes(
  files: { readonly disk: Disk; readonly directory: string; readonly id: LogId },
  instead?: readonly Truncation[],
): Promise<LogNotes> {
  const { disk, directory, id } = files
  const clearingFile = await disk.readAll(`${directory}/clearing`)
  const forksFile = await disk.readAll(`${directory}/forks`)
  const unread = { truncations: instead ?? [], cutTo: undefined }
  const read = forksFile ? decodeForks(id, forksFile) : unread
  const forks = read ?? (instead && unread)
  if (!forks) {
    const fields = { directory }
    throw new LogError('LOG_DAMAGED', 'the file of the truncations is damaged', { fields })
  }
  // A note that cannot be read is of a clear too: what it was to clear is lost, not that segments were replaced.
  const unknown = { from: 0, to: 0, length: 0, fork: forks.truncations.length }
  const clearing = clearingFile && (decodeClearing(id, clearingFile) ?? unknown)
  const isReplacing = clearing !== undefined || forks.cutTo !== undefined
  const markFile = isReplacing ? undefined : await disk.readAll(`${directory}/mark`)
  return { clearing, forks, mark: decodeMark(id, markFile) }
}

export function evidenceOf({ clearing, forks, mark }: LogNotes): Evidence {
  const fork = forks.truncations.length
  const beforeClear = clearing?.fork === fork ? clearing.length : 0
  return { mark, blocksMin: forks.cutTo ?? beforeClear, fork }
}
