import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import fc from 'fast-check'
import { ChunkSet } from '@hamlet/blobs'
import { ChunkOrder } from '../../src/swarm/chunk-order.ts'
import { ChunkPicker } from '../../src/swarm/chunk-picker.ts'
import { SeededChoice } from '../../src/swarm/seeded-choice.ts'
import { seededRandom } from '../_blobs.ts'

interface Source {
  readonly held: ChunkSet
  readonly asked: Set<number>
  isAsked(chunk: number): boolean
}

function sourceOf(chunkCount: number, chunks: Iterable<number>): Source {
  const held = new ChunkSet(chunkCount)
  for (const chunk of chunks) held.add(chunk)
  const asked = new Set<number>()
  return { held, asked, isAsked: (chunk) => asked.has(chunk) }
}

function pickerOf(chunkCount: number, seed = 1): { picker: ChunkPicker; here: Set<number> } {
  const here = new Set<number>()
  const picker = new ChunkPicker(chunkCount, (chunk) => here.has(chunk), seededRandom(seed))
  return { picker, here }
}

suite('the order of chunks', () => {
  test('is that of availability after any changes, and holds what was put in', () => {
    const change = fc.tuple(
      fc.constantFrom('insert', 'remove', 'raise', 'lower'),
      fc.integer({ min: 0, max: 11 }),
    )
    fc.assert(
      fc.property(fc.array(change, { maxLength: 120 }), fc.nat(), (changes, seed) => {
        const order = new ChunkOrder(12, new SeededChoice(seededRandom(seed)))
        const inside = new Set<number>()
        const copies = Array.from({ length: 12 }, () => 0)
        for (const [kind, chunk] of changes) {
          if (kind === 'insert') inside.add(chunk)
          if (kind === 'remove') inside.delete(chunk)
          if (kind === 'raise') copies[chunk]!++
          if (kind === 'lower' && copies[chunk] === 0) continue
          if (kind === 'lower') copies[chunk]!--
          order[kind as 'insert'](chunk)
          const listed = Array.from({ length: order.size }, (_, place) => order.at(place))
          assert.deepEqual(new Set(listed), inside)
          assert.equal(listed.length, inside.size)
          const availabilities = listed.map((each) => order.availabilityOf(each))
          assert.deepEqual(
            availabilities,
            availabilities.toSorted((a, b) => a - b),
          )
          assert.ok(listed.every((each) => order.availabilityOf(each) === copies[each]))
        }
      }),
      { numRuns: 150 },
    )
  })
})

suite('the picker', () => {
  test('asks sources of any holdings for each missing chunk once, and for nothing they lack', () => {
    const holding = fc.uniqueArray(fc.integer({ min: 0, max: 39 }))
    fc.assert(
      fc.property(fc.array(holding, { minLength: 1, maxLength: 6 }), fc.nat(), (holdings, seed) => {
        const { picker, here } = pickerOf(40, seed)
        const sources = holdings.map((chunks) => sourceOf(40, chunks))
        for (const source of sources) picker.addSource(source)
        const asked = new Set<number>()
        for (let isMore = true; isMore;) {
          isMore = false
          for (const source of sources) {
            const chunk = picker.pick(source)
            if (chunk === undefined) continue
            isMore = true
            assert.ok(source.held.has(chunk) && !asked.has(chunk))
            asked.add(chunk)
            picker.asked(chunk)
          }
        }
        assert.deepEqual(asked, new Set(holdings.flat()))
        for (const chunk of asked) {
          here.add(chunk)
          picker.stored(chunk)
          picker.released(chunk)
        }
        assert.equal(picker.missing, 40 - asked.size)
        for (const source of sources) assert.equal(picker.pick(source), undefined)
      }),
      { numRuns: 100 },
    )
  })

  test('the first few are any, then the rarest come first', () => {
    const { picker, here } = pickerOf(100)
    const all = sourceOf(100, Array(100).keys())
    const common = sourceOf(
      100,
      Array.from({ length: 90 }, (_, i) => i),
    )
    const more = sourceOf(
      100,
      Array.from({ length: 50 }, (_, i) => i),
    )
    for (const source of [all, common, more]) picker.addSource(source)
    const picked: number[] = []
    for (let i = 0; i < 100; i++) {
      const chunk = picker.pick(all)!
      picked.push(chunk)
      here.add(chunk)
      picker.stored(chunk)
    }
    assert.equal(new Set(picked).size, 100)
    const rarest = picked.slice(
      4,
      4 + 10 - picked.slice(0, 4).filter((chunk) => chunk >= 90).length,
    )
    assert.ok(
      rarest.every((chunk) => chunk >= 90),
      rarest.join(),
    )
    assert.ok(picked.slice(-30).every((chunk) => chunk < 50))
    assert.notDeepEqual(
      picked.slice(-10),
      picked.slice(-10).toSorted((a, b) => a - b),
    )
  })

  test('a source that comes, gains, loses or goes changes what is rare', () => {
    const { picker } = pickerOf(4)
    const [a, b] = [sourceOf(4, [0, 1, 2, 3]), sourceOf(4, [0, 1])]
    picker.addSource(a)
    picker.addSource(b)
    assert.equal(picker.availability, 1.5)
    b.held.add(2)
    picker.gained(b, 2)
    assert.equal(picker.availability, 1.75)
    picker.lost(a, 3)
    a.held.delete(3)
    assert.equal(picker.availability, 0.75)
    picker.removeSource(a)
    assert.equal(picker.availability, 0.75)
    picker.removeSource(b)
    assert.equal(picker.availability, 0)
  })

  test('what somebody waits for comes before everything, soonest first and in order', () => {
    const { picker } = pickerOf(1000)
    const source = sourceOf(1000, Array(1000).keys())
    picker.addSource(source)
    picker.want(500, 3, Number.POSITIVE_INFINITY)
    picker.want(20, 2, 9000)
    picker.want(10, 2, 5000)
    const picked = Array.from({ length: 7 }, () => {
      const chunk = picker.pick(source)!
      picker.asked(chunk)
      return chunk
    })
    assert.deepEqual(picked, [10, 11, 20, 21, 500, 501, 502])
    const goElsewhere = picker.want(40, 100, 50)
    picker.want(700, 2, 60)
    goElsewhere()
    assert.equal(picker.pick(source), 700, 'nobody waits for what comes before it any more')
    picker.want(30, 2, 100)
    picker.unwant()
    assert.notEqual(picker.pick(source), 30)
  })

  test('nothing is asked for twice before the end, then it is, up to a number of times', () => {
    const { picker } = pickerOf(3)
    const sources = [0, 1, 2, 3].map(() => sourceOf(3, [0, 1, 2]))
    for (const source of sources) picker.addSource(source)
    const [first, ...others] = sources
    const ask = (source: Source, chunk: number): void => {
      source.asked.add(chunk)
      picker.asked(chunk)
    }
    ask(first!, 0)
    ask(first!, 1)
    assert.equal(
      picker.duplicate(others[0]!, 3, () => true),
      undefined,
    )
    ask(first!, 2)
    assert.equal(
      picker.duplicate(first!, 3, () => true),
      undefined,
    )
    assert.equal(
      picker.duplicate(others[0]!, 3, () => false),
      undefined,
    )
    for (const source of others) {
      for (let chunk; (chunk = picker.duplicate(source, 3, () => true)) !== undefined;) {
        ask(source, chunk)
      }
    }
    const counts = [0, 1, 2].map((chunk) => sources.filter(({ asked }) => asked.has(chunk)).length)
    assert.deepEqual(counts, [3, 3, 3])
  })

  test('what is late for its deadline is asked of somebody else at once', () => {
    const { picker } = pickerOf(10)
    const [a, b] = [sourceOf(10, Array(10).keys()), sourceOf(10, Array(10).keys())]
    picker.addSource(a)
    picker.addSource(b)
    picker.want(4, 1, 1000)
    assert.equal(picker.pick(a), 4)
    picker.asked(4)
    a.asked.add(4)
    assert.ok(picker.unasked > 0)
    assert.equal(
      picker.duplicate(b, 3, (chunk) => chunk === 4),
      4,
    )
  })

  test('what was let go is asked for again, what came meanwhile is not', () => {
    const { picker, here } = pickerOf(2)
    const source = sourceOf(2, [0, 1])
    picker.addSource(source)
    for (const chunk of [0, 1]) picker.asked(chunk)
    here.add(1)
    picker.stored(1)
    for (const chunk of [0, 1]) picker.released(chunk)
    assert.equal(picker.pick(source), 0)
    assert.equal(picker.unasked, 1)
  })

  test('of any selections and wants, what was chosen last and what is waited for comes, and nothing else', () => {
    const chunks = fc.uniqueArray(fc.integer({ min: 0, max: 29 }))
    fc.assert(
      fc.property(chunks, chunks, fc.integer({ min: 0, max: 29 }), (before, after, wanted) => {
        const { picker, here } = pickerOf(30)
        const source = sourceOf(30, Array(30).keys())
        picker.addSource(source)
        const take = (): number | undefined => {
          const chunk = picker.pick(source)
          if (chunk === undefined) return undefined
          picker.asked(chunk)
          here.add(chunk)
          picker.stored(chunk)
          picker.released(chunk)
          return chunk
        }
        picker.select(sourceOf(30, before).held)
        const first = take()
        assert.equal(first === undefined, before.length === 0)
        picker.select(sourceOf(30, after).held)
        picker.want(wanted, 1, 1000)
        const rest: number[] = []
        for (let chunk = take(); chunk !== undefined; chunk = take()) rest.push(chunk)
        const due = new Set([...after, wanted])
        if (first !== undefined) due.delete(first)
        assert.deepEqual(new Set(rest), due)
        assert.equal(picker.isWanting, false)
        assert.equal(picker.missing, 30 - here.size)
        picker.select(undefined)
        assert.equal(picker.isWanting, here.size < 30)
        assert.equal(picker.unasked, 30 - here.size)
      }),
      { numRuns: 100 },
    )
  })

  test('a source that was asked and is late is not asked for the same again, others are', () => {
    const { picker } = pickerOf(1)
    const [late, other] = [sourceOf(1, [0]), sourceOf(1, [0])]
    picker.addSource(late)
    picker.addSource(other)
    picker.asked(0)
    late.asked.add(0)
    picker.released(0)
    assert.equal(picker.pick(late), undefined)
    picker.want(0, 1, 1000)
    assert.equal(picker.pick(late), undefined)
    assert.equal(picker.pick(other), 0)
  })

  test('a source that holds little of much is found something all the same', () => {
    const { picker } = pickerOf(50_000)
    const [few, all] = [sourceOf(50_000, [49_000]), sourceOf(50_000, Array(50_000).keys())]
    picker.addSource(all)
    picker.addSource(few)
    assert.equal(picker.pick(few), 49_000)
    picker.asked(49_000)
    assert.equal(picker.pick(few), undefined)
  })
})
