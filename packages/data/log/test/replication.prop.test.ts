// Goal: two peers end with equal logs over a line that loses, repeats and reorders messages. Method: both state machines
// over real logs, a seeded line, virtual time.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Replication, decodeReplicationMessage, encodeReplicationMessage } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { seededRandom } from './_crypto.ts'
import { blocksOf, openAuthor, openCopy } from './_logs.ts'
import type { Random } from '@hamlet/core'
import type { Log, ReplicationEffect, ReplicationEvent } from '@hamlet/log'

const TIMEOUT_MS = 1000
const OPTIONS = { windowWants: 3, wantBlocks: 7, wantBytes: 4000, timeoutMs: TIMEOUT_MS }

interface Line {
  readonly lossPercent: number
  readonly repeatPercent: number
  readonly shuffles: boolean
}

class Peer {
  readonly log: Log
  readonly outbox: Uint8Array[] = []
  readonly machine: Replication
  wakes = false
  gaveUp = false
  idle = false

  constructor(log: Log) {
    this.log = log
    this.machine = new Replication(log, 0, OPTIONS)
  }

  async perform(effects: readonly ReplicationEffect[]): Promise<void> {
    for (const effect of effects) {
      if (effect.type === 'send') this.outbox.push(encodeReplicationMessage(effect.message))
      else if (effect.type === 'timer') this.wakes = true
      else if (effect.type === 'giveUp') this.gaveUp = true
      else if (effect.type === 'idle') this.idle = true
      else if (effect.type === 'serve') {
        const range = this.log.rangeFrom(effect.want.from, effect.want)!
        this.outbox.push(encodeReplicationMessage({ type: 'range', range }))
      } else {
        const result = await this.log.accept(effect.range)
        const { length, head } = this.log
        await this.step(
          result.ok ? { type: 'accepted', length, head } : { type: 'refused', error: result.error },
        )
      }
    }
  }

  async step(event: ReplicationEvent): Promise<void> {
    await this.perform(this.machine.step(event))
  }

  async receive(bytes: Uint8Array): Promise<void> {
    const message = decodeReplicationMessage(bytes)
    assert.ok(message.ok)
    await this.step({ type: 'message', message: message.value })
  }
}

const below = (random: Random, limit: number): number => random.bytes(1)[0]! % limit

async function run(author: Peer, copy: Peer, line: Line, random: Random): Promise<number> {
  await author.perform(author.machine.start())
  await copy.perform(copy.machine.start())
  let turns = 0
  while (copy.log.length < author.log.length && !copy.gaveUp && turns < 3000) {
    turns++
    const moved =
      (await move(author, copy, line, random)) + (await move(copy, author, line, random))
    if (moved > 0) continue
    for (const peer of [author, copy]) await peer.step({ type: 'tick', nowMs: turns * TIMEOUT_MS })
    // A lost announcement is repeated when the connection comes back; here that is a new one.
    const { length, head } = author.log
    if (head)
      await copy.step({ type: 'message', message: { type: 'head', head, available: length } })
  }
  return turns
}

async function move(from: Peer, to: Peer, line: Line, random: Random): Promise<number> {
  const messages = from.outbox.splice(0)
  if (line.shuffles) messages.sort(() => below(random, 3) - 1)
  for (const message of messages) {
    if (below(random, 100) < line.lossPercent) continue
    await to.receive(message)
    if (below(random, 100) < line.repeatPercent) await to.receive(message)
  }
  return messages.length
}

const lineArbitrary = fc.record({
  lossPercent: fc.constantFrom(0, 0, 10, 25),
  repeatPercent: fc.constantFrom(0, 20),
  shuffles: fc.boolean(),
})

test('a copy ends equal to the author over any line', async () => {
  const property = fc.asyncProperty(
    fc.integer({ min: 1, max: 120 }),
    fc.integer({ min: 0, max: 60 }),
    lineArbitrary,
    fc.nat(1e6),
    async (blocks, known, line, seed) => {
      const log = await openAuthor(createMemoryDisk())
      await log.append(blocksOf(0, blocks))
      const copyLog = await openCopy(createMemoryDisk())
      if (known > 0) await copyLog.accept(log.rangeFrom(0, { bytesMax: 1e5, blocksMax: known })!)
      const [author, copy] = [new Peer(log), new Peer(copyLog)]
      await run(author, copy, line, seededRandom(seed))
      if (copy.gaveUp) return line.lossPercent > 0
      assert.deepEqual([...copyLog.blocks()], blocksOf(0, blocks))
      return true
    },
  )
  await fc.assert(property, { numRuns: 60 })
})

test('on a good line wants are pipelined and nothing is asked twice', async () => {
  const log = await openAuthor(createMemoryDisk())
  await log.append(blocksOf(0, 70))
  const [author, copy] = [new Peer(log), new Peer(await openCopy(createMemoryDisk()))]
  const line = { lossPercent: 0, repeatPercent: 0, shuffles: false }
  const turns = await run(author, copy, line, seededRandom(1))
  assert.equal(copy.log.length, 70)
  assert.ok(copy.idle)
  // 10 wants of 7 blocks, 3 in flight: 4 round trips and the announcement, not 10.
  assert.ok(turns <= 6, `${turns} turns`)
})

test('new blocks are announced and fetched while connected', async () => {
  const log = await openAuthor(createMemoryDisk())
  const [author, copy] = [new Peer(log), new Peer(await openCopy(createMemoryDisk()))]
  const line = { lossPercent: 0, repeatPercent: 0, shuffles: false }
  for (let to = 1; to <= 30; to += 5) {
    await log.append(blocksOf(log.length, to))
    await author.step({ type: 'local', length: log.length, head: log.head })
    while (copy.log.length < to) {
      await move(author, copy, line, seededRandom(1))
      await move(copy, author, line, seededRandom(1))
    }
  }
  assert.deepEqual([...copy.log.blocks()], blocksOf(0, 26))
})

test('a peer that never answers is given up after the retries', async () => {
  const log = await openAuthor(createMemoryDisk())
  await log.append(blocksOf(0, 5))
  const copy = new Peer(await openCopy(createMemoryDisk()))
  await copy.step({ type: 'message', message: { type: 'head', head: log.head!, available: 5 } })
  for (let tick = 1; tick < 20 && !copy.gaveUp; tick++) {
    await copy.step({ type: 'tick', nowMs: tick * TIMEOUT_MS })
  }
  assert.ok(copy.gaveUp)
  assert.equal(copy.outbox.length, 6)
})

test('any bytes are a message or are refused with a code', () => {
  const property = fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    const decoded = decodeReplicationMessage(bytes)
    if (decoded.ok) assert.deepEqual(encodeReplicationMessage(decoded.value), bytes)
    else assert.equal(decoded.error.code, 'LOG_MALFORMED')
  })
  fc.assert(property, { numRuns: 2000 })
})
