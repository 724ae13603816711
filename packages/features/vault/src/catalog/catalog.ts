/**
 * The private catalog of one person in one space: a tree of folders and files with versions, folded from what their devices said.
 *
 * All of it is a function of the set of entries: they may come in any order and again. In memory; an entry costs its operations and the way
 * up to the root, a list of a folder its children. The past is the same fold over the entries that were there then, made when it
 * is asked for; what was purged since is gone from the past too.
 *
 * Invariants:
 * 1. Contents written at one time are all kept; whoever deletes deletes what they saw.
 * 2. Moves never close a circle, and nothing is out of reach: what has no folder is in `lost`.
 * 3. No two entries of one list have one name.
 */

import type { DeviceId } from '@hamlet/core'
import type { ObjectId } from '../objects/object-manifest.ts'
import { entryOf, versionOf } from './catalog-entry.ts'
import type {
  CatalogChange,
  CatalogEntry,
  CatalogSnapshot,
  CatalogVersion,
  FolderSize,
} from './catalog-entry.ts'
import type { NodeId, SnapshotId, VersionId } from './catalog-ids.ts'
import { CatalogTree } from './catalog-tree.ts'
import { CatalogVersions, headsOf } from './catalog-versions.ts'
import { CatalogError } from './errors.ts'
import { CHECKOUTS_MAX } from './limits.ts'
import { isAlive, isThere, isVersionLive } from './node-record.ts'
import type { NodeRecord, VersionRecord } from './node-record.ts'
import type { CatalogOperation, SnapshotOperation } from './operation.ts'
import type { RetainedFile, RetainedVersion } from './retained.ts'
import { childNamed, shownName } from './shown-names.ts'
import { compareStamps, stampMs } from './stamp.ts'
import type { Origin, Stamp } from './stamp.ts'

/** A state of the past: that of a snapshot, or of a time by the clocks of the devices. */
export type CatalogPoint = { readonly snapshot: SnapshotId } | { readonly timeMs: number }

export interface ListOptions {
  /** What was deleted too. */
  readonly deleted?: boolean
  /** @default now */
  readonly at?: CatalogPoint
}

interface Batch {
  readonly origin: Origin
  readonly operations: readonly CatalogOperation[]
}

interface NamedSnapshot {
  readonly operation: SnapshotOperation
  readonly stamp: Stamp
}

export class Catalog {
  readonly #tree = new CatalogTree()
  readonly #versions = new CatalogVersions(this.#tree)
  /** By position. */
  readonly #batches = new Map<string, Batch>()
  readonly #snapshots = new Map<SnapshotId, NamedSnapshot>()
  readonly #forgotten = new Set<SnapshotId>()
  /** Of the past, by what was asked, the one asked for last behind; dropped when an entry comes. */
  readonly #checkouts = new Map<string, Catalog>()

  /**
   * One entry of a device: any order will do, and once more does nothing.
   *
   * @param position text that sorts as the entries of the space do.
   */
  apply(
    position: string,
    device: DeviceId,
    seq: number,
    operations: readonly CatalogOperation[],
  ): void {
    if (this.#batches.has(position)) return
    const origin = { position, device, seq }
    this.#batches.set(position, { origin, operations })
    this.#checkouts.clear()
    for (const [index, operation] of operations.entries()) this.#take(operation, { origin, index })
  }

  /** What is in a folder, by name; nothing for what is no folder. */
  list(path: string, options: ListOptions = {}): readonly CatalogEntry[] {
    const state = this.at(options.at)
    const folder = state.#find(path)
    return folder?.isFolder === true ? listFolder(folder, options.deleted === true) : []
  }

  /** What nobody can reach by a path: its folder never came, or it lies in itself. */
  lost(): readonly CatalogEntry[] {
    return listFolder(this.#tree.lost, false)
  }

  stat(path: string, options: ListOptions = {}): CatalogEntry | undefined {
    const node = this.at(options.at).#find(path)
    if (node === undefined || node.parent === undefined) return undefined
    return isShown(node, options.deleted === true) ? entryOf(node) : undefined
  }

  statNode(node: NodeId): CatalogEntry | undefined {
    const known = this.#tree.get(node)
    return known?.parent === undefined || !isThere(known) ? undefined : entryOf(known)
  }

  /** `undefined`: unknown, or among the lost. */
  pathOf(node: NodeId): string | undefined {
    const names: string[] = []
    let at = this.#tree.get(node)
    for (; at?.parent !== undefined; at = at.parent) names.push(shownName(at))
    return at === this.#tree.root ? names.reverse().join('/') : undefined
  }

  /** All that is left of the contents of a file, newest first. */
  versions(node: NodeId): readonly CatalogVersion[] {
    const known = this.#tree.get(node)
    if (known === undefined) return []
    return known.versions
      .filter(({ isComplete, isPurged }) => isComplete && !isPurged)
      .sort((a, b) => compareStamps(b.stamp!, a.stamp!))
      .map((version) => versionOf(known, version))
  }

  version(id: VersionId): CatalogVersion | undefined {
    const known = this.#versions.get(id)
    if (known === undefined || !known.isComplete || known.isPurged) return undefined
    return versionOf(this.#tree.node(known.header!.node), known)
  }

  /** Of uploads that did not come to their end, or whose end has not come here. */
  *unfinished(): Generator<{
    readonly node: NodeId
    readonly version: VersionId
    readonly atMs: number
  }> {
    for (const { id: node, versions } of this.#tree.nodes()) {
      for (const { id, isComplete, isPurged, stamp } of versions) {
        if (!isComplete && !isPurged) yield { node, version: id, atMs: stampMs(stamp!.origin) }
      }
    }
  }

  /** Every file with something left to let go, for `planRetention`. */
  *retainedFiles(): Generator<RetainedFile> {
    for (const node of this.#tree.nodes()) {
      const left = node.versions.filter(({ isPurged }) => !isPurged)
      if (left.length === 0) continue
      const whole = left.filter(({ isComplete }) => isComplete)
      const deletedAtMs = whole.length === 0 || node.liveFiles > 0 ? undefined : deletedMs(whole)
      const heads = headsOf(node)
      const told = (version: VersionRecord): RetainedVersion => ({
        version: version.id,
        atMs: stampMs(version.stamp!.origin),
        isHead: heads.includes(version) && isVersionLive(version),
      })
      const unfinished = left.filter(({ isComplete }) => !isComplete).map(told)
      yield { node: node.id, deletedAtMs, versions: whole.map(told), unfinished }
    }
  }

  /** Every file and folder in and below a folder, or the file itself; each folder before what is in it, by name. */
  *walk(path = '', options: ListOptions = {}): Generator<CatalogEntry & { readonly path: string }> {
    const state = this.at(options.at)
    const start = state.#find(path)
    if (start === undefined) return
    if (start.parent !== undefined && isShown(start, options.deleted === true)) {
      yield { ...entryOf(start), path }
    }
    const open: { readonly prefix: string; readonly children: NodeRecord[] }[] = []
    const enter = (node: NodeRecord, prefix: string): void => {
      if (!node.isFolder) return
      open.push({ prefix, children: shownChildren(node, options.deleted === true).reverse() })
    }
    enter(start, path === '' ? '' : `${path}/`)
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      const node = last.children.pop()
      if (node === undefined) {
        open.pop()
        continue
      }
      const entry = entryOf(node)
      yield { ...entry, path: last.prefix + entry.name }
      enter(node, `${last.prefix}${entry.name}/`)
    }
  }

  /** Live files and folders whose name contains the text, whatever its case, in no order. */
  *find(text: string): Generator<CatalogEntry & { readonly path: string }> {
    const wanted = folded(text)
    for (const node of this.#tree.nodes()) {
      if (node.parent === undefined || !isAlive(node)) continue
      const path = folded(node.name).includes(wanted) ? this.pathOf(node.id) : undefined
      if (path !== undefined) yield { ...entryOf(node), path }
    }
  }

  /** Newest first. */
  snapshots(): readonly CatalogSnapshot[] {
    return [...this.#snapshots.values()]
      .filter(({ operation }) => !this.#forgotten.has(operation.snapshot))
      .sort((a, b) => compareStamps(b.stamp, a.stamp))
      .map(({ operation: { snapshot, name }, stamp }) => {
        return { snapshot, name, atMs: stampMs(stamp.origin) }
      })
  }

  /** What a snapshot made now would name. */
  vector(): readonly (readonly [device: DeviceId, seq: number])[] {
    const last = new Map<DeviceId, number>()
    for (const { origin } of this.#batches.values()) {
      last.set(origin.device, Math.max(origin.seq, last.get(origin.device) ?? 0))
    }
    return [...last].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** What became of the files between two states; `undefined` is now. */
  diff(
    before: CatalogPoint | undefined,
    after: CatalogPoint | undefined,
  ): readonly CatalogChange[] {
    const [old, changes] = [new Map(filesOf(this.at(before))), [] as CatalogChange[]]
    for (const [node, file] of filesOf(this.at(after))) {
      const was = old.get(node)
      old.delete(node)
      const { path } = file
      if (was === undefined) changes.push({ kind: 'added', node, path })
      else if (was.path !== path) changes.push({ kind: 'moved', node, path, from: was.path })
      else if (was.version !== file.version) changes.push({ kind: 'changed', node, path })
    }
    for (const [node, { path }] of old) changes.push({ kind: 'removed', node, path })
    return changes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
  }

  /** In and below a folder, or of a file. */
  size(path = ''): FolderSize | undefined {
    const node = this.#find(path)
    return node && { sizeBytes: node.liveBytes, fileCount: node.liveFiles }
  }

  /** That a version needs which is not purged: deleted ones, those of snapshots and unfinished ones too. */
  liveObjects(): Iterable<ObjectId> {
    return this.#versions.liveObjects()
  }

  orphanObjects(): readonly ObjectId[] {
    return this.#versions.orphanObjects()
  }

  objectKey(object: ObjectId): Uint8Array | undefined {
    return this.#versions.keyOf(object)
  }

  /** Versions with this content, oldest first, so that it need not be stored again. */
  byContent(sha256: string): readonly CatalogVersion[] {
    return this.#versions
      .byContent(sha256)
      .toSorted((a, b) => compareStamps(a.stamp!, b.stamp!))
      .map((version) => versionOf(this.#tree.node(version.header!.node), version))
  }

  /**
   * The catalog as it was; itself for `undefined`. Costs as much as all entries the first time.
   *
   * @throws {@link CatalogError} `VAULT_UNKNOWN_SNAPSHOT`
   */
  at(point: CatalogPoint | undefined): Catalog {
    if (point === undefined) return this
    const name = 'snapshot' in point ? point.snapshot : String(point.timeMs)
    const made = this.#checkouts.get(name) ?? this.#checkout(point)
    this.#checkouts.delete(name)
    this.#checkouts.set(name, made)
    if (this.#checkouts.size > CHECKOUTS_MAX) {
      this.#checkouts.delete(this.#checkouts.keys().next().value!)
    }
    return made
  }

  #checkout(point: CatalogPoint): Catalog {
    const isWithin = this.#filterOf(point)
    const past = new Catalog()
    for (const { origin, operations } of this.#batches.values()) {
      const { position, device, seq } = origin
      const kept = isWithin(origin) ? operations : operations.filter(isForEver)
      if (kept.length > 0) past.apply(position, device, seq, kept)
    }
    return past
  }

  #filterOf(point: CatalogPoint): (origin: Origin) => boolean {
    if ('timeMs' in point) return (origin) => stampMs(origin) <= point.timeMs
    const named = this.#snapshots.get(point.snapshot)
    if (named === undefined || this.#forgotten.has(point.snapshot)) {
      throw new CatalogError('VAULT_UNKNOWN_SNAPSHOT', `there is no snapshot ${point.snapshot}`)
    }
    const vector = new Map(named.operation.vector)
    return ({ device, seq }) => seq <= (vector.get(device) ?? -1)
  }

  #find(path: string): NodeRecord | undefined {
    let node: NodeRecord | undefined = this.#tree.root
    if (path === '') return node
    for (const name of path.split('/')) node = node && childNamed(node, name)
    return node
  }

  #take(operation: CatalogOperation, stamp: Stamp): void {
    switch (operation.kind) {
      case 'objects':
        return this.#versions.addKeys(operation.objects)
      case 'folder':
      case 'file':
      case 'move':
        return this.#tree.place({ stamp, operation })
      case 'version':
        return this.#versions.addVersion(operation, stamp)
      case 'parts':
        return this.#versions.addParts(operation, stamp)
      case 'delete':
      case 'revive':
      case 'purge': {
        const { kind, versions } = operation
        // A word on a folder names no versions; said of a file, it says nothing.
        if (versions.length === 0) this.#tree.mark(this.#tree.node(operation.node), { stamp, kind })
        for (const version of versions) this.#versions.mark(version, { stamp, kind })
        return
      }
      case 'snapshot':
        return this.#takeSnapshot(operation, stamp)
      case 'forget-snapshot':
        this.#forgotten.add(operation.snapshot)
    }
  }

  #takeSnapshot(operation: SnapshotOperation, stamp: Stamp): void {
    const known = this.#snapshots.get(operation.snapshot)
    if (known !== undefined && compareStamps(known.stamp, stamp) < 0) return
    this.#snapshots.set(operation.snapshot, { operation, stamp })
  }
}

/** What holds for the past too: keys, and what is gone for good. */
function isForEver({ kind }: CatalogOperation): boolean {
  return kind === 'objects' || kind === 'purge'
}

/** When the last word was said that deleted one of them; of what nobody deleted, when the last was written. */
function deletedMs(versions: readonly VersionRecord[]): number {
  return Math.max(...versions.map(({ mark, stamp }) => stampMs((mark?.stamp ?? stamp!).origin)))
}

function isShown(node: NodeRecord, isDeletedShown: boolean): boolean {
  return isDeletedShown ? isThere(node) : isAlive(node)
}

function shownChildren(folder: NodeRecord, isDeletedShown: boolean): NodeRecord[] {
  const children = [...(folder.children?.values() ?? [])].flat()
  return children
    .filter((node) => isShown(node, isDeletedShown))
    .map((node) => ({ node, name: shownName(node) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ node }) => node)
}

function listFolder(folder: NodeRecord, isDeletedShown: boolean): readonly CatalogEntry[] {
  return shownChildren(folder, isDeletedShown).map(entryOf)
}

function* filesOf(
  catalog: Catalog,
): Generator<
  readonly [NodeId, { readonly path: string; readonly version: VersionId | undefined }]
> {
  for (const { kind, node, path, version } of catalog.walk()) {
    if (kind === 'file') yield [node, { path, version }]
  }
}

function folded(text: string): string {
  return text.normalize('NFC').toLowerCase()
}
