/** A peer of a later version: what it says beyond what is known here is ignored, and it is never sent away for it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeCbor } from '@hamlet/core'
import { encodeLogRange } from '@hamlet/log'
import { encodeSyncMessage, LATER_KIND_MIN, signHolding } from '@hamlet/space'
import type { SpaceMessageBody } from '@hamlet/space'
import { assertEqualSpaces, letIn, Node, pass, TestNetwork } from './_nodes.ts'

async function trio(): Promise<[Node, Node, Node]> {
  const network = new TestNetwork()
  const nodes = ['ada', 'ben', 'eve'].map((name) => new Node(name, network))
  const [ada, ben, eve] = nodes as [Node, Node, Node]
  await ada.found()
  for (const node of [ben, eve]) await letIn(ada, node)
  await pass(nodes, 2_000)
  return [ada, ben, eve]
}

function say(from: Node, to: Node, body: SpaceMessageBody): void {
  const message = from.net.of('frontier', to.device).at(-1)
  assert.ok(message?.kind === 'frontier')
  from.net.sendRaw(to.device, encodeSyncMessage({ handle: message.handle, ...body }))
}

function assertNobodySuspected(...nodes: readonly Node[]): void {
  for (const { net, engine } of nodes) {
    assert.deepEqual(net.banned, [])
    for (const peer of net.peers()) assert.equal(engine.standing(peer).points, 0)
  }
}

test('messages of kinds that are not known here are ignored, before and behind a greeting', async () => {
  const [ada, ben, eve] = await trio()
  eve.disconnect(ada)
  eve.connect(ada)
  for (const kind of [LATER_KIND_MIN, LATER_KIND_MIN + 1, 2 ** 40]) {
    for (const rest of [[], [2], [new Uint8Array(8), 'news', new Map([['a', 1]])]]) {
      eve.net.sendRaw(ada.device, encodeCbor([kind, ...rest]))
    }
  }
  await eve.write('from a later version')
  await pass([ada, ben, eve], 12_000)
  assertNobodySuspected(ada, ben, eve)
  assertEqualSpaces(ada, ben, eve)
})

test('a statement of what somebody holds in the form of a later version is neither believed nor held against anybody', async () => {
  const [ada, ben, eve] = await trio()
  const before = ada.engine.holders(ada.space.id, ada.device, 0)
  say(eve, ada, { kind: 'holding', holding: encodeCbor([2, 'a new form', [1, 2, 3]]) })
  const { encoded } = signHolding(eve.identity.deviceSigner, {
    ...{ space: ada.space.id, device: eve.device, serial: 2 ** 50 },
    lengths: new Map([[ada.device, 1_000]]),
  })
  const later = encoded.slice()
  later[1] = 2
  say(eve, ada, { kind: 'holding', holding: later })
  await pass([ada, ben, eve], 2_000)
  assertNobodySuspected(ada)
  assert.deepEqual(ada.engine.holders(ada.space.id, ada.device, 0), before)
})

test('entries in another format are not stored, and who brings them stays, with everything else they have', async () => {
  const [ada, ben, eve] = await trio()
  ada.disconnect(eve)
  await eve.write('in the format of today')
  const { device } = eve
  const length = eve.space.lengths().get(device)!
  const range = eve.space.rangeFrom(device, length - 1, { bytesMax: 100_000 })!
  const block = range.blocks[0]!.slice()
  block[0] = 2
  const before = ada.space.lengths().get(device)
  say(ben, ada, {
    ...{ kind: 'range', device },
    range: encodeLogRange({ ...range, blocks: [block] }),
  })
  await ada.network.settle()
  assert.equal(ada.space.lengths().get(device), before)
  assert.deepEqual(ada.net.banned, [])
  assert.ok(ada.net.peers().includes(ben.device))
  await ben.write('what else there is')
  await pass([ada, ben, eve], 12_000)
  assert.ok(ada.messages().includes('what else there is'))
})
