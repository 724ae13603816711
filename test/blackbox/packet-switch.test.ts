/** The switch between plain UDP sockets that stand for network cards: who gets which frame, when and how often. */

import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { afterEach, beforeEach, test } from 'node:test'
import { PacketSwitch, PERFECT } from './packet-switch.ts'
import { SeededRandom } from './seeded-random.ts'

const QUIET_MS = 100
const PATIENCE_MS = 10_000
const ALL = 0xff

class Card {
  readonly received: { readonly number: number; readonly atMs: number }[] = []
  readonly #socket: Socket = createSocket('udp4')
  readonly #port: number

  constructor(port: number) {
    this.#port = port
    this.#socket.on('message', (frame) => {
      this.received.push({ number: frame[6]!, atMs: performance.now() })
    })
  }

  get numbers(): number[] {
    return this.received.map(({ number }) => number)
  }

  /** A frame to a host, or to all, with a number to know it by. */
  async send(to: number, number: number, bytes = 60): Promise<void> {
    const frame = new Uint8Array(bytes)
    frame.set(to === ALL ? Array.from({ length: 6 }, () => ALL) : [2, 0, 0, 0, 0, to])
    frame[6] = number
    this.#socket.send(frame, this.#port, '127.0.0.1')
    await new Promise((resolve) => setImmediate(resolve))
  }

  close(): void {
    this.#socket.close()
  }
}

let network: PacketSwitch
let cards: Card[]

beforeEach(async () => {
  network = new PacketSwitch(new SeededRandom(7))
  cards = []
  for (const host of [1, 2, 3]) cards.push(new Card(await network.addPort(host)))
  // The switch learns a card from its first frame.
  for (const card of cards) await card.send(ALL, 0)
  await until(() => network.counts.frames === 6)
  await arrived(3)
  for (const card of cards) card.received.splice(0)
})

afterEach(() => {
  network.close()
  for (const card of cards) card.close()
})

/** Waits until so many frames have arrived in all, then whether more come. */
async function arrived(count: number): Promise<void> {
  await until(() => cards.reduce((sum, { received }) => sum + received.length, 0) >= count)
  await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
}

async function until(isSo: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS
  while (!isSo() && performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('a frame goes to the host it names, and one for all to all others', async () => {
  await cards[0]!.send(2, 5)
  await cards[0]!.send(ALL, 6)
  await arrived(3)
  assert.deepEqual(
    cards.map(({ numbers }) => numbers),
    [[], [5, 6], [6]],
  )
})

test('a block is of one direction and can be lifted', async () => {
  network.setBlocked(1, 2, true)
  await cards[0]!.send(2, 5)
  await cards[1]!.send(1, 6)
  await arrived(1)
  network.setBlocked(1, 2, false)
  await cards[0]!.send(2, 7)
  await arrived(2)
  assert.deepEqual([cards[0]!.numbers, cards[1]!.numbers], [[6], [7]])
  assert.equal(network.counts.blocked, 1)
})

test('what is lost does not come, what is duplicated comes twice, and both are counted', async () => {
  network.setQuality(1, 2, { ...PERFECT, loss: 1 })
  network.setQuality(1, 3, { ...PERFECT, duplicate: 1 })
  await cards[0]!.send(2, 5)
  await cards[0]!.send(3, 6)
  await arrived(2)
  assert.deepEqual([cards[1]!.numbers, cards[2]!.numbers], [[], [6, 6]])
  assert.deepEqual([network.counts.lost, network.counts.duplicated], [1, 1])
})

test('a delayed frame comes late, and jitter alone does not change the order', async () => {
  network.setQuality(1, 2, { ...PERFECT, delayMs: 60, jitterMs: 50 })
  const startMs = performance.now()
  const sent = Array.from({ length: 30 }, (_, number) => number)
  for (const number of sent) await cards[0]!.send(2, number)
  await arrived(sent.length)
  assert.deepEqual(cards[1]!.numbers, sent)
  assert.ok(cards[1]!.received[0]!.atMs - startMs >= 9, 'not before its delay')
  assert.equal(network.counts.reordered, 0)
})

test('reordered frames overtake each other', async () => {
  network.setQuality(1, 2, { ...PERFECT, reorder: 0.5 })
  const sent = Array.from({ length: 40 }, (_, number) => number)
  for (const number of sent) await cards[0]!.send(2, number)
  await arrived(sent.length)
  assert.notDeepEqual(cards[1]!.numbers, sent)
  assert.deepEqual(
    cards[1]!.numbers.toSorted((a, b) => a - b),
    sent,
  )
})

test('a narrow line delays what it can queue and drops the rest', async () => {
  network.setQuality(1, 2, { ...PERFECT, bytesPerSecond: 10_000 })
  for (let number = 0; number < 20; number++) await cards[0]!.send(2, number, 1000)
  await until(() => cards[1]!.received.length + network.counts.overflowed === 20)
  const { length } = cards[1]!.received
  assert.ok(length >= 3 && length < 10, `${length} came through`)
  assert.equal(network.counts.overflowed, 20 - length)
  assert.ok(cards[1]!.received.at(-1)!.atMs - cards[1]!.received[0]!.atMs > 150)
})
