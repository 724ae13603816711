/** Nodes kept in memory are those of the file, whatever was asked for before and however the file has grown. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryDisk } from '@hamlet/store'
import { NodeCache } from '../src/node-cache.ts'
import { TailFile } from '../src/tail-file.ts'
import { nodeCount, nodePosition } from '../src/tree.ts'

function node(position: number, salt: number): Uint8Array {
  const bytes = new Uint8Array(32).fill(salt)
  new DataView(bytes.buffer).setUint32(0, position)
  return bytes
}

async function fileOf(leaves: number, salt: number): Promise<TailFile> {
  const file = new TailFile(await createMemoryDisk().open('tree'))
  for (let position = 0; position < nodeCount(leaves); position++) file.append(node(position, salt))
  return file
}

/** Every perfect subtree of the first `leaves`. */
function* subtrees(leaves: number): Generator<readonly [position: number, size: number]> {
  for (let size = 1; size <= leaves; size *= 2) {
    for (let start = 0; start + size <= leaves; start += size) {
      yield [nodePosition(start, size), size]
    }
  }
}

test('every node is that of the file, read twice, before and after the file has grown', async () => {
  const file = await fileOf(200, 1)
  const cache = new NodeCache(file)
  for (const [position, size] of [...subtrees(200), ...subtrees(200)]) {
    assert.deepEqual(cache.get(position, size), node(position, 1))
  }
  for (let position = nodeCount(200); position < nodeCount(512); position++) {
    file.append(node(position, 1))
    assert.deepEqual(cache.get(position, 1), node(position, 1))
  }
  for (const [position, size] of subtrees(512)) {
    assert.deepEqual(cache.get(position, size), node(position, 1))
  }
})

test('a file that was cut and written anew is read anew once the cache is cleared', async () => {
  const file = await fileOf(300, 1)
  const cache = new NodeCache(file)
  for (const [position, size] of subtrees(300)) cache.get(position, size)
  file.truncate(0)
  for (let position = 0; position < nodeCount(300); position++) file.append(node(position, 2))
  cache.clear()
  for (const [position, size] of subtrees(300)) {
    assert.deepEqual(cache.get(position, size), node(position, 2))
  }
})

test('a read that fails changes nothing', async () => {
  const disk = createMemoryDisk()
  const file = await disk.open('tree')
  for (let position = 0; position < 400; position++) file.append(node(position, 1))
  let isBroken = false
  const broken = new Proxy(file, {
    get(target, name) {
      if (name === 'read' && isBroken) return () => assert.fail('the disk does not answer')
      const value = Reflect.get(target, name, target) as unknown
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  const cache = new NodeCache(new TailFile(broken))
  assert.deepEqual(cache.get(3, 1), node(3, 1))
  isBroken = true
  assert.throws(() => cache.get(200, 1), /does not answer/)
  isBroken = false
  for (const position of [3, 200, 5, 201]) {
    assert.deepEqual(cache.get(position, 1), node(position, 1))
  }
})

test('a node that is not in the file is refused, in its last page too', async () => {
  const cache = new NodeCache(await fileOf(3, 1))
  assert.deepEqual(cache.get(0, 1), node(0, 1))
  for (const size of [1, 64]) {
    assert.throws(() => cache.get(nodeCount(3), size), { code: 'STORE_SHORT_READ' })
  }
})
