// The small parts of a swarm: limits on rates, what is to be expected of a source, who gets a slot, what goes unsigned.
import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { Choker } from '../../src/swarm/choker.ts'
import type { Candidate } from '../../src/swarm/choker.ts'
import { RateMeter } from '../../src/swarm/rate-meter.ts'
import { ReceiptBook } from '../../src/swarm/receipt-book.ts'
import type { DueReceipt } from '../../src/swarm/receipt-book.ts'
import { SourceEstimate } from '../../src/swarm/source-estimate.ts'
import {
  SWARM_DEBT_MS_MAX,
  SWARM_FORGIVE_MS,
  SWARM_WINDOW_MAX,
} from '../../src/swarm/swarm-limits.ts'
import type { SwarmAccounts } from '../../src/swarm/swarm-types.ts'
import { TokenBucket } from '../../src/swarm/token-bucket.ts'

const CHUNK = 262_144
const MIB = 1024 * 1024

suite('a limit on a rate', () => {
  test('lets through the rate and one burst, however it is used', () => {
    const step = fc.tuple(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 1, max: 500_000 }))
    fc.assert(
      fc.property(fc.array(step), fc.integer({ min: 1000, max: 1_000_000 }), (steps, rate) => {
        const bucket = new TokenBucket(rate, 0)
        let [nowMs, taken, largest] = [0, 0, 0]
        for (const [pauseMs, bytes] of steps) {
          nowMs += pauseMs
          if (bucket.waitMs(nowMs) > 0) continue
          bucket.take(bytes)
          taken += bytes
          largest = Math.max(largest, bytes)
        }
        assert.ok(taken <= (rate * (nowMs + 1000)) / 1000 + largest + 1)
      }),
      { numRuns: 100 },
    )
  })

  test('says how long to wait, and no longer', () => {
    const bucket = new TokenBucket(1000, 0)
    bucket.take(3000)
    const waitMs = bucket.waitMs(0)
    assert.equal(waitMs, 2001)
    assert.ok(bucket.waitMs(waitMs - 10) > 0)
    assert.equal(bucket.waitMs(waitMs), 0)
  })

  test('of nothing lets nothing through, without one everything', () => {
    const bucket = new TokenBucket(0, 0)
    assert.equal(bucket.waitMs(1e9), Number.POSITIVE_INFINITY)
    bucket.setRate(Number.POSITIVE_INFINITY, 0)
    bucket.take(1e12)
    assert.equal(bucket.waitMs(0), 0)
    bucket.setRate(1000, 0)
    bucket.take(500)
    assert.ok(bucket.waitMs(0) > 0)
  })
})

suite('a meter', () => {
  test('shows a constant rate from the first second on, and forgets it', () => {
    const meter = new RateMeter()
    for (let ms = 0; ms <= 20_000; ms += 100) {
      meter.add(1000, ms)
      if (ms >= 1000) assert.ok(Math.abs(meter.bytesPerSecond(ms) - 10_000) < 1500)
    }
    assert.ok(meter.bytesPerSecond(60_000) < 50)
    assert.equal(meter.total, 201_000)
  })
})

/** A line of so many bytes a millisecond after so long a way, kept full by the window. */
function run(rate: number, roundTripMs: number, chunks: number): SourceEstimate {
  const estimate = new SourceEstimate(CHUNK)
  const open: { askedMs: number; arrivesMs: number }[] = []
  let [nowMs, freeMs, openBytes] = [0, 0, 0]
  for (let answered = 0; answered < chunks;) {
    while (open.length < estimate.window) {
      estimate.asked(openBytes, nowMs)
      openBytes += CHUNK
      freeMs = Math.max(freeMs, nowMs + roundTripMs) + CHUNK / rate
      open.push({ askedMs: nowMs, arrivesMs: freeMs })
    }
    const { askedMs, arrivesMs } = open.shift()!
    nowMs = arrivesMs
    openBytes -= CHUNK
    estimate.answered(CHUNK, askedMs, nowMs)
    answered++
  }
  return estimate
}

suite('what is expected of a source', () => {
  test('the window of a fast line grows to what fills it, that of a slow one stays small', () => {
    assert.equal(run(200_000, 1, 60).window, SWARM_WINDOW_MAX)
    // 10 MB/s over 100 ms: 1 MB on the way, and a second more.
    const middle = run(10_000, 100, 120)
    assert.ok(middle.window >= 40 && middle.window <= 46, `${middle.window}`)
    assert.ok(Math.abs(middle.rate! - 10_000) < 500)
    assert.equal(run(30, 50, 10).window, 2)
  })

  test('patience is some times what an answer takes, between its bounds', () => {
    assert.equal(run(200_000, 1, 60).patienceMs(CHUNK) < 3200, true)
    assert.equal(run(10, 50, 5).patienceMs(CHUNK), 30_000)
  })

  test('whoever is late is asked for one thing until it answers', () => {
    const estimate = run(200_000, 1, 60)
    estimate.late()
    assert.equal(estimate.window, 1)
    assert.equal(estimate.strikes, 1)
    estimate.answered(CHUNK, 0, 100_000)
    assert.equal(estimate.strikes, 0)
    assert.ok(estimate.window >= 2)
  })
})

function candidate(peer: string, more: Partial<Candidate> = {}): Candidate {
  return { peer, rate: 0, rank: 0, sinceMs: 0, isSpare: false, ...more }
}

suite('slots', () => {
  test('are never more than there are, nor left empty while somebody wants one', () => {
    const one = fc.record({
      rate: fc.nat(1_000_000),
      rank: fc.double({ min: 0, max: 1, noNaN: true }),
      sinceMs: fc.nat(),
      isSpare: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(one), fc.integer({ min: 0, max: 12 }), (each, slots) => {
        const candidates = each.map((more, i) => candidate(`p${i}`, more))
        const choker = new Choker()
        const chosen = choker.choose(candidates, slots, 0)
        assert.equal(chosen.size, Math.min(slots, candidates.length))
        const again = new Choker().choose(candidates.toReversed(), slots, 0)
        assert.deepEqual([...again].sort(), [...chosen].sort())
      }),
    )
  })

  test('three quarters go to who gives most or has the best name', () => {
    const candidates = Array.from({ length: 20 }, (_, i) => candidate(`p${i}`, { rate: i }))
    const chosen = new Choker().choose(candidates, 8, 0)
    for (const peer of ['p19', 'p18', 'p17', 'p16', 'p15', 'p14']) assert.ok(chosen.has(peer))
    const named = [...candidates, candidate('friend', { rank: 1 })]
    assert.ok(new Choker().choose(named, 8, 0).has('friend'))
  })

  test('a quarter goes round among everybody, half a minute each, whatever they give', () => {
    const choker = new Choker()
    const turns = new Map<string, number>()
    const candidates = Array.from({ length: 20 }, (_, i) => candidate(`p${i}`, { rate: 20 - i }))
    for (let round = 0; round < 60; round++) {
      const chosen = choker.choose(candidates, 4, (round + 1) * 10_000)
      for (const { peer } of candidates.slice(3)) {
        if (chosen.has(peer)) turns.set(peer, 1 + (turns.get(peer) ?? 0))
      }
    }
    // The best three have slots of their own; while one of them has its turn, the fourth has the slot that it leaves.
    const lowest = candidates.slice(4).map(({ peer }) => turns.get(peer))
    assert.deepEqual(new Set(lowest), new Set([3]))
  })

  test('whoever takes and never gives has no more than its turn', () => {
    const choker = new Choker()
    const givers = Array.from({ length: 7 }, (_, i) => candidate(`giver ${i}`, { rank: 0.5 }))
    let count = 0
    for (let round = 0; round < 240; round++) {
      const chosen = choker.choose([...givers, candidate('leech')], 4, (round + 1) * 10_000)
      if (chosen.has('leech')) count++
    }
    assert.equal(count, 240 / 8)
  })

  test('who came later waits longer, and who comes back has no turn before others', () => {
    const choker = new Choker()
    const [old, late] = [candidate('old', { sinceMs: 1 }), candidate('late', { sinceMs: 2 })]
    assert.ok(choker.choose([late, old], 1, 10).has('old'))
    assert.ok(choker.choose([late], 1, 20).has('late'))
    assert.ok(choker.choose([late, candidate('old', { sinceMs: 30 })], 1, 30).has('late'))
    assert.ok(choker.choose([late, candidate('old', { sinceMs: 30 })], 1, 30_100).has('old'))
  })

  test('who owes more than they may gets what nobody else wants', () => {
    const choker = new Choker()
    const debtor = candidate('debtor', { isSpare: true, rank: 1, rate: 100 })
    const others = Array.from({ length: 4 }, (_, i) => candidate(`p${i}`, { sinceMs: 5 }))
    assert.equal(choker.choose([debtor, ...others], 4, 0).has('debtor'), false)
    assert.equal(choker.choose([debtor, ...others.slice(1)], 4, 40_000).has('debtor'), true)
  })
})

suite('what goes unsigned', () => {
  const id = { root: new Uint8Array(32).fill(1), sizeBytes: 100 * MIB }
  const receipt = Uint8Array.of(1)

  function bookOf(more: Partial<SwarmAccounts> = {}): {
    book: ReceiptBook
    pass(ms: number): void
  } {
    let nowMs = 0
    const clock = { monotonic: () => nowMs, wall: () => nowMs, after: () => () => undefined }
    const accounts: SwarmAccounts = {
      stepBytes: () => MIB,
      received: (_peer, _id, bytes) => Uint8Array.of(bytes / CHUNK),
      accept: (_peer, _id, [chunks]) => ({
        ok: true,
        countersigned: receipt,
        bytes: chunks! * CHUNK,
      }),
      countersigned: () => undefined,
      rank: () => 0.5,
      ...more,
    }
    return { book: new ReceiptBook(accounts, clock), pass: (ms) => (nowMs += ms) }
  }
  const blob = { id, terms: undefined }
  const chunkOf = (bytes: number, chunk = 0) => ({ blob, chunk, bytes })
  const answerOf = (book: ReceiptBook, bytes: Uint8Array) => {
    let answer: object | undefined
    book.accept('peer', blob, bytes, (judged) => (answer = judged))
    return answer
  }

  test('is a chunk, then as much as was signed, at last a step, and then nothing until a receipt comes', () => {
    const { book } = bookOf()
    for (const count of [1, 1, 2, 4]) {
      for (let i = 0; i < count; i++) {
        assert.equal(book.waitMs('peer', MIB, CHUNK), 0)
        book.sent('peer', MIB, chunkOf(CHUNK))
      }
      assert.ok(book.waitMs('peer', MIB, CHUNK) > 0)
      if (count < 4) answerOf(book, Uint8Array.of(count))
    }
    assert.ok(book.waitMs('peer', MIB, CHUNK) > 0)
    assert.equal(book.waitMs('other', MIB, CHUNK), 0)
    assert.deepEqual(answerOf(book, Uint8Array.of(2)), { countersigned: receipt })
    assert.equal(book.waitMs('peer', MIB, CHUNK), 0)
    book.sent('peer', MIB, chunkOf(2 * CHUNK))
    assert.ok(book.waitMs('peer', MIB, CHUNK) > 0)
  })

  function takeAll(book: ReceiptBook, pass: (ms: number) => void, minutes: number): number {
    let bytes = 0
    for (let minute = 0; minute < minutes; minute++) {
      while (book.waitMs('peer', MIB, CHUNK) === 0) {
        book.sent('peer', MIB, chunkOf(CHUNK))
        bytes += CHUNK
      }
      pass(60_000)
    }
    return bytes
  }

  test('whoever never signs gets a chunk, a mebibyte in time, and then no more for a week', () => {
    const { book, pass } = bookOf()
    assert.equal(takeAll(book, pass, 200), MIB)
    assert.equal(book.waitMs('peer', MIB, CHUNK), Number.POSITIVE_INFINITY)
    pass(SWARM_DEBT_MS_MAX)
    assert.equal(book.waitMs('peer', MIB, CHUNK), 0)
  })

  test('whoever signs for less than came gets a fifth of it for nothing, and no more', () => {
    const { book, pass } = bookOf()
    let [taken, signed] = [0, 0]
    for (let i = 0; i < 200; i++) {
      taken += takeAll(book, pass, 3)
      answerOf(book, Uint8Array.of(1))
      signed += CHUNK
    }
    assert.ok(taken - signed <= MIB + taken / 5, `${taken} for ${signed}`)
  })

  test('is remembered over a restart', () => {
    const { book, pass } = bookOf()
    takeAll(book, pass, 200)
    const again = bookOf()
    again.book.restore(book.debts())
    assert.equal(again.book.waitMs('peer', MIB, CHUNK), Number.POSITIVE_INFINITY)
    again.pass(SWARM_DEBT_MS_MAX)
    assert.equal(again.book.waitMs('peer', MIB, CHUNK), 0)
  })

  test('what was lost with a line is forgiven in half a minute', () => {
    const { book, pass } = bookOf()
    book.sent('peer', MIB, chunkOf(CHUNK))
    answerOf(book, Uint8Array.of(16))
    book.sent('peer', MIB, chunkOf(MIB))
    assert.equal(book.waitMs('peer', MIB, MIB), SWARM_FORGIVE_MS)
    pass(SWARM_FORGIVE_MS)
    assert.equal(book.waitMs('peer', MIB, MIB), 0)
  })

  test('is signed at once at first, then when as much came, at last half a step, by what either side allows', () => {
    const { book } = bookOf()
    assert.equal(book.isDue('peer', 16 * MIB), false)
    book.received('peer', 'topic', chunkOf(CHUNK))
    assert.equal(book.isDue('peer', 16 * MIB), true)
    book.settle('peer', () => undefined)
    book.received('peer', 'topic', chunkOf(CHUNK))
    assert.equal(book.isDue('peer', 16 * MIB), true)
    book.settle('peer', () => undefined)
    book.received('peer', 'topic', chunkOf(CHUNK))
    assert.equal(book.isDue('peer', 16 * MIB), false)
    book.received('peer', 'topic', chunkOf(CHUNK, 1))
    assert.equal(book.isDue('peer', 16 * MIB), true)
    assert.equal(book.isDue('peer', 0), true)
    const due: DueReceipt[] = []
    book.settle('peer', (each) => due.push(each))
    book.settle('peer', (each) => due.push(each))
    assert.deepEqual(due, [{ id, receipt: Uint8Array.of(2) }])
  })

  test('nothing has to be signed among own devices, and without accounts', () => {
    const own = bookOf({ stepBytes: () => Number.POSITIVE_INFINITY }).book
    assert.equal(own.stepBytes('peer'), 0)
    own.sent('peer', 0, chunkOf(100 * MIB))
    assert.equal(own.waitMs('peer', 0, CHUNK), 0)
    const none = new ReceiptBook(undefined, {
      monotonic: () => 0,
      wall: () => 0,
      after: () => () => undefined,
    })
    none.received('peer', 'topic', chunkOf(CHUNK))
    assert.equal(none.isDue('peer', MIB), false)
    assert.ok('reason' in answerOf(none, receipt)!)
  })
})
