import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tidy } from '../../scripts/tidy.ts'
import { manifest, messagesOf, plantTree } from './_tree.ts'

const PACKAGE = {
  'packages/base/core/package.json': manifest('@hamlet/core'),
  'packages/base/core/README.md': '# core\n',
}
const SOURCE = 'packages/base/core/src/a.ts'
const HEADER = '/** A file. */\n'

test('finds nothing in a tidy package', (t) => {
  const root = plantTree(t, {
    ...PACKAGE,
    [SOURCE]: `${HEADER}// The root (if any) is kept.\nexport const a = 1\n`,
    'packages/base/core/src/index.ts':
      "/** All. */\nexport * from './a.ts'\nexport type {\n  B,\n  C,\n} from './b.ts'\n",
  })
  assert.deepEqual(tidy(root), [])
})

test('finds a file of 601 lines and not one of 600', (t) => {
  const line = 'export {}\n'
  const root = plantTree(t, {
    ...PACKAGE,
    [SOURCE]: HEADER + line.repeat(600),
    'packages/base/core/src/b.ts': HEADER + line.repeat(599),
  })
  assert.deepEqual(messagesOf(tidy(root)), [`${SOURCE}: 601 lines; the limit is 600`])
})

test('finds unfinished and commented-out code', (t) => {
  const lines = [
    '// TO' + 'DO: later',
    '// const a = 1',
    '// if (a) {',
    '// Returns the root, which is empty for a log of no entries.',
  ]
  const root = plantTree(t, { ...PACKAGE, [SOURCE]: HEADER + lines.join('\n') })
  assert.deepEqual(
    tidy(root).map(({ line, message }) => `${line}: ${message}`),
    ['2: unfinished: do it or open an issue', '3: commented-out code', '4: commented-out code'],
  )
})

test('finds switched-off tests', (t) => {
  const root = plantTree(t, {
    ...PACKAGE,
    'packages/base/core/test/a.test.ts': [
      'test.' + "only('a', f)",
      'test.' + "skip('b', f)",
      "test('c', { " + 'skip: true }, f)',
      "test('skips what it knows', f)",
    ].join('\n'),
  })
  assert.deepEqual(
    tidy(root).map(({ line }) => line),
    [1, 2, 3],
  )
})

test('finds a check that is switched off without a reason', (t) => {
  const rule = 'oxlint-' + 'disable-next-line no-console'
  const root = plantTree(t, {
    ...PACKAGE,
    [SOURCE]: `${HEADER}// ${rule}\n// ${rule} -- the CLI prints\n`,
  })
  assert.deepEqual(
    tidy(root).map(({ line, message }) => `${line}: ${message}`),
    ['2: switches a check off without a reason'],
  )
})

test('wants kebab-case names', (t) => {
  const root = plantTree(t, {
    ...PACKAGE,
    'packages/base/core/src/MerkleTree.ts': HEADER,
    'packages/base/core/src/merkle-tree.ts': HEADER,
    'packages/base/core/test/merkle-tree.prop.test.ts': '',
    'packages/base/core/test/_util.ts': '',
  })
  assert.deepEqual(messagesOf(tidy(root)), [
    'packages/base/core/src/MerkleTree.ts: file names are kebab-case',
  ])
})

test('wants a header comment in each source, and only re-exports in index.ts', (t) => {
  const root = plantTree(t, {
    ...PACKAGE,
    [SOURCE]: 'export const a = 1\n',
    'packages/base/core/src/index.ts': "export * from './a.ts'\nexport const b = 2\n",
  })
  assert.deepEqual(messagesOf(tidy(root)), [
    `${SOURCE}: opens without a header comment`,
    'packages/base/core/src/index.ts: index.ts only re-exports',
  ])
})

test('finds the path of a machine in any text file', (t) => {
  const root = plantTree(t, { ...PACKAGE, 'docs/hacking.md': 'cd ' + '/' + 'home/ada/hamlet\n' })
  assert.deepEqual(messagesOf(tidy(root)), ['docs/hacking.md: a path of one machine'])
})

test('wants a README and a manifest in each package', (t) => {
  const root = plantTree(t, { 'packages/data/log/src/log.ts': HEADER })
  assert.deepEqual(messagesOf(tidy(root)), [
    'packages/data/log: has no README.md',
    'packages/data/log: has no package.json',
  ])
})
