/**
 * A space of 500 members, six of whom have a device in this world: they talk, one comes in as number 501, and one is
 * removed while apart, writes on and reads nothing that is written afterwards. On real processes:
 * `test/e2e/large-space.slow.test.ts`.
 *
 * @timeoutSeconds 240
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Peer } from '../_world.ts'
import { assertEqualSpaces, letIn, Node, pass, TestNetwork } from './_nodes.ts'

const MEMBERS = 500
/** Two seals for each, to their device and to their recovery key, of 117 bytes as encoded, and some to spare. */
const REMOVAL_BYTES_MAX = 125_000

function connectAll(nodes: readonly Node[]): void {
  nodes.forEach((node, i) => node.connect(...nodes.slice(i + 1)))
}

/** `founder`'s space with so many members; `live` are the last of them. */
async function found(founder: Node, live: readonly Node[]): Promise<void> {
  await founder.found()
  const link = await founder.invite({ mode: 'auto', maxUses: MEMBERS })
  for (let i = 1; i < MEMBERS - live.length; i++) {
    assert.ok((await founder.space.submitRequest(new Peer(`Member ${i}`).request(link))).ok)
  }
  for (const node of live) await letIn(founder, node)
  assert.equal(founder.space.members().length, MEMBERS)
}

test('of 500 members those who are there agree, and whoever is removed among them reads no further', async () => {
  const network = new TestNetwork()
  const names = ['Ada', 'Ben', 'Cleo', 'Dan', 'Eve', 'Finn'] as const
  const nodes = names.map((name) => new Node(name, network))
  const [ada, ben, cleo, dan, eve, finn] = nodes as [Node, Node, Node, Node, Node, Node]
  const founding = [ada, ben, cleo, dan, eve]
  await found(ada, founding.slice(1))
  connectAll(founding)
  for (const node of founding) await node.write(`${node.name} is here`)
  await pass(founding, 3_000)
  assertEqualSpaces(...founding)
  for (const node of founding) assert.equal(node.messages().length, founding.length)

  await letIn(ada, finn)
  connectAll(nodes)
  await pass(nodes, 3_000)
  assertEqualSpaces(...nodes)
  assert.equal(eve.space.members().length, MEMBERS + 1)
  assert.equal(finn.messages().length, founding.length)

  // Dan is apart when he is removed, and does not know it.
  dan.disconnect(ada, ben, cleo, eve, finn)
  const before = ada.space.storedBytes
  await ada.space.remove(dan.person)
  const bytes = ada.space.storedBytes - before
  assert.ok(bytes > MEMBERS * 48 && bytes < REMOVAL_BYTES_MAX, `${bytes} bytes`)
  await dan.write('on the train')
  const staying = nodes.filter((node) => node !== dan)
  await pass(staying, 3_000)
  for (const node of staying) await node.write(`${node.name} without Dan`)
  await pass(staying, 3_000)
  const known = dan.messages()
  dan.connect(...staying)
  await pass(nodes, 12_000)
  assertEqualSpaces(...staying)
  for (const node of staying) {
    assert.equal(node.space.members().length, MEMBERS)
    assert.equal(node.messages().length, founding.length + staying.length)
    assert.deepEqual(
      node.space.setAside().map(({ person, content }) => [person, content?.value]),
      [[dan.person, ['on the train']]],
    )
  }
  assert.equal(dan.space.ownRole, undefined)
  assert.deepEqual(
    dan.messages().filter((text) => !known.includes(text)),
    [],
  )
})
