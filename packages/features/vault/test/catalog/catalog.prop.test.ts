/**
 * Goal: the tree is a function of the set of entries, and nothing in it is ever lost. Method: few nodes and versions, many
 * contradicting operations of three devices, against a model that knows places and versions and nothing of upkeep.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex } from '@hamlet/core'
import fc from 'fast-check'
import { Catalog } from '../../src/index.ts'
import type {
  CatalogEntry,
  CatalogOperation,
  NodeId,
  SnapshotId,
  VersionId,
} from '../../src/index.ts'
import { device, facts, id, object } from './_catalog.ts'

interface Said {
  readonly position: string
  readonly by: number
  readonly seq: number
  readonly operations: readonly CatalogOperation[]
}

const nodeIds = [1, 2, 3, 4, 5, 6].map((byte) => id<NodeId>(byte))
const node = fc.constantFrom(...nodeIds)
const version = fc.constantFrom(...[31, 32, 33, 34, 35].map((byte) => id<VersionId>(byte)))
const versions = fc.uniqueArray(version, { maxLength: 3 })
const place = fc.record({
  kind: fc.constantFrom('folder' as const, 'folder' as const, 'file' as const, 'move' as const),
  node,
  parent: fc.option(node, { nil: undefined }),
  name: fc.constantFrom('a', 'b', 'a (01010101)'),
})
const part = (byte: number, length: number) => ({ object: object(byte), offset: 0, length })
const body = fc.constantFrom(
  { size: 2, body: { literal: Uint8Array.of(1, 2) } },
  { size: 9, body: { partCount: 1, parts: [part(1, 9)] } },
  { size: 12, body: { partCount: 2, parts: [part(1, 9)] } },
)
const content = fc
  .record({ node, version, replaces: versions, body, hash: fc.nat({ max: 2 }) })
  .map(({ node: of, version: name, replaces, body: { size, body: where }, hash }) => {
    const ids = { kind: 'version', node: of, version: name, replaces } as const
    return { ...ids, ...facts(hash, size), body: where }
  })
const rest = version.map((name) => {
  return { kind: 'parts', version: name, from: 1, parts: [part(2, 3)] } as const
})
const mark = fc.record({
  kind: fc.constantFrom('delete' as const, 'delete' as const, 'revive' as const, 'purge' as const),
  node,
  versions,
})
const keys = fc.constantFrom({
  kind: 'objects' as const,
  objects: [1, 2, 3].map((byte) => ({ object: object(byte), key: new Uint8Array(32).fill(byte) })),
})
const snapshot = fc.record({ seq: fc.nat({ max: 8 }), number: fc.nat({ max: 1 }) }).map((made) => {
  const ids = { kind: 'snapshot', snapshot: id<SnapshotId>(41 + made.number), name: 's' } as const
  return { ...ids, vector: [[device(0), made.seq] as const, [device(1), 3] as const] }
})
const operation: fc.Arbitrary<CatalogOperation> = fc.oneof(
  { arbitrary: place, weight: 6 },
  { arbitrary: content, weight: 4 },
  { arbitrary: fc.oneof(rest, mark, keys, snapshot), weight: 4 },
)
const history = fc
  .array(
    fc.record({
      ms: fc.nat({ max: 9 }),
      by: fc.nat({ max: 2 }),
      operations: fc.array(operation, { minLength: 1, maxLength: 4 }),
    }),
    { maxLength: 24, size: 'max' },
  )
  .map((all) =>
    all.map((said, seq): Said => ({ ...said, seq, position: positionOf(said.ms, seq) })),
  )

function positionOf(ms: number, seq: number): string {
  return `${ms.toString(16).padStart(12, '0')}0000${seq.toString(16).padStart(64, '0')}`
}

function fold(all: readonly Said[]): Catalog {
  const catalog = new Catalog()
  for (const { position, by, seq, operations } of all) {
    catalog.apply(position, device(by), seq, operations)
  }
  return catalog
}

/** All that can be asked of it. */
function told(catalog: Catalog): unknown {
  const bySnapshot = catalog
    .snapshots()
    .map(({ snapshot: at }) => [...catalog.walk('', { at: { snapshot: at } })])
  return {
    tree: [...catalog.walk('', { deleted: true })],
    live: [...catalog.walk()],
    lost: catalog.lost(),
    versions: nodeIds.map((each) => catalog.versions(each)),
    found: [...catalog.find('A')].map(({ path }) => path).sort(),
    objects: [...catalog.liveObjects()].sort(),
    orphans: [...catalog.orphanObjects()].sort(),
    keys: [1, 2, 3].map((byte) => bytesToHex(catalog.objectKey(object(byte)) ?? new Uint8Array(0))),
    same: [0, 1, 2].map((byte) => catalog.byContent(facts(byte, 0).sha256)),
    unfinished: [...catalog.unfinished()].map(({ version: each }) => each).sort(),
    past: [...catalog.walk('', { at: { timeMs: 4 } })],
    snapshots: catalog.snapshots(),
    bySnapshot,
  }
}

test('any order and repetition of the same entries gives the same catalog', () => {
  const order = history.chain((all) =>
    fc.tuple(
      fc.constant(all),
      fc.shuffledSubarray([...all, ...all], { minLength: 2 * all.length }),
    ),
  )
  fc.assert(
    fc.property(order, ([all, shuffled]) => {
      assert.deepEqual(told(fold(shuffled)), told(fold(all)))
    }),
    { numRuns: 300 },
  )
})

interface Placed {
  readonly position: string
  readonly index: number
  readonly parent: NodeId | undefined
}

/** The rule as it is written: of every circle the newest place is void, until there is none. */
function parentsByRule(all: readonly Said[]): ReadonlyMap<NodeId, NodeId | 'top' | 'lost'> {
  const places = new Map<NodeId, Placed[]>()
  const folders = new Set<NodeId>()
  const known = new Set<NodeId>()
  const sorted = all.toSorted((a, b) => (a.position < b.position ? -1 : 1))
  for (const { position, operations } of sorted) {
    for (const [index, each] of operations.entries()) {
      if (each.kind !== 'folder' && each.kind !== 'file' && each.kind !== 'move') continue
      const list = places.get(each.node) ?? []
      places.set(each.node, [...list, { position, index, parent: each.parent }])
      if (each.kind === 'folder') folders.add(each.node)
      if (each.kind !== 'move') known.add(each.node)
    }
  }
  const parentOf = (of: NodeId): NodeId | 'top' | 'lost' => {
    const last = places.get(of)?.at(-1)
    if (last === undefined) return 'lost'
    if (last.parent === undefined) return 'top'
    return folders.has(last.parent) ? last.parent : 'lost'
  }
  for (;;) {
    const circle = [...places.keys()]
      .map((start) => circleFrom(start, parentOf))
      .find((c) => c.length > 0)
    if (circle === undefined) break
    const newest = circle.toSorted((a, b) =>
      comparePlaced(places.get(a)!.at(-1)!, places.get(b)!.at(-1)!),
    )
    places.get(newest.at(-1)!)!.pop()
  }
  return new Map([...known].map((each) => [each, parentOf(each)]))
}

function circleFrom(start: NodeId, parentOf: (of: NodeId) => NodeId | 'top' | 'lost'): NodeId[] {
  const way: NodeId[] = []
  for (let at: NodeId | 'top' | 'lost' = start; at !== 'top' && at !== 'lost'; at = parentOf(at)) {
    if (way.includes(at)) return at === start ? way : []
    way.push(at)
  }
  return []
}

function comparePlaced(a: Placed, b: Placed): number {
  return a.position < b.position ? -1 : a.position > b.position ? 1 : a.index - b.index
}

/** Node to parent, as the lists show it. */
function parentsShown(catalog: Catalog): ReadonlyMap<NodeId, NodeId | 'top' | 'lost'> {
  const parents = new Map<NodeId, NodeId | 'top' | 'lost'>()
  const byPath = new Map<string, NodeId>()
  for (const entry of catalog.walk('', { deleted: true })) {
    byPath.set(entry.path, entry.node)
    const above = entry.path.slice(0, -entry.name.length - 1)
    parents.set(entry.node, above === '' ? 'top' : byPath.get(above)!)
  }
  return parents
}

test('every file and folder hangs where the rule says, and all that lives is reached', () => {
  fc.assert(
    fc.property(history, (all) => {
      const catalog = fold(all)
      const expected = parentsByRule(all)
      for (const [of, parent] of parentsShown(catalog)) {
        assert.equal(parent, expected.get(of), of)
      }
      for (const [of, parent] of expected) {
        if (catalog.statNode(of) === undefined) continue
        const isReached = catalog.pathOf(of) !== undefined
        let above: NodeId | 'top' | 'lost' = parent
        while (above !== 'top' && above !== 'lost') above = expected.get(above)!
        assert.equal(isReached, above === 'top')
      }
    }),
    { numRuns: 300 },
  )
})

test('sums of folders are those of what is listed in them, and no list has one name twice', () => {
  fc.assert(
    fc.property(history, (all) => {
      const catalog = fold(all)
      const check = (path: string): { files: number; bytes: number } => {
        const names = catalog.list(path, { deleted: true }).map(({ name }) => name)
        assert.equal(new Set(names).size, names.length, names.join())
        let [files, bytes] = [0, 0]
        for (const entry of catalog.list(path)) {
          const below = path === '' ? entry.name : `${path}/${entry.name}`
          assert.equal(catalog.stat(below)?.node, entry.node)
          assert.equal(catalog.pathOf(entry.node), below)
          const sums = entry.kind === 'folder' ? check(below) : { files: 1, bytes: entry.sizeBytes }
          files += sums.files
          bytes += sums.bytes
        }
        assert.deepEqual(catalog.size(path), { sizeBytes: bytes, fileCount: files })
        return { files, bytes }
      }
      check('')
    }),
    { numRuns: 300 },
  )
})

test('a version that nobody saw when they deleted lives, and contents written at one time are all heads', () => {
  const ids = fc.uniqueArray(version, { minLength: 2, maxLength: 5 })
  fc.assert(
    fc.property(ids, fc.nat(), (names, pick) => {
      const unseen = names[pick % names.length]!
      const seen = names.filter((name) => name !== unseen)
      const all: Said[] = [
        { kind: 'file', node: id<NodeId>(1), parent: undefined, name: 'a' } as const,
        ...names.map((name) => {
          const said = {
            kind: 'version',
            node: id<NodeId>(1),
            version: name,
            replaces: [],
          } as const
          return { ...said, ...facts(1, 2), body: { literal: Uint8Array.of(1, 2) } }
        }),
        { kind: 'delete', node: id<NodeId>(1), versions: seen } as const,
      ].map((each, seq) => ({ position: positionOf(1, seq), by: 0, seq, operations: [each] }))
      const before = fold(all.slice(0, -1)).stat('a')
      assert.equal(before?.headCount, names.length)
      const after = fold(all).stat('a') as CatalogEntry
      assert.deepEqual([after.version, after.isDeleted, after.headCount], [unseen, false, 1])
    }),
    { numRuns: 50 },
  )
})
