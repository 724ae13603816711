import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  BUNDLE_BYTES_MAX,
  ENTRY_BYTES_MAX,
  decodeBundle,
  decodeTile,
  edgeTiles,
  encodeBundle,
  fullTilePath,
  hashesAt,
  parseTilePath,
  tilePath,
  tileWidth,
} from '@hamlet/log'
import { withVectors } from './_vectors.ts'

interface LevelCase {
  readonly level: number
  readonly full: number
  readonly partialWidth: number
  readonly partialPath?: string
  readonly lastFullPath?: string
}

interface TileVectors {
  readonly indexPath: readonly { readonly index: number; readonly path: string }[]
  readonly layout: readonly { readonly treeSize: number; readonly levels: readonly LevelCase[] }[]
}

test('the public cases of tile paths and layouts', () => {
  withVectors('c2sp/tiles.json', 22, (text) => {
    const vectors = JSON.parse(text) as TileVectors
    for (const { index, path } of vectors.indexPath) {
      assert.equal(fullTilePath(0, index), `tile/0/${path}`)
      assert.deepEqual(parseTilePath(`tile/0/${path}`), { level: 0, index, width: 256 })
    }
    for (const { treeSize, levels } of vectors.layout) checkLayout(treeSize, levels)
    return vectors.indexPath.length + vectors.layout.length
  })
})

function checkLayout(treeSize: number, levels: readonly LevelCase[]): void {
  assert.equal(hashesAt(levels.length, treeSize), 0)
  const edge = edgeTiles(treeSize)
  assert.equal(edge.length, levels.filter(({ partialWidth }) => partialWidth > 0).length)
  for (const { level, full, partialWidth, partialPath, lastFullPath } of levels) {
    assert.equal(Math.floor(hashesAt(level, treeSize) / 256), full)
    if (full > 0) {
      assert.equal(tileWidth(level, full - 1, treeSize), 256)
      assert.equal(fullTilePath(level, full - 1), lastFullPath)
    }
    assert.equal(tileWidth(level, full, treeSize), partialWidth)
    const partial = edge.find((tile) => tile.level === level)
    assert.equal(partial && tilePath(partial), partialPath)
  }
}

test('a path has one spelling', () => {
  const wrong = [
    'tile/00/000',
    'tile/64/000',
    'tile/0/0',
    'tile/0/0000',
    'tile/0/x000/001',
    'tile/0/001/x000',
    'tile/0/000.p/0',
    'tile/0/000.p/01',
    'tile/0/000.p/256',
    'tile/0/x001',
    'tile/0/000/',
    '/tile/0/000',
    'tile/-1/000',
    'tile/entry/000',
    'tile/0/x999/x999/x999/x999/x999/999',
    'checkpoint',
    'tile/0/000\n',
  ]
  for (const path of wrong) assert.equal(parseTilePath(path), undefined, path)
  assert.deepEqual(parseTilePath('tile/63/000.p/255'), { level: 63, index: 0, width: 255 })
})

test('every tile has a path and is found by it', () => {
  const levels = fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 }))
  const indexes = fc.integer({ min: 0, max: 2 ** 45 })
  fc.assert(
    fc.property(levels, indexes, fc.integer({ min: 1, max: 256 }), (level, index, width) => {
      assert.deepEqual(parseTilePath(tilePath({ level, index, width })), { level, index, width })
    }),
  )
})

test('a bundle holds exactly the entries it says, from none to 65,535 bytes', () => {
  const entries = [new Uint8Array(0), new Uint8Array(ENTRY_BYTES_MAX).fill(1), Uint8Array.of(2)]
  const bytes = encodeBundle(entries)
  assert.deepEqual(decodeBundle(bytes, 3), entries)
  assert.equal(decodeBundle(bytes, 2), undefined)
  assert.equal(decodeBundle(bytes, 4), undefined)
  assert.equal(decodeBundle(bytes.subarray(0, -1), 3), undefined)
  assert.equal(decodeBundle(bytes.subarray(0, 1), 1), undefined)
  assert.throws(() => encodeBundle([new Uint8Array(ENTRY_BYTES_MAX + 1)]), /65,535/)
})

test('the largest bundle there can be is read, one byte more is not', () => {
  const bytes = encodeBundle(Array.from({ length: 256 }, () => new Uint8Array(ENTRY_BYTES_MAX)))
  assert.equal(bytes.length, BUNDLE_BYTES_MAX)
  assert.equal(decodeBundle(bytes, 256)?.length, 256)
  assert.equal(decodeBundle(new Uint8Array(BUNDLE_BYTES_MAX + 1), 256), undefined)
})

test('a tile is exactly as wide as its path says', () => {
  assert.equal(decodeTile(new Uint8Array(64), 2)?.length, 2)
  for (const [bytes, width] of [
    [64, 1],
    [64, 3],
    [63, 2],
    [0, 0],
    [8224, 257],
  ] as const) {
    assert.equal(decodeTile(new Uint8Array(bytes), width), undefined)
  }
})
