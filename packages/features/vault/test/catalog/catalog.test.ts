import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Catalog } from '../../src/index.ts'
import type { CatalogOperation, NodeId, SnapshotId, VersionId } from '../../src/index.ts'
import { device, facts, id, object } from './_catalog.ts'

/** What one device says, one entry for each call, a second apart. */
class Writer {
  readonly catalog = new Catalog()
  #seq = 0

  say(...operations: readonly CatalogOperation[]): void {
    const ms = 1000 * this.#seq
    const position = `${ms.toString(16).padStart(12, '0')}0000${'0'.repeat(64)}`
    this.catalog.apply(position, device(1), this.#seq++, operations)
  }

  file(byte: number, name: string, parent?: NodeId): void {
    const node = id<NodeId>(byte)
    this.say({ kind: 'file', node, parent, name }, literal(byte, byte, []))
  }
}

function literal(node: number, version: number, replaces: readonly VersionId[]): CatalogOperation {
  const ids = { kind: 'version', node: id<NodeId>(node), version: id<VersionId>(version) } as const
  return { ...ids, replaces, ...facts(version, 1), body: { literal: Uint8Array.of(version) } }
}

const names = (catalog: Catalog, path = ''): readonly string[] =>
  catalog.list(path).map(({ name }) => name)

test('a folder that was deleted is there again with a file that somebody put into it meanwhile', () => {
  const writer = new Writer()
  writer.say({ kind: 'folder', node: id(1), parent: undefined, name: 'Tax' })
  writer.say({ kind: 'delete', node: id(1), versions: [] })
  assert.deepEqual(names(writer.catalog), [])
  assert.equal(writer.catalog.list('', { deleted: true })[0]?.isDeleted, true)
  writer.file(2, 'bill', id(1))
  assert.deepEqual(names(writer.catalog, 'Tax'), ['bill'])
  writer.say({ kind: 'delete', node: id(2), versions: [id(2)] })
  assert.deepEqual(names(writer.catalog), [])
  writer.say({ kind: 'revive', node: id(2), versions: [id(2)] })
  assert.deepEqual(names(writer.catalog, 'Tax'), ['bill'])
})

test('two folders moved into each other: the later move is void, and holds once the other is undone', () => {
  const writer = new Writer()
  writer.say({ kind: 'folder', node: id(1), parent: undefined, name: 'a' })
  writer.say({ kind: 'folder', node: id(2), parent: undefined, name: 'b' })
  writer.file(3, 'x', id(2))
  writer.say({ kind: 'move', node: id(1), parent: id(2), name: 'a' })
  writer.say({ kind: 'move', node: id(2), parent: id(1), name: 'b' })
  assert.deepEqual(
    [...writer.catalog.walk()].map(({ path }) => path),
    ['b', 'b/a', 'b/x'],
  )
  writer.say({ kind: 'move', node: id(1), parent: undefined, name: 'a' })
  assert.deepEqual(
    [...writer.catalog.walk()].map(({ path }) => path),
    ['a', 'a/b', 'a/b/x'],
  )
  assert.deepEqual(writer.catalog.size('a'), { sizeBytes: 1, fileCount: 1 })
})

test('what lies in a folder that nobody made is among the lost until somebody does', () => {
  const writer = new Writer()
  writer.file(2, 'x', id(1))
  assert.deepEqual([names(writer.catalog), writer.catalog.lost().length], [[], 1])
  writer.say({ kind: 'folder', node: id(1), parent: undefined, name: 'late' })
  assert.deepEqual([names(writer.catalog, 'late'), writer.catalog.lost().length], [['x'], 0])
})

test('of two files with one name the first keeps it, and each is found by the name it is shown under', () => {
  const writer = new Writer()
  writer.file(1, 'sea.jpg')
  writer.file(2, 'sea.jpg')
  assert.deepEqual(names(writer.catalog), ['sea (02020202).jpg', 'sea.jpg'])
  assert.equal(writer.catalog.stat('sea (02020202).jpg')?.node, id(2))
  writer.say({ kind: 'delete', node: id(1), versions: [id(1)] })
  assert.deepEqual(names(writer.catalog), ['sea.jpg'])
  assert.equal(writer.catalog.stat('sea.jpg')?.node, id(2))
})

test('a snapshot shows what was there, also under former names; what was purged is gone from it', () => {
  const { catalog, ...writer } = startedWriter()
  const now: SnapshotId = id(50)
  writer.say({ kind: 'snapshot', snapshot: now, name: 'Monday', vector: catalog.vector() })
  writer.say({ kind: 'move', node: id(1), parent: undefined, name: 'new' })
  writer.say(literal(1, 11, [id(1)]))
  writer.say({ kind: 'delete', node: id(2), versions: [id(2)] })
  writer.file(3, 'third')
  const at = { snapshot: now }
  assert.deepEqual(
    catalog.list('', { at }).map(({ name, version }) => [name, version]),
    [
      ['old', id(1)],
      ['other', id(2)],
    ],
  )
  assert.deepEqual(
    catalog.diff(at, undefined).map(({ kind, path }) => `${kind} ${path}`),
    ['moved new', 'removed other', 'added third'],
  )
  assert.deepEqual(
    catalog.list('', { at: { timeMs: 0 } }).map(({ name }) => name),
    ['old'],
  )
  writer.say({ kind: 'purge', node: id(2), versions: [id(2)] })
  assert.deepEqual(
    catalog.list('', { at }).map(({ name }) => name),
    ['old'],
  )
  writer.say({ kind: 'forget-snapshot', snapshot: now })
  assert.throws(() => catalog.list('', { at }), { code: 'VAULT_UNKNOWN_SNAPSHOT' })
  assert.deepEqual(catalog.snapshots(), [])
})

function startedWriter() {
  const writer = new Writer()
  writer.file(1, 'old')
  writer.file(2, 'other')
  return {
    catalog: writer.catalog,
    say: writer.say.bind(writer),
    file: writer.file.bind(writer),
  }
}

test('objects are needed until every version that names them is purged, unfinished ones too', () => {
  const writer = new Writer()
  const keys = [1, 2].map((byte) => ({ object: object(byte), key: new Uint8Array(32).fill(byte) }))
  const ids = { kind: 'version', node: id<NodeId>(1), replaces: [] } as const
  const body = { partCount: 2, parts: [{ object: object(1), offset: 0, length: 5 }] }
  writer.say({ kind: 'objects', objects: keys })
  assert.equal(writer.catalog.orphanObjects().length, 2)
  writer.say({ kind: 'file', node: id(1), parent: undefined, name: 'film' })
  writer.say({ ...ids, version: id(7), ...facts(1, 8), body })
  assert.deepEqual([names(writer.catalog), [...writer.catalog.unfinished()].length], [[], 1])
  assert.deepEqual([...writer.catalog.liveObjects()], [object(1)])
  const parts = [{ object: object(2), offset: 9, length: 3 }]
  writer.say({ kind: 'parts', version: id(7), from: 1, parts })
  assert.deepEqual(names(writer.catalog), ['film'])
  assert.equal(writer.catalog.versions(id(1))[0]?.parts.length, 2)
  assert.equal(writer.catalog.byContent(facts(1, 8).sha256)[0]?.version, id(7))
  writer.say({ kind: 'delete', node: id(1), versions: [id(7)] })
  assert.equal(writer.catalog.orphanObjects().length, 0)
  writer.say({ kind: 'purge', node: id(1), versions: [id(7)] })
  assert.deepEqual(writer.catalog.orphanObjects(), [object(1), object(2)])
  assert.deepEqual(writer.catalog.list('', { deleted: true }), [])
})
