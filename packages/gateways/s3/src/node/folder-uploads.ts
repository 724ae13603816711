/**
 * Unfinished uploads of the folder backend: a folder each, with a file for what is known of the upload and one for each part.
 *
 *     .uploads/<id>/upload        an object file without bytes: key, headers, time, and the checksum asked for, with no value
 *     .uploads/<id>/part-00001    an object file
 *
 * Invariants:
 * 1. Parts are put in place, and the upload is completed or aborted, one after the other; so what is completed is whole.
 * 2. Locks are taken in the order upload, bucket, key.
 */

import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesToHex } from '@hamlet/core'
import type { Clock, Random } from '@hamlet/core'
import { S3Error } from '../errors.ts'
import type { KeyedLock } from '../keyed-lock.ts'
import { planCompletion } from '../multipart-rules.ts'
import type { Completion } from '../multipart-rules.ts'
import type {
  ChosenPart,
  CompleteOptions,
  IncomingBody,
  ObjectInfo,
  ObjectName,
  Part,
  Upload,
  UploadName,
  UploadOptions,
  WriteCondition,
} from '../s3-backend.ts'
import { isMissing, readPieces } from './folder-files.ts'
import type { FolderFiles } from './folder-files.ts'
import type { ObjectDescription } from './object-file.ts'

export interface FolderUploadsOptions {
  readonly files: FolderFiles
  readonly clock: Clock
  readonly random: Random
  readonly locks: KeyedLock
  readonly partBytesMin: number | undefined
  /** @throws S3Error `NoSuchBucket` */
  folderOf(bucket: string): Promise<string>
  /** Puts a written file in an object's place, or drops it. */
  commit(name: ObjectName, path: string, condition: WriteCondition | undefined): Promise<void>
  describe(name: ObjectName): Promise<ObjectDescription | undefined>
}

const UPLOADS = '.uploads'
const ID = /^[0-9a-f]{32}$/
const PART = /^part-(\d{5})$/
const EMPTY_MD5 = 'd41d8cd98f00b204e9800998ecf8427e'

export class FolderUploads {
  readonly #options: FolderUploadsOptions

  constructor(options: FolderUploadsOptions) {
    this.#options = options
  }

  async begin(bucket: string, key: string, options: UploadOptions): Promise<string> {
    const { files, random, clock, locks } = this.#options
    const uploadId = bytesToHex(random.bytes(16))
    const description: ObjectDescription = {
      key,
      sizeBytes: 0,
      etag: EMPTY_MD5,
      modifiedMs: clock.wall(),
      headers: options.headers,
      checksum: options.checksum && { ...options.checksum, value: '' },
      uploadId,
    }
    const path = await files.write(nothing(), () => description)
    await locks.shared(bucket, async () => {
      const folder = await this.#options.folderOf(bucket)
      await files.place(path, folder, [UPLOADS, uploadId, 'upload'])
    })
    return uploadId
  }

  async head({ bucket, key, uploadId }: UploadName): Promise<Upload> {
    const folder = await this.#options.folderOf(bucket)
    const upload = ID.test(uploadId) ? await this.#read(folder, uploadId) : undefined
    if (upload?.key !== key) throw new S3Error('NoSuchUpload', undefined, { UploadId: uploadId })
    return upload
  }

  async #read(folder: string, uploadId: string): Promise<Upload | undefined> {
    const found = await this.#options.files.describe(join(folder, UPLOADS, uploadId, 'upload'))
    if (found === undefined) return undefined
    const { key, headers, checksum, modifiedMs } = found
    return {
      key,
      uploadId,
      headers,
      initiatedMs: modifiedMs,
      checksum: checksum && { algorithm: checksum.algorithm, type: checksum.type },
    }
  }

  async list(bucket: string): Promise<readonly Upload[]> {
    const folder = await this.#options.folderOf(bucket)
    const ids = (await namesIn(join(folder, UPLOADS))).filter((name) => ID.test(name))
    const uploads = await Promise.all(ids.map((id) => this.#read(folder, id)))
    return uploads.filter((upload) => upload !== undefined)
  }

  async putPart(name: UploadName, number: number, body: IncomingBody): Promise<Part> {
    const { files, clock, locks } = this.#options
    const { key } = await this.head(name)
    const modifiedMs = clock.wall()
    const path = await files.write(body, () => ({
      ...body.facts(),
      key,
      headers: {},
      modifiedMs,
      uploadId: name.uploadId,
    }))
    try {
      await locks.exclusive(lockName(name), async () => {
        await locks.shared(name.bucket, async () => {
          await this.head(name)
          await files.place(path, await this.#folder(name), [partName(number)])
        })
      })
    } catch (error) {
      await files.drop(path)
      throw error
    }
    return { ...body.facts(), number, modifiedMs }
  }

  async listParts(name: UploadName): Promise<readonly Part[]> {
    await this.head(name)
    const folder = await this.#folder(name)
    const parts: Part[] = []
    for (const file of (await namesIn(folder)).toSorted()) {
      const number = PART.exec(file)?.[1]
      const found = number && (await this.#options.files.describe(join(folder, file)))
      if (!found) continue
      const { sizeBytes, etag, checksum, modifiedMs } = found
      parts.push({ number: Number(number), sizeBytes, etag, checksum, modifiedMs })
    }
    return parts
  }

  complete(
    name: UploadName,
    chosen: readonly ChosenPart[],
    options: CompleteOptions,
  ): Promise<ObjectInfo> {
    return this.#options.locks.exclusive(lockName(name), async () => {
      const made = await this.#madeBefore(name)
      if (made !== undefined) return made
      const upload = await this.head(name)
      const stored = await this.listParts(name)
      const { partBytesMin } = this.#options
      const completion = planCompletion(upload, stored, chosen, options, partBytesMin)
      const info = await this.#join(name, upload, completion, options)
      await this.#remove(name)
      return info
    })
  }

  /** The object, if this upload made it: an answer that was lost on the way is asked for again. */
  async #madeBefore(name: UploadName): Promise<ObjectInfo | undefined> {
    const object = await this.#options.describe(name)
    return object?.uploadId === name.uploadId ? object : undefined
  }

  async #join(
    name: UploadName,
    { key, headers, uploadId }: Upload,
    { sizeBytes, etag, checksum, partSizes, parts }: Completion,
    { condition }: CompleteOptions,
  ): Promise<ObjectInfo> {
    const { files, clock } = this.#options
    const modifiedMs = clock.wall()
    const object = { sizeBytes, etag, checksum, partSizes, key, headers, uploadId, modifiedMs }
    const path = await files.write(this.#readParts(await this.#folder(name), parts), () => object)
    await this.#options.commit(name, path, condition)
    return object
  }

  async *#readParts(folder: string, parts: readonly Part[]): AsyncGenerator<Uint8Array> {
    for (const { number } of parts) {
      const file = await this.#options.files.open(join(folder, partName(number)))
      if (file === undefined) throw new S3Error('InvalidPart')
      try {
        yield* readPieces(file.handle, 0, file.description.sizeBytes)
      } finally {
        await file.handle.close()
      }
    }
  }

  async abort(name: UploadName): Promise<void> {
    await this.#options.locks.exclusive(lockName(name), async () => {
      await this.head(name)
      await this.#remove(name)
    })
  }

  /** By one rename first: half an upload is none. */
  async #remove(name: UploadName): Promise<void> {
    const aside = this.#options.files.temporaryPath()
    await rename(await this.#folder(name), aside)
    await rm(aside, { recursive: true, force: true })
  }

  async #folder({ bucket, uploadId }: UploadName): Promise<string> {
    return join(await this.#options.folderOf(bucket), UPLOADS, uploadId)
  }
}

function lockName({ bucket, uploadId }: UploadName): string {
  return `${bucket}?${uploadId}`
}

function partName(number: number): string {
  return `part-${String(number).padStart(5, '0')}`
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

// oxlint-disable-next-line eslint/require-yield -- a file without bytes
async function* nothing(): AsyncGenerator<Uint8Array> {}
