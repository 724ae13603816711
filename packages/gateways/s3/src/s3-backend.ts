/**
 * What the gateway needs of a store: buckets, objects that are replaced whole, and uploads in parts.
 *
 * The protocol (signatures, checksums, conditions of reads, paging, XML) is the gateway's. A backend keeps bytes and what is known
 * about them, and makes each change at once: a reader sees the old object or the new one, and what an answered call wrote is seen by
 * every later call.
 *
 * Rules for every method:
 * 1. What goes wrong in a way clients know is an `S3Error`: `NoSuchBucket`, `NoSuchKey`, `NoSuchUpload`, … All methods that name a
 *    bucket that is not there throw `NoSuchBucket`.
 * 2. Names of buckets and keys are valid when they come (`isBucketName`, `checkKey`); a key is any text of 1 to 1,024 bytes, also `..`,
 *    `/`, `a//b` or control characters, and none of them is a path.
 * 3. Writes to one key are made one after the other; the condition of a write is checked in that order, against what is then there.
 *
 * `test/_backend-suite.ts` (`@hamlet/s3/testing`) holds a backend to all of this.
 */

import type { Checksum, ChecksumAlgorithm, ChecksumType } from './checksums/checksum.ts'

export interface Bucket {
  readonly name: string
  readonly createdMs: number
}

/** Kept with an object and given back with it: `content-type`, `cache-control`, `x-amz-meta-…`; names in lower case. */
export type ObjectHeaders = Readonly<Record<string, string>>

/** What is known of bytes once all of them have come. */
export interface ContentFacts {
  readonly sizeBytes: number
  /** Without quotes: the MD5 in hex, or for an object that came in parts the MD5 of those and `-N`. */
  readonly etag: string
  readonly checksum?: Checksum | undefined
}

export interface ObjectInfo extends ContentFacts {
  readonly modifiedMs: number
  readonly headers: ObjectHeaders
  /** Of an object that came in parts, in order. */
  readonly partSizes?: readonly number[] | undefined
}

/** Bytes that come in. Iterating throws an `S3Error` if they are not what was announced; then nothing of them may stay. */
export interface IncomingBody extends AsyncIterable<Uint8Array> {
  /** As announced: exactly as many come, or iterating throws. `undefined`: it was not announced. */
  readonly sizeBytes: number | undefined
  /** Only after the last byte was taken. */
  facts(): ContentFacts
}

/** One version of an object, which stays readable until closed, whatever happens to its key. */
export interface OpenObject {
  readonly info: ObjectInfo
  /** Pieces may be kept: their memory is not used again. */
  read(offset: number, lengthBytes: number): AsyncIterable<Uint8Array>
  close(): Promise<void>
}

/** What must be there for a write to happen, else `PreconditionFailed`; see `checkWriteCondition`. */
export interface WriteCondition {
  /** The current etag, or `*` for any object at all. */
  readonly ifMatch?: string
  /** Must not be the current etag; `*`: there must be no object. */
  readonly ifNoneMatch?: string
}

export interface PutOptions {
  readonly headers: ObjectHeaders
  readonly condition?: WriteCondition | undefined
}

export interface ObjectName {
  readonly bucket: string
  readonly key: string
}

export interface CopyOptions {
  /** In place of those of the source. */
  readonly headers?: ObjectHeaders | undefined
  readonly condition?: WriteCondition | undefined
  /** Called with what is copied before anything is written; may throw. */
  readonly checkSource?: ((info: ObjectInfo) => void) | undefined
}

export interface ListQuery {
  readonly prefix: string
  /** `''`: nothing is rolled up. */
  readonly delimiter: string
  /** Only what comes after it in the order of UTF-8 bytes; a common prefix equal to it is left out too. */
  readonly after: string
  /** Objects and common prefixes together, at least 1. */
  readonly limit: number
}

export interface ListedObject extends ContentFacts {
  readonly key: string
  readonly modifiedMs: number
}

/** In the order of UTF-8 bytes. */
export interface ListPage {
  readonly objects: readonly ListedObject[]
  readonly prefixes: readonly string[]
  /** What the next page comes after: the last key or prefix of this one. `undefined`: there is no more. */
  readonly next: string | undefined
}

export interface UploadChecksum {
  readonly algorithm: ChecksumAlgorithm
  readonly type: ChecksumType
}

export interface UploadOptions {
  readonly headers: ObjectHeaders
  readonly checksum?: UploadChecksum | undefined
}

export interface Upload extends UploadOptions {
  readonly key: string
  /** Of `A-Z a-z 0-9 _ - .`. */
  readonly uploadId: string
  readonly initiatedMs: number
}

export interface UploadName extends ObjectName {
  readonly uploadId: string
}

export interface Part extends ContentFacts {
  /** 1 to 10,000. */
  readonly number: number
  readonly modifiedMs: number
}

/** A part as the client names it when it completes an upload. */
export interface ChosenPart {
  readonly number: number
  readonly etag: string
  /** Base64; must then be that of the part. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined
}

export interface CompleteOptions {
  readonly condition?: WriteCondition | undefined
  /** What the checksum of the whole must be, in base64. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined
  /** What the size of the whole must be. */
  readonly sizeBytes?: number | undefined
}

export interface S3Backend {
  /** By name. */
  listBuckets(): Promise<readonly Bucket[]>
  /** @throws S3Error `BucketAlreadyOwnedByYou` */
  createBucket(name: string): Promise<void>
  headBucket(name: string): Promise<Bucket>
  /** Unfinished uploads go with it. @throws S3Error `BucketNotEmpty` */
  deleteBucket(name: string): Promise<void>

  list(bucket: string, query: ListQuery): Promise<ListPage>
  head(bucket: string, key: string): Promise<ObjectInfo>
  open(bucket: string, key: string): Promise<OpenObject>
  put(bucket: string, key: string, body: IncomingBody, options: PutOptions): Promise<ObjectInfo>
  copy(source: ObjectName, target: ObjectName, options: CopyOptions): Promise<ObjectInfo>
  /** Of a key that is not there: does nothing, unless a condition asks for it. */
  delete(bucket: string, key: string, condition?: WriteCondition): Promise<void>

  beginUpload(bucket: string, key: string, options: UploadOptions): Promise<string>
  /** @throws S3Error `NoSuchUpload` */
  headUpload(name: UploadName): Promise<Upload>
  /** Replaces the part of this number. */
  putPart(name: UploadName, number: number, body: IncomingBody): Promise<Part>
  /** By number. */
  listParts(name: UploadName): Promise<readonly Part[]>
  /** By key, then by time. */
  listUploads(bucket: string): Promise<readonly Upload[]>
  /** Of an upload that was completed before: gives the same again as long as its object is there. */
  completeUpload(
    name: UploadName,
    parts: readonly ChosenPart[],
    options: CompleteOptions,
  ): Promise<ObjectInfo>
  abortUpload(name: UploadName): Promise<void>
}
