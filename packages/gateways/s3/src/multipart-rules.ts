/** What completing an upload means, whatever the store: which parts make the object, and what is then known of it. */

import { createHash } from 'node:crypto'
import { hexToBytes } from '@hamlet/core'
import { checksumOfParts } from './checksums/checksum.ts'
import type { Checksum } from './checksums/checksum.ts'
import { S3Error } from './errors.ts'
import { OBJECT_BYTES_MAX, PART_BYTES_MIN } from './limits.ts'
import type { ChosenPart, CompleteOptions, ContentFacts, Part, Upload } from './s3-backend.ts'

export interface Completion extends ContentFacts {
  /** In the order in which they make the object. */
  readonly parts: readonly Part[]
  readonly partSizes: readonly number[]
}

/**
 * @param stored the parts there are
 * @param partBytesMin smaller only for tests
 * @throws S3Error `InvalidPart`, `InvalidPartOrder`, `EntityTooSmall`, `EntityTooLarge`, `BadDigest`, `InvalidRequest`
 */
export function planCompletion(
  upload: Upload,
  stored: readonly Part[],
  chosen: readonly ChosenPart[],
  options: CompleteOptions,
  partBytesMin: number = PART_BYTES_MIN,
): Completion {
  const parts = chooseParts(stored, chosen)
  const small = parts.slice(0, -1).find(({ sizeBytes }) => sizeBytes < partBytesMin)
  if (small !== undefined) {
    throw new S3Error('EntityTooSmall', undefined, { PartNumber: String(small.number) })
  }
  const partSizes = parts.map(({ sizeBytes }) => sizeBytes)
  const sizeBytes = partSizes.reduce((sum, each) => sum + each, 0)
  if (sizeBytes > OBJECT_BYTES_MAX) throw new S3Error('EntityTooLarge')
  if (options.sizeBytes !== undefined && options.sizeBytes !== sizeBytes) {
    throw new S3Error('InvalidRequest', 'x-amz-mp-object-size is not the size of the parts')
  }
  const checksum = checksumOf(upload, parts)
  checkWhole(checksum, options)
  return { parts, partSizes, sizeBytes, etag: etagOf(parts), checksum }
}

function chooseParts(stored: readonly Part[], chosen: readonly ChosenPart[]): readonly Part[] {
  const byNumber = new Map(stored.map((part) => [part.number, part]))
  let before = 0
  return chosen.map(({ number, etag, checksum }) => {
    if (number <= before) throw new S3Error('InvalidPartOrder')
    before = number
    const part = byNumber.get(number)
    const isOther =
      checksum !== undefined &&
      (part?.checksum?.algorithm !== checksum.algorithm || part.checksum.value !== checksum.value)
    if (part === undefined || part.etag !== etag || isOther) {
      throw new S3Error('InvalidPart', undefined, { PartNumber: String(number), ETag: etag })
    }
    return part
  })
}

function etagOf(parts: readonly Part[]): string {
  const hash = createHash('md5')
  for (const { etag } of parts) hash.update(hexToBytes(etag))
  return `${hash.digest('hex')}-${parts.length}`
}

function checksumOf({ checksum }: Upload, parts: readonly Part[]): Checksum | undefined {
  if (checksum === undefined) return undefined
  const { algorithm, type } = checksum
  const sums = parts.map(({ checksum: each, sizeBytes, number }) => {
    if (each?.algorithm === algorithm) return { value: each.value, sizeBytes }
    throw new S3Error('InvalidPart', undefined, { PartNumber: String(number) })
  })
  return checksumOfParts(algorithm, type, sums)
}

function checkWhole(found: Checksum | undefined, { checksum }: CompleteOptions): void {
  if (checksum === undefined) return
  const bare = found?.type === 'COMPOSITE' ? found.value.replace(/-\d+$/, '') : found?.value
  const isSame = found?.value === checksum.value || bare === checksum.value
  if (found?.algorithm !== checksum.algorithm || !isSame) throw new S3Error('BadDigest')
}
