/** What is judged when contents of files and snapshots are let go. */

import type { NodeId, SnapshotId, VersionId } from './catalog-ids.ts'

export interface RetainedVersion {
  readonly version: VersionId
  readonly atMs: number
  readonly isHead: boolean
}

export interface RetainedFile {
  readonly node: NodeId
  /** `undefined`: it lives. */
  readonly deletedAtMs: number | undefined
  readonly versions: readonly RetainedVersion[]
  /** Uploads without an end. */
  readonly unfinished: readonly RetainedVersion[]
}

export interface RetainedSnapshot {
  readonly snapshot: SnapshotId
  readonly atMs: number
  /** The contents it shows. */
  readonly versions: ReadonlySet<VersionId>
}

export interface RetentionState {
  readonly files: readonly RetainedFile[]
  readonly snapshots: readonly RetainedSnapshot[]
}
