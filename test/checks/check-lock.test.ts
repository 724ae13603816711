/** What `npm ci` would refuse, or what would bind an install to one machine, is found in the lock file. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkLock } from '../../scripts/check-lock.ts'
import { manifest, messagesOf, plantTree } from './_tree.ts'

const TOP = JSON.stringify({ name: 'top', devDependencies: { tool: '1.2.3' } })
const TREE = {
  'package.json': TOP,
  'packages/base/core/package.json': manifest('@hamlet/core', 'part'),
}
const PACKAGES = {
  '': { devDependencies: { tool: '1.2.3' } },
  'packages/base/core': { dependencies: { part: '0.1.0' } },
  'node_modules/@hamlet/core': { resolved: 'packages/base/core', link: true },
  'node_modules/part': { dependencies: { deep: '^1.0.0' } },
  'node_modules/part/node_modules/deep': {},
  'node_modules/tool': { optionalDependencies: { 'tool-linux': '1.2.3' } },
  'node_modules/tool-linux': {},
}

function lockOf(packages: object): string {
  return JSON.stringify({ lockfileVersion: 3, packages })
}

test('a lock file that says what the manifests say is sound', (t) => {
  const root = plantTree(t, { ...TREE, 'package-lock.json': lockOf(PACKAGES) })
  assert.deepEqual(checkLock(root), [])
})

test('a workspace, a link and a version that the lock file does not have are found', (t) => {
  const { 'node_modules/@hamlet/core': _, ...unlinked } = PACKAGES
  const packages = { ...unlinked, '': { devDependencies: { tool: '1.2.2' } } }
  const root = plantTree(t, {
    ...TREE,
    'apps/new/package.json': manifest('@hamlet/new'),
    'package-lock.json': lockOf(packages),
  })
  assert.deepEqual(messagesOf(checkLock(root)), [
    'package-lock.json: has other devDependencies than package.json',
    'package-lock.json: apps/new is not in it',
    'package-lock.json: node_modules/@hamlet/core does not lead to packages/base/core',
  ])
})

test('a package of another platform that is left out, and the name of a registry, are found', (t) => {
  const { 'node_modules/tool-linux': _, ...rest } = PACKAGES
  const packages = { ...rest, 'node_modules/part': { resolved: 'https://npm.example/part.tgz' } }
  const root = plantTree(t, { ...TREE, 'package-lock.json': lockOf(packages) })
  assert.deepEqual(messagesOf(checkLock(root)), [
    'package-lock.json: node_modules/part names a registry',
    'package-lock.json: tool-linux, which node_modules/tool needs, is not in it',
  ])
})

test('a lock file has to be there', (t) => {
  assert.deepEqual(messagesOf(checkLock(plantTree(t, TREE))), ['package-lock.json: is missing'])
})
