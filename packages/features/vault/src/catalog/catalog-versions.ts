/**
 * The contents of files: which are complete, which are replaced, deleted or purged, and which objects they need.
 *
 * A version counts once all parts its header announces are there. Versions written at the same time replace the same one and
 * not each other: both are heads, and the file has two contents until somebody writes one that replaces both. A deletion names the
 * versions its author saw, so one that came from elsewhere meanwhile lives on.
 *
 * Invariants:
 * 1. Everything here is a function of the set of operations.
 * 2. An object is needed as long as a version that is not purged names it: deleted, replaced and unfinished ones too.
 */

import type { ObjectId } from '../objects/object-manifest.ts'
import type { NodeId, VersionId } from './catalog-ids.ts'
import type { CatalogTree } from './catalog-tree.ts'
import { createVersionRecord, isVersionLive, newerMark } from './node-record.ts'
import type { Mark, NodeRecord, PartsChunk, VersionRecord } from './node-record.ts'
import type { FilePart, ObjectKey, PartsOperation, VersionOperation } from './operation.ts'
import { compareStamps } from './stamp.ts'
import type { Stamp } from './stamp.ts'

export class CatalogVersions {
  readonly #tree: CatalogTree
  readonly #versions = new Map<VersionId, VersionRecord>()
  readonly #keys = new Map<ObjectId, Uint8Array>()
  /** How many parts lie in an object. */
  readonly #uses = new Map<ObjectId, number>()
  readonly #byContent = new Map<string, VersionRecord[]>()

  constructor(tree: CatalogTree) {
    this.#tree = tree
  }

  get(id: VersionId): VersionRecord | undefined {
    return this.#versions.get(id)
  }

  keyOf(object: ObjectId): Uint8Array | undefined {
    return this.#keys.get(object)
  }

  /** Complete and not purged. */
  byContent(sha256: string): readonly VersionRecord[] {
    return this.#byContent.get(sha256) ?? []
  }

  liveObjects(): Iterable<ObjectId> {
    return this.#uses.keys()
  }

  /** Whose key is known and that nothing needs. */
  orphanObjects(): readonly ObjectId[] {
    return [...this.#keys.keys()].filter((object) => !this.#uses.has(object))
  }

  addKeys(objects: readonly ObjectKey[]): void {
    for (const { object, key } of objects) {
      const known = this.#keys.get(object)
      // An object has one key; where a defect says two, all devices take the same.
      if (known === undefined || isBelow(key, known)) this.#keys.set(object, key)
    }
  }

  addVersion(operation: VersionOperation, stamp: Stamp): void {
    const version = this.#version(operation.version)
    if (version.header !== undefined) {
      if (compareStamps(version.stamp!, stamp) < 0) return
      this.#withdraw(version)
    }
    version.header = operation
    version.stamp = stamp
    const node = this.#tree.node(operation.node)
    // Not pushed: an array that grows keeps room for sixteen more, and most files have one version.
    node.versions = [...node.versions, version]
    for (const id of operation.replaces) {
      const replaced = this.#version(id)
      replaced.replacedBy = [...(replaced.replacedBy ?? []), version]
    }
    if (!version.isPurged && !('literal' in operation.body)) this.#use(operation.body.parts, 1)
    this.#finish(version)
  }

  addParts({ version: id, from, parts }: PartsOperation, stamp: Stamp): void {
    const version = this.#version(id)
    const known = version.chunks?.find((chunk) => chunk.from === from)
    if (known !== undefined && compareStamps(known.stamp, stamp) < 0) return
    const others = (version.chunks ?? []).filter((chunk) => chunk !== known)
    if (!version.isPurged) {
      this.#use(parts, 1)
      if (known !== undefined) this.#use(known.parts, -1)
    }
    version.chunks = [...others, { stamp, from, parts }].sort((a, b) => a.from - b.from)
    this.#finish(version)
  }

  mark(id: VersionId, mark: Mark): void {
    const version = this.#version(id)
    if (mark.kind === 'purge') this.#purge(version)
    else version.mark = newerMark(version.mark, mark)
    if (version.header !== undefined) this.#tell(version.header.node)
  }

  #version(id: VersionId): VersionRecord {
    const known = this.#versions.get(id)
    if (known !== undefined) return known
    const made = createVersionRecord(id)
    this.#versions.set(id, made)
    return made
  }

  #purge(version: VersionRecord): void {
    if (version.isPurged) return
    version.isPurged = true
    for (const parts of partRuns(version)) this.#use(parts, -1)
    if (version.isComplete) this.#forgetContent(version)
  }

  /** Parts of a version are complete, or not any more. */
  #finish(version: VersionRecord): void {
    const { header } = version
    if (header === undefined || version.isComplete === isWhole(version)) return
    version.isComplete = !version.isComplete
    if (!version.isPurged) {
      if (version.isComplete) this.#noteContent(version)
      else this.#forgetContent(version)
    }
    const node = this.#tree.node(header.node)
    this.#judgeHead(node, version)
    for (const id of header.replaces) {
      const replaced = this.#versions.get(id)
      if (replaced !== undefined) this.#judgeHead(node, replaced)
    }
    this.#tell(header.node)
  }

  /** The header is that of another operation from now on. */
  #withdraw(version: VersionRecord): void {
    const header = version.header!
    const node = this.#tree.node(header.node)
    node.versions = node.versions.filter((each) => each !== version)
    if (!version.isPurged && !('literal' in header.body)) this.#use(header.body.parts, -1)
    if (version.isComplete && !version.isPurged) this.#forgetContent(version)
    version.isComplete = false
    version.header = undefined
    for (const id of header.replaces) {
      const replaced = this.#version(id)
      replaced.replacedBy = replaced.replacedBy?.filter((each) => each !== version)
      this.#judgeHead(node, replaced)
    }
    this.#judgeHead(node, version)
    this.#tell(header.node)
  }

  #judgeHead(node: NodeRecord, version: VersionRecord): void {
    const isHead =
      version.isComplete &&
      version.header?.node === node.id &&
      version.replacedBy?.some(
        (by) => by !== version && by.isComplete && by.header?.node === node.id,
      ) !== true
    const at = node.heads.indexOf(version)
    if (isHead && at < 0) node.heads = [...node.heads, version]
    if (!isHead && at >= 0) node.heads.splice(at, 1)
  }

  /** The tree learns whether the file is alive, and how large it is. */
  #tell(id: NodeId): void {
    const node = this.#tree.node(id)
    const current = currentVersion(node)
    this.#tree.setFile(node, current !== undefined, current?.header?.sizeBytes ?? 0)
  }

  #use(parts: readonly FilePart[], by: 1 | -1): void {
    for (const { object } of parts) {
      const uses = (this.#uses.get(object) ?? 0) + by
      if (uses === 0) this.#uses.delete(object)
      else this.#uses.set(object, uses)
    }
  }

  #noteContent(version: VersionRecord): void {
    const { sha256 } = version.header!
    const same = this.#byContent.get(sha256)
    if (same === undefined) this.#byContent.set(sha256, [version])
    else same.push(version)
  }

  #forgetContent(version: VersionRecord): void {
    const { sha256 } = version.header!
    const same = this.#byContent.get(sha256)?.filter((each) => each !== version) ?? []
    if (same.length === 0) this.#byContent.delete(sha256)
    else this.#byContent.set(sha256, same)
  }
}

/** Heads; where a defect made versions replace each other in a circle, the newest of all, so that none is lost. */
export function headsOf(node: NodeRecord): readonly VersionRecord[] {
  if (node.heads.length > 0) return node.heads
  const newest = newestOf(node.versions.filter(({ isComplete }) => isComplete))
  return newest === undefined ? [] : [newest]
}

/** What the file is now: the newest live head. */
export function currentVersion(node: NodeRecord): VersionRecord | undefined {
  return newestOf(headsOf(node).filter(isVersionLive))
}

export function newestOf(versions: readonly VersionRecord[]): VersionRecord | undefined {
  let newest: VersionRecord | undefined
  for (const version of versions) {
    if (newest === undefined || compareStamps(newest.stamp!, version.stamp!) < 0) newest = version
  }
  return newest
}

/** The parts of a complete version that is not literal, in order. */
export function partsOf(version: VersionRecord): readonly FilePart[] {
  return partRuns(version).flat()
}

function partRuns({ header, chunks = [] }: VersionRecord): readonly (readonly FilePart[])[] {
  const body = header?.body
  const rest = chunks.map(({ parts }: PartsChunk) => parts)
  return body === undefined || 'literal' in body ? rest : [body.parts, ...rest]
}

function isWhole(version: VersionRecord): boolean {
  const { body, sizeBytes } = version.header!
  if ('literal' in body) return true
  let count = body.parts.length
  for (const { from, parts } of version.chunks ?? []) {
    if (from !== count) return false
    count += parts.length
  }
  if (count !== body.partCount) return false
  return partsOf(version).reduce((sum, { length }) => sum + length, 0) === sizeBytes
}

function isBelow(a: Uint8Array, b: Uint8Array): boolean {
  const at = a.findIndex((byte, index) => byte !== b[index])
  return at >= 0 && a[at]! < b[at]!
}
