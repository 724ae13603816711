import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkLayers, findImports } from '../../scripts/check-layers.ts'
import { manifest, messagesOf, plantTree } from './_tree.ts'

const CORE = { 'packages/base/core/package.json': manifest('@hamlet/core') }
const LOG = { 'packages/data/log/package.json': manifest('@hamlet/log', '@hamlet/core') }

test('accepts an import that points down', (t) => {
  const root = plantTree(t, {
    ...CORE,
    ...LOG,
    'packages/base/core/src/index.ts': "export * from './bytes.ts'\n",
    'packages/base/core/src/bytes.ts': 'export const empty = 0\n',
    'packages/data/log/src/log.ts': "import { empty } from '@hamlet/core'\n",
  })
  assert.deepEqual(checkLayers(root), [])
})

test('refuses an import that points up', (t) => {
  const root = plantTree(t, {
    'packages/base/core/package.json': manifest('@hamlet/core', '@hamlet/log'),
    'packages/data/log/package.json': manifest('@hamlet/log'),
    'packages/base/core/src/bytes.ts': "\nimport type { Log } from '@hamlet/log'\n",
  })
  assert.deepEqual(checkLayers(root), [
    {
      file: 'packages/base/core/src/bytes.ts',
      line: 2,
      message: 'packages/base/core must not import packages/data/log, which is above it',
    },
  ])
})

test('refuses an import between space and network in either direction', (t) => {
  const root = plantTree(t, {
    'packages/group/space/package.json': manifest('@hamlet/space', '@hamlet/network'),
    'packages/group/network/package.json': manifest('@hamlet/network', '@hamlet/space'),
    'packages/group/space/src/a.ts': "import { a } from '@hamlet/network'\n",
    'packages/group/network/src/b.ts': "export { b } from '@hamlet/space'\n",
  })
  assert.deepEqual(messagesOf(checkLayers(root)), [
    'packages/group/network/src/b.ts: packages/group/network must not import its neighbour packages/group/space',
    'packages/group/space/src/a.ts: packages/group/space must not import its neighbour packages/group/network',
  ])
})

test('lets tests import the test kit, and sources not', (t) => {
  const root = plantTree(t, {
    ...CORE,
    'packages/testkit/package.json': manifest('@hamlet/testkit'),
    'packages/base/core/test/bytes.test.ts': "import { simulate } from '@hamlet/testkit'\n",
    'packages/base/core/src/bytes.ts': "import { simulate } from '@hamlet/testkit'\n",
  })
  assert.deepEqual(messagesOf(checkLayers(root)), [
    'packages/base/core/src/bytes.ts: only tests, benches and examples import the test kit',
    "packages/base/core/src/bytes.ts: @hamlet/testkit is not among the package's dependencies",
  ])
})

test('finds a cycle between three files and names it once', (t) => {
  const root = plantTree(t, {
    ...CORE,
    'packages/base/core/src/b.ts': "import { c } from './deep/c.ts'\n",
    'packages/base/core/src/deep/c.ts': "import type { A } from '../a.ts'\n",
    'packages/base/core/src/a.ts': "import {\n  b,\n} from './b.ts'\n",
  })
  const path = 'packages/base/core/src'
  assert.deepEqual(messagesOf(checkLayers(root)), [
    `${path}/a.ts: import cycle: ${path}/a.ts > ${path}/b.ts > ${path}/deep/c.ts > ${path}/a.ts`,
  ])
})

test('compares the manifest with the imports both ways', (t) => {
  const root = plantTree(t, {
    'packages/base/core/package.json': manifest('@hamlet/core', 'cborg'),
    'packages/base/core/src/a.ts': "import { x } from '@noble/hashes/sha2.js'\n",
  })
  assert.deepEqual(messagesOf(checkLayers(root)), [
    "packages/base/core/src/a.ts: @noble/hashes is not among the package's dependencies",
    'packages/base/core/package.json: cborg is never imported',
  ])
})

test('wants one exact version of each dependency', (t) => {
  const root = plantTree(t, {
    ...CORE,
    'packages/base/store/package.json': JSON.stringify({
      name: '@hamlet/store',
      devDependencies: { 'fast-check': '^4.9.0' },
    }),
  })
  assert.deepEqual(messagesOf(checkLayers(root)), [
    'packages/base/store/package.json: fast-check ^4.9.0: write an exact version',
    'packages/base/store/package.json: fast-check ^4.9.0: elsewhere it is 4.10.2',
  ])
})

test('refuses a relative path out of the package, and a builtin without its prefix', (t) => {
  const root = plantTree(t, {
    ...CORE,
    'packages/base/core/src/a.ts': "import { b } from '../../store/src/b.ts'\nimport 'fs'\n",
  })
  assert.deepEqual(messagesOf(checkLayers(root)), [
    'packages/base/core/src/a.ts: ../../store/src/b.ts leaves the package',
    "packages/base/core/src/a.ts: write 'node:fs'",
  ])
})

test('keeps the platform out of the ports-only packages, except for their adapters', (t) => {
  const root = plantTree(t, {
    'packages/base/identity/package.json': manifest('@hamlet/identity'),
    'packages/data/log/package.json': manifest('@hamlet/log', '@hamlet/identity'),
    'packages/data/log/src/a.ts': "import { open } from '@hamlet/identity/node'\n",
    'packages/data/log/src/node/b.ts': "import { open } from '@hamlet/identity/node'\n",
  })
  assert.deepEqual(messagesOf(checkLayers(root)), [
    'packages/data/log/src/a.ts: @hamlet/identity/node reaches the platform; only src/node may import it',
  ])
})

test('reads every form of import and nothing that only looks like one', () => {
  const text = [
    "import a from 'one'",
    "import type { B } from 'two'",
    "import 'three'",
    "export { c } from 'four'",
    "const d = await import('five')",
    "export const from = 'not this'",
    " * import e from 'nor this'",
    "interface Range { readonly from: 'nor that' }",
  ].join('\n')
  assert.deepEqual(
    findImports('a.ts', text).map(({ specifier, line }) => `${line} ${specifier}`),
    ['1 one', '2 two', '3 three', '4 four', '5 five'],
  )
})
