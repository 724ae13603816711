/**
 * The manifest of a share: which files it has, and which bytes of which blobs they are.
 *
 * A share is a file or a folder. Its manifest is a blob of its own, sealed unless the share is public, and everything else
 * follows from the manifest's root and key. Small files lie one behind the other in common blobs, because a
 * folder of ten thousand notes would otherwise be ten thousand swarms. Folders without a file in them are not kept.
 * Format: `docs/formats/share.md`.
 *
 *     CBOR [1, name, is a folder, [BLOB], [FILE]]
 *     BLOB [root 32 B, plain bytes, key 32 B | null]
 *     FILE [path, bytes, BLOB's index | null, offset in its plain bytes]
 *
 * Invariants, all of which `decodeManifest` checks:
 * 1. Paths are safe, ascending and no two are equal; a share that is no folder has one file, named as the share.
 * 2. Every file lies within its blob, an empty one in none; every blob holds some file.
 * 3. Either every blob has a key or none has.
 * 4. Encoding what was decoded gives the same bytes.
 */

import { assert, decodeFields, encodeCbor, err, ok } from '@hamlet/core'
import type { CborValue, FieldReader, Result } from '@hamlet/core'
import { checkFileName } from '../names/file-name.ts'
import { checkPath } from '../names/file-path.ts'
import type { SafePath } from '../names/file-path.ts'
import { FILE_NAME_BYTES_MAX, FILE_PATH_BYTES_MAX } from '../names/limits.ts'
import { ShareError } from './errors.ts'
import {
  MANIFEST_BYTES_MAX,
  MANIFEST_ITEMS_MAX,
  SHARE_BYTES_MAX,
  SHARE_FILES_MAX,
} from './limits.ts'

const VERSION = 1
const HASH_BYTES = 32
const KEY_BYTES = 32

export interface ManifestBlob {
  /** 32 bytes: the root of what is stored, which is sealed when there is a key. */
  readonly root: Uint8Array
  /** Before it was sealed. */
  readonly plainBytes: number
  /** 32 bytes, or `undefined` in a public share. */
  readonly key: Uint8Array | undefined
}

export interface ManifestFile {
  readonly path: SafePath
  readonly sizeBytes: number
  /** Index into `blobs`; `undefined` for an empty file. */
  readonly blob: number | undefined
  /** Where the file begins in the plain bytes of its blob. */
  readonly offset: number
}

export interface Manifest {
  /** What the file or folder is called. */
  readonly name: string
  readonly isFolder: boolean
  readonly blobs: readonly ManifestBlob[]
  /** Ascending by path. */
  readonly files: readonly ManifestFile[]
}

/** @throws AssertionError unless `decodeManifest` would take it; ShareError `SHARE_TOO_LARGE` */
export function encodeManifest(manifest: Manifest): Uint8Array {
  if (manifest.files.length > SHARE_FILES_MAX) {
    throw tooLarge(`${SHARE_FILES_MAX} files`, manifest.files.length)
  }
  const pathBytes = manifest.files.reduce((sum, { path }) => sum + path.length, 0)
  // Before anything is made of it.
  if (pathBytes > MANIFEST_BYTES_MAX) throw tooLarge(`${MANIFEST_BYTES_MAX} bytes`, pathBytes)
  const problem = problemOf(manifest)
  assert(problem === undefined, `a manifest is sound: ${problem}`)
  const bytes = encodeCbor([
    VERSION,
    manifest.name,
    manifest.isFolder,
    manifest.blobs.map(({ root, plainBytes, key }): CborValue => [root, plainBytes, key ?? null]),
    manifest.files.map(({ path, sizeBytes, blob, offset }): CborValue => [
      path,
      sizeBytes,
      blob ?? null,
      offset,
    ]),
  ])
  if (bytes.length > MANIFEST_BYTES_MAX) throw tooLarge(`${MANIFEST_BYTES_MAX} bytes`, bytes.length)
  return bytes
}

export function decodeManifest(bytes: Uint8Array): Result<Manifest, ShareError> {
  const decoded = decodeFields(bytes, 'manifest', readFields, {
    bytesMax: MANIFEST_BYTES_MAX,
    itemsMax: MANIFEST_ITEMS_MAX,
    stringBytesMax: FILE_PATH_BYTES_MAX,
    depthMax: 4,
  })
  if (!decoded.ok) return malformed(decoded.error.message, decoded.error)
  const problem = problemOf(decoded.value)
  return problem === undefined ? ok(decoded.value) : malformed(problem)
}

/** Bytes of all files. */
export function manifestBytes(manifest: Manifest): number {
  return manifest.files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}

export function isPublic(manifest: Manifest): boolean {
  return manifest.blobs.every(({ key }) => key === undefined)
}

function readFields(fields: FieldReader): Manifest {
  fields.literal(VERSION)
  return {
    name: fields.text(FILE_NAME_BYTES_MAX, 1),
    isFolder: fields.boolean(),
    blobs: fields.list(SHARE_FILES_MAX, (item) => item.tuple(readBlob)),
    files: fields.list(SHARE_FILES_MAX, (item) => item.tuple(readFile)),
  }
}

function readBlob(fields: FieldReader): ManifestBlob {
  return {
    root: fields.bytes(HASH_BYTES),
    plainBytes: fields.uint(SHARE_BYTES_MAX),
    key: fields.optional(() => fields.bytes(KEY_BYTES)),
  }
}

function readFile(fields: FieldReader): ManifestFile {
  return {
    path: fields.text(FILE_PATH_BYTES_MAX, 1) as SafePath,
    sizeBytes: fields.uint(SHARE_BYTES_MAX),
    blob: fields.optional(() => fields.uint(SHARE_FILES_MAX)),
    offset: fields.uint(SHARE_BYTES_MAX),
  }
}

function problemOf(manifest: Manifest): string | undefined {
  const { name, isFolder, blobs, files } = manifest
  const named = checkFileName(name)
  if (!named.ok) return named.error.message
  if (files.length > SHARE_FILES_MAX) return `more than ${SHARE_FILES_MAX} files`
  if (!isFolder && (files.length !== 1 || files[0]?.path !== name)) {
    return 'a share of one file is called as its file'
  }
  if (manifestBytes(manifest) > SHARE_BYTES_MAX) return `more than ${SHARE_BYTES_MAX} bytes`
  return blobsProblem(blobs) ?? filesProblem(files, blobs)
}

function blobsProblem(blobs: readonly ManifestBlob[]): string | undefined {
  const sealed = blobs.filter(({ key }) => key !== undefined).length
  if (sealed !== 0 && sealed !== blobs.length) return 'some blobs have a key and some have none'
  const empty = blobs.findIndex(({ plainBytes }) => plainBytes === 0)
  return empty < 0 ? undefined : `blob ${empty} is empty`
}

function filesProblem(
  files: readonly ManifestFile[],
  blobs: readonly ManifestBlob[],
): string | undefined {
  const used = new Set<number>()
  for (const [index, file] of files.entries()) {
    const before = files[index - 1]
    if (before !== undefined && before.path >= file.path) return `path ${index} does not ascend`
    const checked = checkPath(file.path)
    if (!checked.ok) return checked.error.message
    if (!liesWithin(file, blobs)) return `file ${index} does not lie within its blob`
    if (file.blob !== undefined) used.add(file.blob)
  }
  return used.size === blobs.length ? undefined : 'a blob that holds no file'
}

function liesWithin(
  { sizeBytes, blob, offset }: ManifestFile,
  blobs: readonly ManifestBlob[],
): boolean {
  if (blob === undefined) return sizeBytes === 0 && offset === 0
  const holder = blobs[blob]
  return holder !== undefined && sizeBytes > 0 && offset + sizeBytes <= holder.plainBytes
}

function tooLarge(limit: string, got: number): ShareError {
  return new ShareError(
    'SHARE_TOO_LARGE',
    `a share has at most ${limit} in its list of files, this one ${got}: share less at once`,
  )
}

function malformed(message: string, cause?: unknown): Result<never, ShareError> {
  return err(new ShareError('SHARE_MALFORMED', `not a manifest: ${message}`, { cause }))
}
