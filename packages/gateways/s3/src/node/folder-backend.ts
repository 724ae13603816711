/**
 * Buckets as folders, objects as files: the backend that needs nothing but a directory.
 *
 *     <root>/.hamlet-s3/format          what this folder is
 *     <root>/.hamlet-s3/lock            the process that has it open
 *     <root>/.hamlet-s3/temporary/      what is being written; emptied on opening
 *     <root>/<bucket>/.bucket           when it was created
 *     <root>/<bucket>/.uploads/<id>/    an unfinished upload (`folder-uploads.ts`)
 *     <root>/<bucket>/+a/+b/_c          the object `a/b/c` (`key-path.ts`, `object-file.ts`)
 *
 * Invariants:
 * 1. A file comes to its place by one rename, after it is durable; the folder is synced before a write is acknowledged.
 * 2. Renames and removals of one key are made one after the other, with the condition checked in between; a bucket is removed only while
 *    nothing is being put in its place anywhere in it.
 */

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock, Random } from '@hamlet/core'
import { checkWriteCondition } from '../conditions.ts'
import { isS3Error, S3Error, S3ServerError } from '../errors.ts'
import { KeyedLock } from '../keyed-lock.ts'
import { collectPage } from '../list-page.ts'
import { compareKeys, isBucketName } from '../names.ts'
import type * as backend from '../s3-backend.ts'
import { FolderFiles, isMissing, readPieces, syncFolder } from './folder-files.ts'
import { lockFolder } from './folder-lock.ts'
import { FolderUploads } from './folder-uploads.ts'
import { walkKeys } from './folder-walk.ts'
import { keyToPath } from './key-path.ts'
import type { ObjectDescription } from './object-file.ts'

export interface FolderBackendOptions {
  /** Made if it is not there; must be empty or a folder of this format. */
  readonly folder: string
  readonly clock: Clock
  readonly random: Random
  /** `false`: what was acknowledged may be lost when the power fails, though never half of it. @default true */
  readonly sync?: boolean
  /** Smaller only for tests. @default PART_BYTES_MIN */
  readonly partBytesMin?: number
}

const OWN_FOLDER = '.hamlet-s3'
const FORMAT = 'hamlet/v1/s3-folder\n'
const DAMAGED_ETAG = '0'.repeat(32)
/** Files opened at once to describe a page of a listing. */
const DESCRIBED_AT_ONCE = 16

export class FolderBackend implements backend.S3Backend {
  readonly #root: string
  readonly #clock: Clock
  readonly #files: FolderFiles
  readonly #uploads: FolderUploads
  readonly #locks: KeyedLock
  readonly #unlock: () => Promise<void>
  readonly #sync: boolean

  /** @throws S3ServerError `S3_FOLDER_FOREIGN`, `S3_FOLDER_IN_USE` */
  static async open(options: FolderBackendOptions): Promise<FolderBackend> {
    const own = join(options.folder, OWN_FOLDER)
    await prepareFolder(options.folder, own)
    const unlock = await lockFolder(join(own, 'lock'))
    await rm(join(own, 'temporary'), { recursive: true, force: true })
    await mkdir(join(own, 'temporary'), { mode: 0o700 })
    return new FolderBackend(options, join(own, 'temporary'), unlock)
  }

  private constructor(
    { folder, clock, random, sync = true, partBytesMin }: FolderBackendOptions,
    temporary: string,
    unlock: () => Promise<void>,
  ) {
    this.#root = folder
    this.#clock = clock
    this.#files = new FolderFiles({ temporary, random, sync })
    this.#locks = new KeyedLock()
    this.#unlock = unlock
    this.#sync = sync
    this.#uploads = new FolderUploads({
      files: this.#files,
      clock,
      random,
      locks: this.#locks,
      partBytesMin,
      folderOf: (bucket) => this.#bucketFolder(bucket),
      commit: (name, path, condition) => this.#commit(name, path, condition),
      describe: ({ bucket, key }) => this.#files.describe(this.#path(bucket, key)),
    })
  }

  async close(): Promise<void> {
    await this.#unlock()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async listBuckets(): Promise<readonly backend.Bucket[]> {
    const names = (await readdir(this.#root)).filter(isBucketName).sort()
    const buckets = await Promise.all(names.map((name) => this.#readBucket(name)))
    return buckets.filter((bucket) => bucket !== undefined)
  }

  createBucket(name: string): Promise<void> {
    return this.#locks.exclusive(name, async () => {
      if ((await this.#readBucket(name)) !== undefined) throw new S3Error('BucketAlreadyOwnedByYou')
      const made = this.#files.temporaryPath()
      await mkdir(made, { mode: 0o700 })
      await writeFile(join(made, '.bucket'), `${this.#clock.wall()}\n`, { flush: this.#sync })
      await rename(made, this.#folderOf(name))
      if (this.#sync) await syncFolder(this.#root)
    })
  }

  async headBucket(name: string): Promise<backend.Bucket> {
    const bucket = await this.#readBucket(name)
    if (bucket === undefined) throw new S3Error('NoSuchBucket', undefined, { BucketName: name })
    return bucket
  }

  deleteBucket(name: string): Promise<void> {
    return this.#locks.exclusive(name, async () => {
      const folder = await this.#bucketFolder(name)
      const { done } = await walkKeys(folder, '', { from: '' }).next()
      if (done !== true) throw new S3Error('BucketNotEmpty')
      const removed = this.#files.temporaryPath()
      await rename(folder, removed)
      if (this.#sync) await syncFolder(this.#root)
      await rm(removed, { recursive: true, force: true })
    })
  }

  async list(bucket: string, query: backend.ListQuery): Promise<backend.ListPage> {
    const folder = await this.#bucketFolder(bucket)
    return collectPage(
      query,
      (prefix, bound) => walkKeys(folder, prefix, bound),
      (keys) => this.#describeAll(folder, keys),
    )
  }

  async #describeAll(
    folder: string,
    keys: readonly string[],
  ): Promise<readonly (backend.ListedObject | undefined)[]> {
    const found: (backend.ListedObject | undefined)[] = []
    for (let at = 0; at < keys.length; at += DESCRIBED_AT_ONCE) {
      const some = keys.slice(at, at + DESCRIBED_AT_ONCE)
      found.push(...(await Promise.all(some.map((key) => this.#describeListed(folder, key)))))
    }
    return found
  }

  /** A damaged object is listed, so that all others are, and whoever reads it hears of it. */
  async #describeListed(folder: string, key: string): Promise<backend.ListedObject | undefined> {
    try {
      return await this.#files.describe(join(folder, ...keyToPath(key)))
    } catch (error) {
      if (isS3Error(error)) return { key, sizeBytes: 0, etag: DAMAGED_ETAG, modifiedMs: 0 }
      throw error
    }
  }

  async head(bucket: string, key: string): Promise<backend.ObjectInfo> {
    const found = await this.#files.describe(this.#path(bucket, key))
    return found ?? this.#missing(bucket, key)
  }

  async open(bucket: string, key: string): Promise<backend.OpenObject> {
    const file = await this.#files.open(this.#path(bucket, key))
    if (file === undefined) return this.#missing(bucket, key)
    const { handle, description } = file
    let isClosed = false
    return {
      info: description,
      read: (offset, lengthBytes) => readPieces(handle, offset, lengthBytes),
      async close() {
        if (isClosed) return
        isClosed = true
        await handle.close()
      },
    }
  }

  async put(
    bucket: string,
    key: string,
    body: backend.IncomingBody,
    { headers, condition }: backend.PutOptions,
  ): Promise<backend.ObjectInfo> {
    await this.#bucketFolder(bucket)
    let description: ObjectDescription | undefined
    const path = await this.#files.write(body, () => {
      description = { ...body.facts(), ...this.#fields(key, headers) }
      return description
    })
    await this.#commit({ bucket, key }, path, condition)
    return description!
  }

  async copy(
    source: backend.ObjectName,
    target: backend.ObjectName,
    { headers, condition, checkSource }: backend.CopyOptions,
  ): Promise<backend.ObjectInfo> {
    const folder = await this.#bucketFolder(target.bucket)
    checkWriteCondition(
      condition,
      await this.#files.describe(join(folder, ...keyToPath(target.key))),
    )
    const from = await this.open(source.bucket, source.key)
    try {
      const { info } = from
      checkSource?.(info)
      const description: ObjectDescription = {
        ...info,
        ...this.#fields(target.key, headers ?? info.headers),
      }
      const path = await this.#files.write(from.read(0, info.sizeBytes), () => description)
      await this.#commit(target, path, condition)
      return description
    } finally {
      await from.close()
    }
  }

  async delete(bucket: string, key: string, condition?: backend.WriteCondition): Promise<void> {
    await this.#locks.shared(bucket, async () => {
      const folder = await this.#bucketFolder(bucket)
      await this.#locks.exclusive(lockName(bucket, key), async () => {
        const names = keyToPath(key)
        if (condition !== undefined) {
          checkWriteCondition(condition, await this.#files.describe(join(folder, ...names)))
        }
        await this.#files.remove(folder, names)
      })
    })
  }

  async beginUpload(bucket: string, key: string, options: backend.UploadOptions): Promise<string> {
    return this.#uploads.begin(bucket, key, options)
  }

  async headUpload(name: backend.UploadName): Promise<backend.Upload> {
    return this.#uploads.head(name)
  }

  async putPart(
    name: backend.UploadName,
    number: number,
    body: backend.IncomingBody,
  ): Promise<backend.Part> {
    return this.#uploads.putPart(name, number, body)
  }

  async listParts(name: backend.UploadName): Promise<readonly backend.Part[]> {
    return this.#uploads.listParts(name)
  }

  async listUploads(bucket: string): Promise<readonly backend.Upload[]> {
    const uploads = await this.#uploads.list(bucket)
    return uploads.toSorted((a, b) => compareKeys(a.key, b.key) || a.initiatedMs - b.initiatedMs)
  }

  async completeUpload(
    name: backend.UploadName,
    parts: readonly backend.ChosenPart[],
    options: backend.CompleteOptions,
  ): Promise<backend.ObjectInfo> {
    return this.#uploads.complete(name, parts, options)
  }

  async abortUpload(name: backend.UploadName): Promise<void> {
    return this.#uploads.abort(name)
  }

  #fields(key: string, headers: backend.ObjectHeaders) {
    return { key, headers, modifiedMs: this.#clock.wall(), uploadId: undefined }
  }

  /** The moment of a write: the condition holds, and the file is in its place. Else nothing of it stays. */
  async #commit(
    { bucket, key }: backend.ObjectName,
    path: string,
    condition: backend.WriteCondition | undefined,
  ): Promise<void> {
    try {
      await this.#locks.shared(bucket, async () => {
        const folder = await this.#bucketFolder(bucket)
        await this.#locks.exclusive(lockName(bucket, key), async () => {
          const names = keyToPath(key)
          if (condition !== undefined) {
            checkWriteCondition(condition, await this.#files.describe(join(folder, ...names)))
          }
          await this.#files.place(path, folder, names)
        })
      })
    } catch (error) {
      await this.#files.drop(path)
      throw error
    }
  }

  #folderOf(bucket: string): string {
    if (!isBucketName(bucket)) throw new S3Error('InvalidBucketName')
    return join(this.#root, bucket)
  }

  #path(bucket: string, key: string): string {
    return join(this.#folderOf(bucket), ...keyToPath(key))
  }

  async #bucketFolder(bucket: string): Promise<string> {
    await this.headBucket(bucket)
    return this.#folderOf(bucket)
  }

  async #readBucket(name: string): Promise<backend.Bucket | undefined> {
    try {
      const text = await readFile(join(this.#folderOf(name), '.bucket'), 'utf8')
      return { name, createdMs: /^\d{1,15}\n$/.test(text) ? Number(text) : 0 }
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async #missing(bucket: string, key: string): Promise<never> {
    await this.headBucket(bucket)
    throw new S3Error('NoSuchKey', undefined, { Key: key })
  }
}

/** A key's own lock; no bucket is called so. */
function lockName(bucket: string, key: string): string {
  return `${bucket}/${key}`
}

async function prepareFolder(root: string, own: string): Promise<void> {
  await mkdir(root, { recursive: true, mode: 0o700 })
  const names = await readdir(root)
  const format = join(own, 'format')
  // Empty, or left at the first moment of its making.
  const isNew = names.length === 0 || (names.length === 1 && names[0] === OWN_FOLDER)
  if (isNew && (await readdir(own).catch(() => [])).length === 0) {
    await mkdir(own, { recursive: true, mode: 0o700 })
    await writeFile(format, FORMAT)
    await syncFolder(own)
    await syncFolder(root)
  }
  const found = await readFile(format, 'utf8').catch(() => undefined)
  if (found === FORMAT) return
  throw new S3ServerError('S3_FOLDER_FOREIGN', 'the folder is not empty and not of this format')
}
