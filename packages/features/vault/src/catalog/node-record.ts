/** What is known of one file or folder, and how much of it is alive. */

import type { NodeId, VersionId } from './catalog-ids.ts'
import type { FilePart, PlaceOperation, VersionOperation } from './operation.ts'
import { compareStamps } from './stamp.ts'
import type { Stamp } from './stamp.ts'

export interface Place {
  readonly stamp: Stamp
  readonly operation: PlaceOperation
}

export interface PartsChunk {
  readonly stamp: Stamp
  readonly from: number
  readonly parts: readonly FilePart[]
}

export interface Mark {
  readonly stamp: Stamp
  readonly kind: 'delete' | 'revive' | 'purge'
}

/** One content of a file, perhaps known by name only. */
export interface VersionRecord {
  readonly id: VersionId
  stamp: Stamp | undefined
  header: VersionOperation | undefined
  /** Parts beyond those of the header. */
  chunks: PartsChunk[] | undefined
  /** All its bytes are known where they are. */
  isComplete: boolean
  /** That say so, complete or not. */
  replacedBy: VersionRecord[] | undefined
  /** The newest of delete and revive. */
  mark: Mark | undefined
  isPurged: boolean
}

export interface NodeRecord {
  readonly id: NodeId
  isFile: boolean
  /** Prevails over `isFile`: only a defect says both. */
  isFolder: boolean
  /** Ascending by stamp. */
  places: readonly Place[]
  /** Which of them holds; -1: none, since each would close a circle. */
  choice: number
  /** Where it hangs in the tree; `undefined` while it is not known what it is. */
  parent: NodeRecord | undefined
  name: string
  children: Map<string, NodeRecord[]> | undefined
  /** Of a folder. */
  mark: Mark | undefined
  liveChildren: number
  /** Of live files: in and below a folder, or the file itself. */
  liveBytes: number
  liveFiles: number
  versions: VersionRecord[]
  /** Complete and not replaced by another complete one. */
  heads: VersionRecord[]
}

export function createNodeRecord(id: NodeId): NodeRecord {
  return {
    id,
    isFile: false,
    isFolder: false,
    places: [],
    choice: -1,
    parent: undefined,
    name: '',
    children: undefined,
    mark: undefined,
    liveChildren: 0,
    liveBytes: 0,
    liveFiles: 0,
    versions: [],
    heads: [],
  }
}

export function createVersionRecord(id: VersionId): VersionRecord {
  return {
    id,
    stamp: undefined,
    header: undefined,
    chunks: undefined,
    isComplete: false,
    replacedBy: undefined,
    mark: undefined,
    isPurged: false,
  }
}

/** A folder with a live child is alive, whoever deleted it; a file is while one of its heads is. */
export function isAlive(node: NodeRecord): boolean {
  if (!node.isFolder) return node.liveFiles > 0
  return node.liveChildren > 0 || node.mark === undefined || node.mark.kind === 'revive'
}

export function isVersionLive(version: VersionRecord): boolean {
  return !version.isPurged && version.mark?.kind !== 'delete'
}

/** There is something left of it that can be shown or brought back. */
export function isThere(node: NodeRecord): boolean {
  if (isAlive(node)) return true
  if (node.isFolder) return node.mark?.kind !== 'purge'
  return node.versions.some(({ isComplete, isPurged }) => isComplete && !isPurged)
}

/** The newest word on something holds. */
export function newerMark(known: Mark | undefined, mark: Mark): Mark {
  return known === undefined || compareStamps(mark.stamp, known.stamp) > 0 ? mark : known
}
