/** A device whose files were put back from a backup: it writes nothing before others have said that nothing is missing. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeSyncMessage } from '@hamlet/space'
import { createMemoryDisk, createMemoryKv } from '@hamlet/store'
import { errorCodeOf } from '../_world.ts'
import { assertEqualSpaces, letIn, Node, pass, TestNetwork } from './_nodes.ts'

type Files = ReadonlyMap<string, Uint8Array>

/** Ada and two friends, all of them in, and nobody connected. */
async function friends(): Promise<[Node, Node, Node]> {
  const network = new TestNetwork()
  const [ada, ben, cleo] = [
    new Node('ada', network),
    new Node('ben', network),
    new Node('cleo', network),
  ]
  await ada.found()
  await letIn(ada, ben)
  await letIn(ada, cleo)
  await pass([ada, ben, cleo], 3_000)
  for (const other of [ben, cleo]) ada.disconnect(other)
  return [ada, ben, cleo]
}

function backup(node: Node): Files {
  return new Map([...node.disk.files()].map(([path, bytes]) => [path, bytes.slice()]))
}

async function putBack(node: Node, files: Files): Promise<void> {
  node.disk = createMemoryDisk({ files })
  node.kv = createMemoryKv()
  node.holdingsKv = createMemoryKv()
  await node.restart()
  node.space.ownLogDoubt.raise()
}

/** Writes once with each of these connected, so that only they have it. */
async function writeTo(writer: Node, reader: Node, text: string): Promise<void> {
  writer.connect(reader)
  await pass([writer, reader], 1_000)
  await writer.write(text)
  await pass([writer, reader], 1_000)
  writer.disconnect(reader)
}

test('nothing is written before a member has been met, and then as if nothing had happened', async () => {
  const [ada, ben] = await friends()
  const files = backup(ada)
  await writeTo(ada, ben, 'after the backup')
  await putBack(ada, files)
  await pass([ada, ben], 30_000)
  assert.equal(await errorCodeOf(ada.write('a second history')), 'SPACE_UNCONFIRMED')
  ada.connect(ben)
  await pass([ada, ben], 3_000)
  assert.equal(ada.space.ownLogDoubt.isOpen, false)
  await ada.write('and on')
  await pass([ada, ben], 1_000)
  assertEqualSpaces(ada, ben)
  assert.deepEqual(ben.messages(), ['after the backup', 'and on'])
  assert.equal(ben.space.forkPoints().length, 0)
})

test('what any member has said to hold counts, whoever tells it', async () => {
  const [ada, ben, cleo] = await friends()
  const files = backup(ada)
  await writeTo(ada, ben, 'only Ben got this')
  const holding = ben.net.of('holding', ada.net.self).at(-1)
  assert.ok(holding?.kind === 'holding')
  await putBack(ada, files)
  // Cleo passes on what Ben has said, as she does with everything she hears.
  ada.connect(cleo)
  await ada.network.settle()
  const handle = cleo.net.of('holding', ada.net.self).at(-1)
  assert.ok(handle?.kind === 'holding')
  cleo.net.sendRaw(ada.net.self, encodeSyncMessage({ ...handle, holding: holding.holding }))
  await pass([ada, cleo], 5_000)
  assert.equal(ada.space.ownLogDoubt.isOpen, true)
  assert.equal(await errorCodeOf(ada.write('a second history')), 'SPACE_UNCONFIRMED')
  ada.connect(ben)
  await pass([ada, ben, cleo], 12_000)
  assert.equal(ada.space.ownLogDoubt.isOpen, false)
  await ada.write('and on')
  await pass([ada, ben, cleo], 1_000)
  assertEqualSpaces(ada, ben, cleo)
})

test('what the device remembers to have written has to be there again, whatever a member says', async () => {
  const [ada, ben, cleo] = await friends()
  const files = backup(ada)
  await writeTo(ada, ben, 'only Ben got this')
  const length = ada.space.lengths().get(ada.device)!
  await putBack(ada, files)
  ada.space.ownLogDoubt.raise(length)
  ada.connect(cleo)
  await pass([ada, cleo], 15_000)
  assert.equal(ada.space.ownLogDoubt.isOpen, true)
  ada.connect(ben)
  await pass([ada, ben, cleo], 12_000)
  assert.equal(ada.space.ownLogDoubt.isOpen, false)
  assert.equal(ada.space.lengths().get(ada.device), length)
})

test('whoever does not want to wait writes anyway, unless a longer log was seen', async () => {
  const [ada, ben] = await friends()
  const files = backup(ada)
  await putBack(ada, files)
  const changes: string[] = []
  ada.space.subscribe(({ kind }) => changes.push(kind))
  ada.space.ownLogDoubt.end()
  ada.space.ownLogDoubt.end()
  assert.deepEqual(changes, ['trusted'])
  await ada.write('alone')
  ada.connect(ben)
  await pass([ada, ben], 2_000)
  assert.deepEqual(ben.messages(), ['alone'])
  await putBack(ada, files)
  const { head } = ben.space.rangeFrom(ada.device, 0, { bytesMax: 1_000_000 })!
  assert.equal(ada.space.noteRemoteHead(ada.device, head), true)
  ada.space.ownLogDoubt.end()
  assert.equal(await errorCodeOf(ada.write('a second history')), 'SPACE_FROZEN')
})
