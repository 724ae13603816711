/**
 * Goal: every type joins the same way in every order. Method: states grown from random operations, the three lattice
 * laws on them, and operations applied shuffled and twice. Encodings come back, and only they are accepted.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeCbor, encodeCbor } from '@hamlet/core'
import fc from 'fast-check'
import {
  EMPTY_MV_REGISTER,
  LwwMap,
  OrSet,
  compareClocks,
  decodeClock,
  decodeMv,
  dominates,
  encodeClock,
  encodeMv,
  mergeClocks,
  mergeLanes,
  mergeMv,
  mergeRegisters,
  tickClock,
  writeMv,
} from '../src/index.ts'
import type { CborValue, Result } from '@hamlet/core'
import type { FlagLane, MvRegister, OrSetOperation, Stamp, VectorClock } from '../src/index.ts'

const replica = fc.constantFrom('a', 'b', 'c')
const key = fc.constantFrom('x', 'y', '__proto__', '')
const clock: fc.Arbitrary<VectorClock> = fc
  .array(fc.tuple(replica, fc.integer({ min: 1, max: 3 })))
  .map((pairs) => new Map(pairs))
const stamp: fc.Arbitrary<Stamp> = fc
  .tuple(fc.nat({ max: 3 }), fc.nat({ max: 2 }), fc.nat({ max: 30 }))
  .map(([milliseconds, counter, id]) => ({ time: { milliseconds, counter }, id: `w${id}` }))
/** Equal stamps mean the same write: its value follows from them. */
const write = fc.tuple(key, stamp).map(([name, each]) => {
  const value = `${each.time.milliseconds} ${each.time.counter} ${each.id}`
  return { name, stamp: each, value: each.id.endsWith('3') ? undefined : value }
})
const lane: fc.Arbitrary<FlagLane> = fc
  .tuple(fc.integer({ min: -1, max: 4 }), fc.nat({ max: 5 }))
  .map(([seq, endedBelow]) => ({ seq, on: seq >= 0 && seq % 2 === 0, endedBelow }))

function checkLaws<T>(
  arbitrary: fc.Arbitrary<T>,
  merge: (a: T, b: T) => T,
  plain: (state: T) => unknown,
): void {
  const same = (a: T, b: T): void => assert.deepEqual(plain(a), plain(b))
  fc.assert(
    fc.property(arbitrary, arbitrary, arbitrary, (a, b, c) => {
      same(merge(a, b), merge(b, a))
      same(merge(merge(a, b), c), merge(a, merge(b, c)))
      same(merge(a, a), a)
    }),
  )
}

function checkCodec<T>(
  arbitrary: fc.Arbitrary<T>,
  encode: (state: T) => CborValue,
  decode: (value: CborValue) => Result<T, unknown>,
): void {
  fc.assert(
    fc.property(arbitrary, (state) => {
      const decoded = decode(encode(state))
      assert.ok(decoded.ok)
      assert.deepEqual(encode(decoded.value), encode(state))
    }),
  )
  fc.assert(
    fc.property(arbitrary, fc.nat(), fc.integer({ min: 0, max: 255 }), (state, at, byte) => {
      const bytes = encodeCbor(encode(state))
      bytes[at % bytes.length] = byte
      const value = decodeCbor(bytes)
      if (!value.ok) return
      const decoded = decode(value.value)
      if (decoded.ok) assert.deepEqual(encodeCbor(encode(decoded.value)), bytes)
    }),
  )
}

test('vector clocks are a lattice under the pointwise maximum', () => {
  checkLaws(clock, mergeClocks, encodeClock)
  checkCodec(clock, encodeClock, decodeClock)
})

test('a merged vector clock dominates both, and order agrees with dominance', () => {
  const mirrored = { equal: 'equal', before: 'after', after: 'before', concurrent: 'concurrent' }
  fc.assert(
    fc.property(clock, clock, replica, (a, b, who) => {
      const merged = mergeClocks(a, b)
      assert.ok(dominates(merged, a) && dominates(merged, b))
      assert.equal(compareClocks(b, a), mirrored[compareClocks(a, b)])
      assert.equal(compareClocks(tickClock(a, who), a), 'after')
    }),
  )
})

test('last-writer-wins registers keep the greatest stamp', () => {
  checkLaws(stamp, mergeRegisters, (state) => state)
})

test('lanes of a flag join', () => {
  checkLaws(lane, mergeLanes, (state) => state)
})

type Write = typeof write extends fc.Arbitrary<infer T> ? T : never

function mapOf(writes: readonly Write[]): LwwMap {
  const map = new LwwMap()
  for (const { name, value, stamp: each } of writes) {
    if (value === undefined) map.delete(name, each)
    else map.set(name, value, each)
  }
  return map
}

function mergedMap(...maps: readonly LwwMap[]): LwwMap {
  const merged = new LwwMap()
  for (const map of maps) merged.merge(map)
  return merged
}

test('last-writer-wins maps join and do not depend on the order of writes', () => {
  const map = fc.array(write, { maxLength: 12 }).map(mapOf)
  checkLaws(map, mergedMap, (state) => state.encode())
  checkCodec(map, (state) => state.encode(), LwwMap.decode)
  fc.assert(
    fc.property(fc.array(write, { maxLength: 12 }), (writes) => {
      const forwards = mapOf(writes)
      assert.deepEqual(mapOf([...writes, ...writes.toReversed()]).encode(), forwards.encode())
      assert.equal(forwards.size, [...forwards.entries()].length)
    }),
  )
})

/** Siblings as replicas really make them: each write ticks its author's clock. */
const mvHistory = fc
  .array(fc.tuple(fc.nat({ max: 2 }), fc.boolean()), { maxLength: 12 })
  .map((steps) => {
    const replicas: { state: MvRegister; clock: VectorClock }[] = ['a', 'b', 'c'].map(() => {
      return { state: EMPTY_MV_REGISTER, clock: new Map() }
    })
    steps.forEach(([who, pull], i) => {
      const self = replicas[who]!
      const other = replicas[(who + 1) % 3]!
      if (pull) {
        self.state = mergeMv(self.state, other.state)
        self.clock = mergeClocks(self.clock, other.clock)
      } else {
        self.clock = tickClock(self.clock, `r${who}`)
        self.state = writeMv(self.state, { id: `w${i}`, clock: self.clock, value: i })
      }
    })
    return replicas.map(({ state }) => state)
  })

test('multi-value registers join, whatever replicas have written and pulled', () => {
  fc.assert(
    fc.property(mvHistory, ([a, b, c]) => {
      assert.deepEqual(encodeMv(mergeMv(a!, b!)), encodeMv(mergeMv(b!, a!)))
      assert.deepEqual(
        encodeMv(mergeMv(mergeMv(a!, b!), c!)),
        encodeMv(mergeMv(a!, mergeMv(b!, c!))),
      )
      assert.deepEqual(encodeMv(mergeMv(a!, a!)), encodeMv(a!))
    }),
  )
  const state = mvHistory.map(([a, b]) => mergeMv(a!, b!))
  checkCodec(state, encodeMv, decodeMv)
})

test('a multi-value register keeps concurrent values and drops overwritten ones', () => {
  const left = writeMv([], { id: 'l', clock: new Map([['a', 1]]), value: 'left' })
  const right = writeMv([], { id: 'r', clock: new Map([['b', 1]]), value: 'right' })
  const both = mergeMv(left, right)
  assert.deepEqual(
    both.map(({ value }) => value),
    ['left', 'right'],
  )
  const seen = mergeClocks(both[0]!.clock, both[1]!.clock)
  const after = writeMv(both, { id: 'z', clock: tickClock(seen, 'a'), value: 'both' })
  assert.deepEqual(
    after.map(({ value }) => value),
    ['both'],
  )
})

const setScript = fc.array(
  fc.tuple(fc.nat({ max: 2 }), fc.constantFrom('add', 'remove', 'pull'), key),
  { maxLength: 20 },
)

/** Three replicas that add, remove and pull; all operations in the order they were made. */
function playSet(script: readonly (readonly [number, string, string])[]) {
  const replicas = [0, 1, 2].map(() => ({ set: new OrSet(), seq: 0 }))
  const operations: OrSetOperation[] = []
  for (const [who, what, element] of script) {
    const self = replicas[who]!
    if (what === 'pull') {
      self.set.merge(replicas[(who + 1) % 3]!.set)
      continue
    }
    const dot = { replica: `r${who}`, seq: self.seq++ }
    const operation = what === 'add' ? self.set.add(element, dot) : self.set.remove(element, dot)
    self.set.apply(operation)
    operations.push(operation)
  }
  return { sets: replicas.map(({ set }) => set), operations }
}

function mergedSet(...sets: readonly OrSet[]): OrSet {
  const merged = new OrSet()
  for (const set of sets) merged.merge(set)
  return merged
}

test('observed-remove sets join and do not depend on the order of operations', () => {
  fc.assert(
    fc.property(setScript, fc.array(fc.nat(), { minLength: 1 }), (script, order) => {
      const { sets, operations } = playSet(script)
      const [a, b, c] = sets as [OrSet, OrSet, OrSet]
      assert.deepEqual(mergedSet(a, b).encode(), mergedSet(b, a).encode())
      assert.deepEqual(
        mergedSet(mergedSet(a, b), c).encode(),
        mergedSet(a, mergedSet(b, c)).encode(),
      )
      const shuffled = operations
        .map((operation, i) => ({ operation, rank: order[i % order.length]! * (i + 1) }))
        .sort((x, y) => (x.rank % 17) - (y.rank % 17))
      const applied = new OrSet()
      for (const { operation } of [...shuffled, ...shuffled]) applied.apply(operation)
      assert.deepEqual(applied.encode(), mergedSet(a, b, c).encode())
      assert.equal(applied.size, [...applied.values()].length)
    }),
  )
  const state = setScript.map((script) => mergedSet(...playSet(script).sets))
  checkCodec(state, (set) => set.encode(), OrSet.decode)
})

test('of a concurrent addition and removal the addition wins, a removal that saw it does not lose', () => {
  const left = new OrSet()
  left.apply(left.add('x', { replica: 'l', seq: 0 }))
  const right = mergedSet(left)
  left.apply(left.remove('x', { replica: 'l', seq: 1 }))
  assert.equal(left.has('x'), false)
  right.apply(right.add('x', { replica: 'r', seq: 0 }))
  assert.equal(mergedSet(left, right).has('x'), true)
  const both = mergedSet(left, right)
  both.apply(both.remove('x', { replica: 'l', seq: 2 }))
  assert.equal(mergedSet(both, right).has('x'), false)
})
