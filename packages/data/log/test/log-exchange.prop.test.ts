// Five peers, one of them a liar, append, clear, truncate, read and meet in any order. In the end honest ones agree, no block is
// ever wrong, and nobody but the liar was cut off.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { bytesToHex, errorCode } from '@hamlet/core'
import { SparseLog } from '@hamlet/log'
import type { Log } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { testCrypto } from './_crypto.ts'
import { Line, settle, Site, TestClock } from './_exchange.ts'
import { namespace, openAuthor, openCopy, signer } from './_logs.ts'

/** So few worlds are always the same ones, so that they reach every state; `EXCHANGE_RUNS` asks for others. */
const RUNS = Number(process.env['EXCHANGE_RUNS'] ?? 60)
const SEED = process.env['EXCHANGE_RUNS'] === undefined ? { seed: 1 } : {}

type Step =
  | { readonly type: 'append'; readonly blocks: readonly number[] }
  | { readonly type: 'truncate'; readonly part: number }
  | { readonly type: 'clear'; readonly who: number; readonly from: number; readonly count: number }
  | { readonly type: 'read'; readonly who: number; readonly part: number }
  | { readonly type: 'meet'; readonly a: number; readonly b: number }
  | { readonly type: 'part'; readonly line: number }
  | { readonly type: 'deliver'; readonly frames: number }
  | { readonly type: 'wait' }

const part = fc.double({ min: 0, max: 1, noNaN: true })
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant('append' as const),
    blocks: fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 40 }),
  }),
  fc.record({ type: fc.constant('truncate' as const), part }),
  fc.record({
    type: fc.constant('clear' as const),
    who: fc.nat(4),
    from: fc.nat(60),
    count: fc.nat(30),
  }),
  fc.record({ type: fc.constant('read' as const), who: fc.integer({ min: 3, max: 4 }), part }),
  fc.record({ type: fc.constant('meet' as const), a: fc.nat(4), b: fc.nat(4) }),
  fc.record({ type: fc.constant('part' as const), line: fc.nat(10) }),
  fc.record({ type: fc.constant('deliver' as const), frames: fc.nat(30) }),
  fc.constant({ type: 'wait' as const }),
)

/** The liar is the third: a complete copy whose frames are damaged on their way, now and then. */
const LIAR = 2

function openSparse(): Promise<SparseLog> {
  return SparseLog.open({
    disk: createMemoryDisk(),
    crypto: testCrypto,
    directory: 'copy',
    publicKey: signer.publicKey,
    namespace,
    blockFileBytes: 2000,
  })
}

class World {
  readonly clock = new TestClock()
  readonly sites = ['author', 'copy', 'liar', 'sparse', 'thin'].map(
    (name) => new Site(name, this.clock, { window: 2, wantBytes: 600, timeoutMs: 1000 }),
  )
  readonly logs: readonly (Log | SparseLog)[]
  readonly lines: Line[] = []
  /** Every block that ever stood at a place, by fork. */
  readonly written = new Set<string>()
  readonly random: () => number
  reads = 0
  clears = 0
  #counter = 0

  private constructor(logs: readonly (Log | SparseLog)[], random: () => number) {
    this.logs = logs
    this.random = random
    for (const [i, log] of logs.entries()) this.sites[i]!.exchange.add(log)
  }

  static async make(random: () => number): Promise<World> {
    const logs = [
      await openAuthor(createMemoryDisk(), { segmentBytes: 4000 }),
      await openCopy(createMemoryDisk(), { segmentBytes: 4000 }),
      await openCopy(createMemoryDisk()),
      await openSparse(),
      await openSparse(),
    ]
    return new World(logs, random)
  }

  get author(): Log {
    return this.logs[0] as Log
  }

  async play(each: Step): Promise<void> {
    switch (each.type) {
      case 'append':
        await this.#append(each.blocks)
        return
      case 'truncate':
        if (this.author.length > 0 && this.author.fork < 3) {
          await this.author.truncate(Math.floor(each.part * (this.author.length - 1)))
        }
        return
      case 'clear': {
        const log = this.logs[each.who]!
        const to = Math.min(each.from + each.count, log.length)
        if (each.from >= to || each.who === 0) return
        // A truncation that is being adopted may take the blocks first.
        await log.clear(each.from, to).catch((error: unknown) => {
          assert.equal(errorCode(error), 'LOG_OUT_OF_RANGE')
        })
        this.clears++
        return
      }
      case 'read':
        this.#read(this.logs[each.who] as SparseLog, each.part)
        return
      case 'meet':
        if (each.a !== each.b) this.meet(each.a, each.b)
        return
      case 'part':
        this.lines[each.line]?.cut()
        return
      case 'deliver':
        await this.#deliver(each.frames)
        return
      case 'wait':
        this.clock.advance(1500)
    }
  }

  meet(a: number, b: number): Line {
    const line = new Line(this.sites[a]!, this.sites[b]!)
    const liarSends = a === LIAR ? 'b' : b === LIAR ? 'a' : undefined
    line.tamper = (frame, to) => {
      if (to !== liarSends || frame.length < 40 || this.random() < 0.7) return frame
      const changed = frame.slice()
      changed[Math.floor(this.random() * changed.length)]! ^= 1 + Math.floor(this.random() * 255)
      return changed
    }
    this.lines.push(line)
    return line
  }

  async #append(lengths: readonly number[]): Promise<void> {
    const blocks = lengths.map((length) => {
      const block = new Uint8Array(length + 4)
      new DataView(block.buffer).setUint32(0, this.#counter++)
      return block
    })
    const { from } = await this.author.append(blocks)
    for (const [i, block] of blocks.entries()) {
      this.written.add(`${from + i} ${bytesToHex(block)}`)
    }
  }

  #read(log: SparseLog, at: number): void {
    if (log.length === 0) return
    const index = Math.floor(at * (log.length - 1))
    void log.load(index).then(
      (block) => {
        this.reads++
        assert.ok(this.written.has(`${index} ${bytesToHex(block)}`))
      },
      () => undefined,
    )
  }

  async #deliver(frames: number): Promise<void> {
    for (let i = 0; i < frames; i++) {
      const waiting = this.lines.filter((line) => line.frames.length > 0)
      if (waiting.length === 0) break
      waiting[Math.floor(this.random() * waiting.length)]!.step()
      if (this.random() < 0.3) await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Whatever anybody holds is what the author wrote there. */
  checkBlocks(): void {
    for (const log of this.logs) {
      for (const [from, to] of log.storedRanges()) {
        for (let index = from; index < Math.min(to, log.length); index++) {
          const block = log.peek(index)
          assert.ok(!block || this.written.has(`${index} ${bytesToHex(block)}`), `block ${index}`)
        }
      }
    }
  }
}

test('honest peers agree in the end, hold no wrong block, and cut off nobody but the liar', async () => {
  const worlds = fc.tuple(fc.array(step, { minLength: 30, maxLength: 90 }), fc.nat())
  await fc.assert(
    fc.asyncProperty(worlds, async ([steps, seed]) => {
      const world = await World.make(randomOf(seed))
      for (const each of steps) await world.play(each)
      world.checkBlocks()
      for (const line of world.lines) line.cut()
      const lines = [world.meet(0, 1), world.meet(1, 3), world.meet(3, 4)]
      await settle(lines)
      world.clock.advance(5000)
      await settle(lines)
      world.checkBlocks()
      const { author } = world
      const [, copy, , sparse, thin] = world.logs
      for (const log of [copy!, sparse!, thin!]) {
        assert.deepEqual([log.fork, log.length], [author.fork, author.length])
        if (author.length > 0) assert.deepEqual(log.head!.root, author.head!.root)
      }
      const blamed = world.sites.flatMap(({ name, refusals }) =>
        name === 'liar' ? [] : refusals.map(({ peer, error }) => `${peer}: ${error.message}`),
      )
      assert.deepEqual(
        // A line on which nothing is delivered for long is given up, whoever is at its end.
        blamed.filter((entry) => !entry.startsWith('liar') && !entry.endsWith('does not answer')),
        [],
      )
      note(
        'liar cut off',
        world.sites.some(({ refusals }) => refusals.length > 0),
      )
      note('truncated', author.fork > 0)
      note('copied', copy!.length > 0)
      note('read from afar', world.reads > 0)
      note('cleared', world.clears > 0)
      for (const { exchange } of world.sites) exchange.close()
    }),
    { numRuns: RUNS, endOnFailure: true, ...SEED },
  )
  for (const state of ['liar cut off', 'truncated', 'copied', 'read from afar', 'cleared']) {
    assert.ok((reached.get(state) ?? 0) > 0, `no world in which: ${state}`)
  }
})

const reached = new Map<string, number>()

function note(state: string, isReached: boolean): void {
  if (isReached) reached.set(state, (reached.get(state) ?? 0) + 1)
}

function randomOf(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
