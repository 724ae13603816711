/** Goal: whatever comes in, what goes out is a safe path inside the folder, and no two of a share are one anywhere. */
import assert from 'node:assert/strict'
import { posix } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkFileName, mendFileName } from '../src/names/file-name.ts'
import { checkPath, foldName, localPaths, mendPaths } from '../src/names/file-path.ts'

const PIECES = [
  'a',
  'A',
  'ß',
  'SS',
  '/',
  '\\',
  '.',
  '..',
  ' ',
  ':',
  'con',
  'nul.',
  '\u202e',
  '\u0000',
  '\u0301',
  'é',
  'ﬁ',
  'fi',
  '\u200c',
  '\ud800',
  ' (2)',
  '.txt',
  '\u2100',
  'x'.repeat(250),
]
const nasty = fc
  .array(fc.constantFrom(...PIECES), { maxLength: 6 })
  .map((pieces) => pieces.join(''))
const anyName = fc.oneof(
  nasty,
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.string({ unit: 'grapheme' }),
)
const lists = fc.array(fc.array(anyName, { minLength: 1, maxLength: 4 }), { maxLength: 12 })

function assertSafe(path: string): void {
  assert.ok(checkPath(path).ok, JSON.stringify(path))
  assert.equal(posix.normalize(posix.join('/box', path)), `/box/${path}`)
}

/** As a disk that tells the fewest names apart sees it. */
function folded(path: string): string {
  return path.split('/').map(foldName).join('\u0000/')
}

test('a mended name is taken, and a name that is taken is not mended', () => {
  fc.assert(
    fc.property(anyName, (name) => {
      const mended = mendFileName(name)
      assert.ok(checkFileName(mended).ok, JSON.stringify([name, mended]))
      assert.equal(mendFileName(mended), mended)
      if (checkFileName(name).ok) assert.equal(mended, name)
    }),
    { numRuns: 500 },
  )
})

test('paths of this machine become safe paths, one for each, that no disk takes for one', () => {
  fc.assert(
    fc.property(lists, (paths) => {
      const result = mendPaths(paths)
      assert.ok(result.ok)
      assert.equal(result.value.length, paths.length)
      result.value.forEach(assertSafe)
      const all = result.value.map(folded)
      assert.equal(new Set(all).size, all.length)
      for (const path of all) {
        assert.ok(!all.some((other) => other.startsWith(`${path}\u0000/`)), 'a file is no folder')
      }
    }),
    { numRuns: 500 },
  )
})

test('paths from others are written where they say, or beside it, or not at all', () => {
  fc.assert(
    fc.property(lists, (lists) => {
      const paths = lists.map((names) => names.join('/'))
      const result = localPaths(paths)
      assert.equal(
        result.ok,
        paths.every((path) => checkPath(path).ok),
      )
      if (!result.ok) return
      const again = localPaths(result.value)
      assert.deepEqual(again, result, 'what is written is written under its own name again')
    }),
    { numRuns: 500 },
  )
})
