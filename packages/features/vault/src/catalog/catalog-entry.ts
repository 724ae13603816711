/** Files, folders, versions and snapshots as they are shown. */

import type { NodeId, SnapshotId, VersionId } from './catalog-ids.ts'
import type { FileFacts, FilePart } from './operation.ts'
import { currentVersion, headsOf, newestOf, partsOf } from './catalog-versions.ts'
import { isAlive, isVersionLive } from './node-record.ts'
import type { NodeRecord, VersionRecord } from './node-record.ts'
import { shownName } from './shown-names.ts'
import { stampMs } from './stamp.ts'

export interface CatalogEntry {
  readonly node: NodeId
  readonly kind: 'file' | 'folder'
  /** As it is shown: no two of one folder are alike. */
  readonly name: string
  readonly isDeleted: boolean
  /** Of the file; of all files in and below the folder. */
  readonly sizeBytes: number
  /** Files in and below a folder; 1 for a file. */
  readonly fileCount: number
  /** The content: of a deleted file the last that is left. */
  readonly version: VersionId | undefined
  readonly mtimeMs: number | undefined
  /** Contents written at one time that nobody has chosen from yet: more than 1 is a conflict. */
  readonly headCount: number
}

export interface CatalogVersion extends FileFacts {
  readonly version: VersionId
  readonly node: NodeId
  readonly device: string
  /** When it was written down, by that device's clock. */
  readonly atMs: number
  readonly isHead: boolean
  readonly isDeleted: boolean
  /** The content itself, if it is tiny. */
  readonly literal: Uint8Array | undefined
  /** Where it lies otherwise. */
  readonly parts: readonly FilePart[]
}

export interface CatalogSnapshot {
  readonly snapshot: SnapshotId
  readonly name: string
  readonly atMs: number
}

export interface CatalogChange {
  readonly kind: 'added' | 'removed' | 'changed' | 'moved'
  readonly node: NodeId
  /** Afterwards; of what was removed, before. */
  readonly path: string
  /** Before, of what moved; its content may have changed too. */
  readonly from?: string
}

export interface FolderSize {
  readonly sizeBytes: number
  readonly fileCount: number
}

export function entryOf(node: NodeRecord): CatalogEntry {
  const base = { node: node.id, name: shownName(node), isDeleted: !isAlive(node) }
  if (node.isFolder) {
    return {
      ...base,
      kind: 'folder',
      ...{ sizeBytes: node.liveBytes, fileCount: node.liveFiles },
      ...{ version: undefined, mtimeMs: undefined, headCount: 0 },
    }
  }
  const shown = shownVersion(node)
  return {
    ...base,
    kind: 'file',
    sizeBytes: shown?.header?.sizeBytes ?? 0,
    fileCount: 1,
    version: shown?.id,
    mtimeMs: shown?.header?.mtimeMs,
    headCount: headsOf(node).filter(isVersionLive).length,
  }
}

export function versionOf(node: NodeRecord, version: VersionRecord): CatalogVersion {
  const { body, kind: _, replaces: __, ...facts } = version.header!
  const { origin } = version.stamp!
  return {
    ...facts,
    device: origin.device,
    atMs: stampMs(origin),
    isHead: headsOf(node).includes(version),
    isDeleted: version.mark?.kind === 'delete',
    literal: 'literal' in body ? body.literal : undefined,
    parts: partsOf(version),
  }
}

/** The newest live head, or what is left of a deleted file. */
function shownVersion(node: NodeRecord): VersionRecord | undefined {
  return (
    currentVersion(node) ??
    newestOf(headsOf(node).filter(isLeft)) ??
    newestOf(node.versions.filter(isLeft))
  )
}

function isLeft({ isComplete, isPurged }: VersionRecord): boolean {
  return isComplete && !isPurged
}
