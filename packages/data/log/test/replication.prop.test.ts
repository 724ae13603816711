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
import type { Log, ReplicationEffect, ReplicationEvent, ReplicationOptions } from '@hamlet/log'

const TIMEOUT_MS = 1000
const WANT = 2
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
  /** Blocks sent, each as often as it was. */
  served = 0
  servedBytes = 0
  wakes = false
  gaveUp = false
  idle = false

  constructor(log: Log, options: ReplicationOptions = OPTIONS) {
    this.log = log
    this.machine = new Replication(log, 0, options)
  }

  async perform(effects: readonly ReplicationEffect[]): Promise<void> {
    for (const effect of effects) {
      if (effect.type === 'send') this.outbox.push(encodeReplicationMessage(effect.message))
      else if (effect.type === 'timer') this.wakes = true
      else if (effect.type === 'giveUp') this.gaveUp = true
      else if (effect.type === 'idle') this.idle = true
      else if (effect.type === 'serve') {
        const range = this.log.rangeFrom(effect.want.from, effect.want)!
        this.served += range.blocks.length
        for (const block of range.blocks) this.servedBytes += block.length
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

test('large blocks are asked for as many at once as come in one answer', async () => {
  const log = await openAuthor(createMemoryDisk())
  await log.append(Array.from({ length: 90 }, (_, i) => new Uint8Array(1000).fill(i)))
  const options = { ...OPTIONS, wantBlocks: 20, wantBytes: 6600 }
  const [author, copy] = [new Peer(log), new Peer(await openCopy(createMemoryDisk()), options)]
  const line = { lossPercent: 0, repeatPercent: 0, shuffles: false }
  const turns = await run(author, copy, line, seededRandom(1))
  assert.equal(copy.log.length, 90)
  assert.equal(author.served, 90)
  // 23 answers of 4 blocks, 3 in flight: the first alone, then 8 round trips, not 23.
  assert.ok(turns <= 11, `${turns} turns`)
})

test('however large blocks turn out to be, what waits is no more than the window', async () => {
  const log = await openAuthor(createMemoryDisk())
  await log.append(blocksOf(0, 200))
  await log.append(Array.from({ length: 400 }, (_, i) => new Uint8Array(1000).fill(i)))
  const options = { ...OPTIONS, wantBlocks: 100, wantBytes: 6600 }
  const [author, copy] = [new Peer(log), new Peer(await openCopy(createMemoryDisk()), options)]
  const line = { lossPercent: 0, repeatPercent: 0, shuffles: false }
  await author.perform(author.machine.start())
  const answersMax = OPTIONS.windowWants + 1
  for (let turn = 0; copy.log.length < 600; turn++) {
    assert.ok(turn < 60, `${copy.log.length} blocks`)
    await move(author, copy, line, seededRandom(1))
    const waiting = author.servedBytes - copy.log.byteLength
    assert.ok(waiting <= answersMax * options.wantBytes, `${waiting} bytes wait`)
    const wants = copy.outbox.filter(([type]) => type === WANT)
    assert.ok(wants.length <= answersMax, `${wants.length} wants at once`)
    await move(copy, author, line, seededRandom(1))
  }
  // Two answers to wants of before came for far ahead, and were asked for again.
  assert.ok(author.served <= 600 + 2 * 4, `${author.served} blocks sent`)
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
