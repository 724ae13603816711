// Goal: whatever five holders of one log do in whatever order, among them one that lies, every copy is always the beginning of one
// of the author's histories, and in the end they agree. Method: seeded runs of appends, clears, truncations, copying by ranges, lies,
// power cuts and reopenings, held against what the author wrote.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { equalBytes, utf8 } from '@hamlet/core'
import { decodeLogRange, decodeTruncation, encodeLogRange, encodeTruncation } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { seededRandom } from './_crypto.ts'
import { openAuthor, openCopy } from './_logs.ts'
import type { Random } from '@hamlet/core'
import type { Log, LogRange } from '@hamlet/log'
import type { MemoryDisk } from '@hamlet/store'

const SMALL = { segmentBytes: 600, markBlocks: 6 }
const PEERS = 5
const LIAR = 4
const RUNS = 200
const STEPS = 120

class World {
  readonly #random: Random
  readonly #disks: readonly MemoryDisk[] = Array.from({ length: PEERS }, () => createMemoryDisk())
  readonly #logs: Log[] = []
  /** What the author wrote, by fork. */
  readonly #histories: Uint8Array[][] = [[]]
  readonly #old: LogRange[] = []
  readonly seen = new Map<string, number>()
  #written = 0

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  async start(): Promise<void> {
    for (let peer = 0; peer < PEERS; peer++) await this.#open(peer)
  }

  async step(): Promise<void> {
    const kind = this.#below(20)
    if (kind < 5) await this.#append()
    else if (kind === 5) await this.#truncate()
    else if (kind === 6) await this.#clear()
    else if (kind === 7) await this.#cutPower(this.#below(PEERS))
    else if (kind === 8) await this.#reopen(this.#below(PEERS))
    else if (kind < 12) await this.#lie()
    else await this.#give(this.#below(PEERS), this.#below(PEERS))
    for (const log of this.#logs) this.#check(log)
  }

  /** Everybody tells everybody until nobody learns anything; then nothing is missing that somebody still has. */
  async converge(): Promise<void> {
    for (let isMoving = true; isMoving;) {
      const before = this.#logs.map(({ length, fork }) => `${length}/${fork}`).join()
      for (let from = 0; from < PEERS; from++) {
        for (let to = 1; to < PEERS; to++) await this.#give(from, to)
      }
      isMoving = before !== this.#logs.map(({ length, fork }) => `${length}/${fork}`).join()
    }
    const [author] = this.#logs
    for (const log of this.#logs) {
      this.#check(log)
      assert.equal(log.fork, author!.fork)
      const isStuck = !this.#logs.some((other) => other.has(log.length))
      assert.ok(log.length === author!.length || isStuck)
      const { damages, isSigned } = await log.audit()
      assert.deepEqual([damages, isSigned], [[], true])
    }
  }

  async #append(): Promise<void> {
    const history = this.#histories.at(-1)!
    const blocks = Array.from({ length: 1 + this.#below(6) }, () => utf8(`${this.#written++}`))
    await this.#logs[0]!.append(blocks)
    history.push(...blocks)
  }

  async #truncate(): Promise<void> {
    const author = this.#logs[0]!
    if (author.length === 0) return
    const range = author.rangeFrom(this.#below(author.length), { bytesMax: 5000, blocksMax: 20 })
    if (range) this.#old.push(range)
    const kept = this.#below(author.length)
    await author.truncate(kept)
    this.#histories.push(this.#histories.at(-1)!.slice(0, kept))
    this.#count('truncated')
  }

  async #clear(): Promise<void> {
    const log = this.#logs[this.#below(PEERS)]!
    if (log.length === 0) return
    const from = this.#below(log.length)
    await log.clear(from, Math.min(log.length, from + 1 + this.#below(4)))
    this.#count('cleared')
  }

  /** First the truncations, in order, then as many blocks as a range holds. */
  async #give(from: number, to: number): Promise<void> {
    const [giver, taker] = [this.#logs[from]!, this.#logs[to]!]
    if (from === to) return
    for (const truncation of giver.truncations) {
      assert.ok((await taker.acceptTruncation(truncation)).ok)
    }
    if (taker.length > giver.length && giver.fork === taker.fork) return
    const start = Math.min(taker.length, giver.length)
    const range = giver.rangeFrom(start, { bytesMax: 5000, blocksMax: 1 + this.#below(8) })
    if (!range) return
    const result = await taker.accept(range)
    if (result.ok) return
    assert.ok(giver.fork < taker.fork, JSON.stringify(result.error))
    assert.equal(result.error.code, 'LOG_OLD_FORK')
    this.#count('old fork refused')
  }

  /** Something that was never signed, or was and no longer counts. */
  async #lie(): Promise<void> {
    const [liar, victim] = [this.#logs[LIAR]!, this.#logs[this.#below(LIAR)]!]
    const lie = this.#below(3)
    const old = this.#old[this.#below(Math.max(1, this.#old.length))]
    if (lie === 0 && old) await victim.accept(old)
    else if (lie === 1 && liar.truncations.length > 0) {
      const bytes = encodeTruncation(liar.truncations[this.#below(liar.truncations.length)]!)
      const decoded = decodeTruncation(this.#changed(bytes))
      if (!decoded.ok) return
      const { fork } = victim
      await victim.acceptTruncation(decoded.value)
      assert.equal(victim.fork, fork, 'a changed truncation is not adopted')
      this.#count('truncation lied about')
    } else if (liar.head) {
      const start = Math.min(liar.length, victim.length, this.#below(liar.length + 1))
      const range = liar.rangeFrom(start, { bytesMax: 5000, blocksMax: 5 })!
      const decoded = decodeLogRange(this.#changed(encodeLogRange(range)))
      if (!decoded.ok) return
      await victim.accept(decoded.value)
      this.#count('range lied about')
    }
  }

  #changed(bytes: Uint8Array): Uint8Array {
    const changed = bytes.slice()
    changed[this.#below(bytes.length)]! ^= 1 << this.#below(8)
    return changed
  }

  /** What was acknowledged stays. */
  async #cutPower(peer: number): Promise<void> {
    const { length, fork } = this.#logs[peer]!
    this.#disks[peer]!.crash(this.#random)
    const log = await this.#open(peer)
    assert.deepEqual([log.length, log.fork], [length, fork])
    this.#count('power cut')
  }

  async #reopen(peer: number): Promise<void> {
    await this.#logs[peer]!.close()
    await this.#open(peer)
  }

  async #open(peer: number): Promise<Log> {
    const open = peer === 0 ? openAuthor : openCopy
    const log = await open(this.#disks[peer]!, SMALL)
    this.#logs[peer] = log
    return log
  }

  #check(log: Log): void {
    const history = this.#histories[log.fork]!
    assert.ok(log.length <= history.length)
    for (let index = 0; index < log.length; index++) {
      const block = log.peek(index)
      if (block) assert.ok(equalBytes(block, history[index]!), `block ${index}`)
    }
  }

  #count(event: string): void {
    this.seen.set(event, (this.seen.get(event) ?? 0) + 1)
  }

  #below(limit: number): number {
    const [high, low] = this.#random.bytes(2)
    return (high! * 256 + low!) % limit
  }
}

test('five holders of a log, one of them a liar, never hold anything the author did not write there', async () => {
  const seen = new Set<string>()
  for (let seed = 0; seed < RUNS; seed++) {
    const world = new World(seed)
    await world.start()
    for (let step = 0; step < STEPS; step++) await world.step()
    await world.converge()
    for (const event of world.seen.keys()) seen.add(event)
  }
  assert.deepEqual([...seen].sort(), [
    'cleared',
    'old fork refused',
    'power cut',
    'range lied about',
    'truncated',
    'truncation lied about',
  ])
})
