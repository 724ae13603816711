/** The vocabulary of a catalog: what a person's devices say about the files of that person. Formats: `docs/formats/vault-catalog.md`. */

import type { DeviceId } from '@hamlet/core'
import type { ObjectId } from '../objects/object-manifest.ts'
import type { NodeId, SnapshotId, VersionId } from './catalog-ids.ts'

export interface ObjectKey {
  readonly object: ObjectId
  /** 32 bytes. */
  readonly key: Uint8Array
}

/** A run of plain bytes of an object. */
export interface FilePart {
  readonly object: ObjectId
  readonly offset: number
  readonly length: number
}

/** Where the bytes of a version are: here, or in objects; the parts that stand here are the first of `partCount`. */
export type VersionBody =
  | { readonly literal: Uint8Array }
  | { readonly partCount: number; readonly parts: readonly FilePart[] }

export interface FileFacts {
  readonly sizeBytes: number
  readonly mtimeMs: number
  /** SHA-256 of the content, 64 hex digits. */
  readonly sha256: string
  /** As S3 has it: the MD5 in hex, or that of the parts' with their number. */
  readonly etag: string | undefined
  readonly isExecutable: boolean
  readonly mediaType: string | undefined
  /** Of the user's, ascending by name. */
  readonly meta: readonly (readonly [name: string, value: string])[]
}

export interface PlaceOperation {
  readonly kind: 'folder' | 'file' | 'move'
  readonly node: NodeId
  /** `undefined`: at the top. */
  readonly parent: NodeId | undefined
  readonly name: string
}

export interface VersionOperation extends FileFacts {
  readonly kind: 'version'
  readonly node: NodeId
  readonly version: VersionId
  readonly replaces: readonly VersionId[]
  readonly body: VersionBody
}

export interface PartsOperation {
  readonly kind: 'parts'
  readonly version: VersionId
  /** The index of the first of them. */
  readonly from: number
  readonly parts: readonly FilePart[]
}

export interface MarkOperation {
  readonly kind: 'delete' | 'revive' | 'purge'
  readonly node: NodeId
  /** That its author saw; none for a folder. */
  readonly versions: readonly VersionId[]
}

export interface SnapshotOperation {
  readonly kind: 'snapshot'
  readonly snapshot: SnapshotId
  readonly name: string
  /** The last entry of each device that is in it, ascending by device. */
  readonly vector: readonly (readonly [device: DeviceId, seq: number])[]
}

export type CatalogOperation =
  | { readonly kind: 'objects'; readonly objects: readonly ObjectKey[] }
  | PlaceOperation
  | VersionOperation
  | PartsOperation
  | MarkOperation
  | SnapshotOperation
  | { readonly kind: 'forget-snapshot'; readonly snapshot: SnapshotId }
