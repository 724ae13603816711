/** What `npm start`, `npm test` and `hamlet` do before any of Hamlet's own code runs. */

import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { plantTree } from './_tree.ts'

interface Launcher {
  readonly findPinnedNode: (folder: string) => string | undefined
  readonly isSupportedNode: (version: string) => boolean
}
interface Bootstrap {
  readonly isInstalled: (folder: string) => boolean
}

const LAUNCHER = fileURLToPath(new URL('../../apps/cli/bin/pinned-node.mjs', import.meta.url))
const BOOTSTRAP = fileURLToPath(new URL('../../scripts/bootstrap.mjs', import.meta.url))
const NODE_FILE = process.platform === 'win32' ? 'node.exe' : 'node'
const PINNED = `node_modules/node/bin/${NODE_FILE}`
const LOCK = '{"lockfileVersion": 3}'

// Plain JavaScript, since it must run before TypeScript can; so its types are said here.
const { findPinnedNode, isSupportedNode } = (await import(LAUNCHER)) as Launcher
const { isInstalled } = (await import(BOOTSTRAP)) as Bootstrap

/** Starts a program that runs `body` in place of itself, through the launcher. */
function launch(t: TestContext, body: string): ChildProcess {
  const root = plantTree(t, {
    'child.mjs': body,
    'parent.mjs': [
      `import { runInstead } from ${JSON.stringify(LAUNCHER)}`,
      "runInstead(process.execPath, ['child.mjs'])",
    ].join('\n'),
  })
  const child = spawn(process.execPath, ['parent.mjs'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  t.after(() => child.kill('SIGKILL'))
  return child
}

test('ends with the exit code of the program it runs', async (t) => {
  const [code] = (await once(launch(t, 'process.exit(7)'), 'exit')) as [number]
  assert.equal(code, 7)
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`hands ${signal} to the program it runs and waits for it`, async (t) => {
    const child = launch(
      t,
      `process.on('${signal}', () => setTimeout(() => process.exit(9), 50)); setInterval(() => {}, 1000); console.log('up')`,
    )
    assert.ok(child.stdout !== null)
    await once(child.stdout, 'data')
    child.kill(signal)
    const [code] = (await once(child, 'exit')) as [number]
    assert.equal(code, 9)
  })
}

test('ends by the signal that ended the program it runs', async (t) => {
  const child = launch(t, "process.kill(process.pid, 'SIGKILL')")
  const [code, signal] = (await once(child, 'exit')) as [number | null, string]
  assert.deepEqual([code, signal], [null, 'SIGKILL'])
})

test('knows which versions of Node can run Hamlet', () => {
  const supported = ['24.21.0', '24.22.1', '25.0.0']
  const unsupported = ['20.20.2', '22.18.0', '24.20.9']
  assert.deepEqual(
    supported.map((version) => isSupportedNode(version)),
    [true, true, true],
  )
  assert.deepEqual(
    unsupported.map((version) => isSupportedNode(version)),
    [false, false, false],
  )
})

test('finds the pinned Node in a folder above', (t) => {
  const root = plantTree(t, { [PINNED]: '', 'apps/cli/bin/a': '' })
  assert.equal(
    findPinnedNode(join(root, 'apps/cli/bin')),
    join(root, 'node_modules/node/bin', NODE_FILE),
  )
})

test('takes an install as current only with the pinned Node and the stamp of this lock file', (t) => {
  const stamp = createHash('sha256').update(LOCK).digest('hex')
  const current = { 'package-lock.json': LOCK, [PINNED]: '', 'node_modules/.hamlet-install': stamp }
  const { [PINNED]: _, ...withoutNode } = current
  assert.equal(isInstalled(plantTree(t, current)), true)
  assert.equal(isInstalled(plantTree(t, { ...current, 'package-lock.json': '{}' })), false)
  assert.equal(isInstalled(plantTree(t, withoutNode)), false)
})
