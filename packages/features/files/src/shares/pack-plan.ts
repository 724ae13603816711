/**
 * Which files of a folder lie together in one blob.
 *
 * A file larger than 64 KiB has a blob of its own: it may be fetched, streamed and given to others by itself. Smaller ones that
 * follow each other by path go into one blob until that has 4 MiB, so that a folder of many small files is fetched as a
 * few large pieces and not in one exchange for each. Whoever chooses one of them fetches at most 4 MiB more.
 */

import { PACK_BYTES_MIN, PACKED_FILE_BYTES_MAX } from './limits.ts'

export interface PlannedFile {
  readonly sizeBytes: number
}

/**
 * The indexes of `files` by the blob they go into, each in order; empty files are in none.
 *
 * @param files ascending by path.
 */
export function planPacks(files: readonly PlannedFile[]): readonly (readonly number[])[] {
  const blobs: number[][] = []
  let pack: number[] = []
  let packBytes = 0
  for (const [index, { sizeBytes }] of files.entries()) {
    if (sizeBytes === 0) continue
    if (sizeBytes > PACKED_FILE_BYTES_MAX) {
      blobs.push([index])
      continue
    }
    if (pack.length === 0) blobs.push(pack)
    pack.push(index)
    packBytes += sizeBytes
    if (packBytes < PACK_BYTES_MIN) continue
    pack = []
    packBytes = 0
  }
  return blobs
}
