/**
 * Goal: both differences are found, whatever the sets and however small the messages; the cost grows as stated; and the
 * bytes are those of Negentropy. Method: plain set difference as model, counts, and a trace made by the reference
 * implementation (https://github.com/hoytech/negentropy, js, commit of 2026-06-07).
 */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { bytesToHex, concatBytes, hexToBytes } from '@hamlet/core'
import fc from 'fast-check'
import { ItemList, Reconciler } from '../src/index.ts'
import type { ReconcileItem } from '../src/index.ts'

const crypto = {
  hash(...parts: readonly Uint8Array[]): Uint8Array {
    return new Uint8Array(
      createHash('sha256')
        .update(concatBytes(...parts))
        .digest(),
    )
  },
}

/** `times`: how many different times there are; with one, ids alone are sorted. */
function itemOf(number: number, times = 1): ReconcileItem {
  const id = crypto.hash(Uint8Array.of(number >>> 16, number >>> 8, number))
  return { time: times === 1 ? 0 : 1_700_000_000_000 + (number % times), id }
}

interface Session {
  readonly have: readonly string[]
  readonly need: readonly string[]
  readonly bytes: number
  readonly rounds: number
  readonly longest: number
}

function reconcile(mine: ItemList, theirs: ItemList, frameBytesMax?: number): Session {
  const options = frameBytesMax === undefined ? {} : { frameBytesMax }
  const [client, server] = [new Reconciler(mine, options), new Reconciler(theirs, options)]
  const have: string[] = []
  const need: string[] = []
  const lengths: number[] = []
  let message: Uint8Array | undefined = client.initiate()
  while (message !== undefined) {
    const answer = server.receive(message)
    assert.ok(answer.ok && answer.value.reply !== undefined)
    const taken = client.receive(answer.value.reply)
    assert.ok(taken.ok)
    lengths.push(message.length, answer.value.reply.length)
    have.push(...taken.value.have.map(bytesToHex))
    need.push(...taken.value.need.map((id) => bytesToHex(theirs.originalOf(id)!)))
    message = taken.value.reply
  }
  const bytes = lengths.reduce((sum, length) => sum + length, 0)
  return { have, need, bytes, rounds: lengths.length / 2, longest: Math.max(...lengths) }
}

function difference(a: readonly ReconcileItem[], b: readonly ReconcileItem[]): readonly string[] {
  const known = new Set(b.map(({ id }) => bytesToHex(id)))
  return a.map(({ id }) => bytesToHex(id)).filter((id) => !known.has(id))
}

test('finds what each side lacks, with and without salt, times and small messages', () => {
  const world = fc.record({
    common: fc.nat({ max: 1500 }),
    left: fc.nat({ max: 400 }),
    right: fc.nat({ max: 400 }),
    times: fc.constantFrom(1, 2, 50, 5000),
    frameBytesMax: fc.constantFrom(4096, 5000, 65_536),
    isSalted: fc.boolean(),
  })
  fc.assert(
    fc.property(world, ({ common, left, right, times, frameBytesMax, isSalted }) => {
      const all = Array.from({ length: common + left + right }, (_, i) => itemOf(i, times))
      const ours = all.slice(0, common + left)
      const others = [...all.slice(0, common), ...all.slice(common + left)]
      const options = isSalted ? { crypto, salt: new Uint8Array(16).fill(common) } : { crypto }
      const [mine, theirs] = [ItemList.from(ours, options), ItemList.from(others, options)]
      const session = reconcile(mine, theirs, frameBytesMax)
      assert.deepEqual(session.have.toSorted(), difference(ours, others).toSorted())
      assert.deepEqual(session.need.toSorted(), difference(others, ours).toSorted())
      assert.ok(session.longest <= frameBytesMax, `${session.longest} bytes`)
    }),
    { numRuns: 60 },
  )
})

test('a list with further items is the list made of all', () => {
  const items = Array.from({ length: 100 }, (_, i) => itemOf(i, 7))
  const salt = new Uint8Array(16)
  const grown = ItemList.from(items.slice(0, 60), { crypto, salt }).with(items.slice(60))
  const whole = ItemList.from(items, { crypto, salt })
  assert.equal(grown.size, 100)
  assert.deepEqual(grown.fingerprint(0, 100), whole.fingerprint(0, 100))
  assert.deepEqual(grown.fingerprint(13, 77), whole.fingerprint(13, 77))
})

test('equal sets need one round, however large', () => {
  const list = ItemList.from(
    Array.from({ length: 50_000 }, (_, i) => itemOf(i)),
    { crypto },
  )
  const session = reconcile(list, list)
  assert.deepEqual([session.have, session.need, session.rounds], [[], [], 1])
  assert.ok(session.bytes < 400, `${session.bytes} bytes`)
})

test('a difference of d in n takes bytes in proportion to d log n, and rounds to log n', () => {
  const all = Array.from({ length: 65_536 }, (_, i) => itemOf(i))
  const list = (count: number, isLeft: (i: number) => boolean): ItemList => {
    return ItemList.from(
      all.slice(0, count).filter((_, i) => isLeft(i)),
      { crypto },
    )
  }
  for (const [n, d] of [
    [4096, 1],
    [4096, 64],
    [65_536, 1],
    [65_536, 16],
    [65_536, 256],
  ] as const) {
    const whole = list(n, () => true)
    const { need, bytes, rounds } = reconcile(
      list(n, (i) => i % (n / d) !== 5),
      whole,
    )
    assert.equal(need.length, d)
    // A range that differs costs 16 fingerprints and bounds of some 21 bytes per level, and a list of up to 31 ids each way.
    const levels = Math.ceil(Math.log(n / 16) / Math.log(16))
    assert.ok(bytes <= 400 + d * (levels * 16 * 24 + 2 * 31 * 34), `${n} ${d}: ${bytes} bytes`)
    assert.ok(rounds <= levels + 1, `${n} ${d}: ${rounds} rounds of ${levels}`)
  }
})

interface Trace {
  readonly mine: readonly (readonly [time: number, id: string])[]
  readonly theirs: readonly (readonly [time: number, id: string])[]
  readonly messages: readonly string[]
}

test('the messages are those of the reference implementation of Negentropy, byte for byte', () => {
  const path = join(import.meta.dirname, 'golden', 'negentropy-v1.json')
  const traces = JSON.parse(readFileSync(path, 'utf8')) as readonly Trace[]
  for (const { mine, theirs, messages } of traces) {
    const [client, server] = [mine, theirs].map((rows) => {
      const items = rows.map(([time, id]) => ({ time, id: hexToBytes(id) }))
      return new Reconciler(ItemList.from(items, { crypto }))
    })
    assert.equal(bytesToHex(client!.initiate()), messages[0])
    messages.forEach((message, i) => {
      const result = (i % 2 === 0 ? server! : client!).receive(hexToBytes(message))
      assert.ok(result.ok)
      const reply = result.value.reply
      assert.equal(reply && bytesToHex(reply), messages[i + 1])
    })
  }
  assert.equal(traces.length, 4)
})

test('what is no message ends the session with an error, and another version is answered with ours', () => {
  const list = ItemList.from([itemOf(1)], { crypto })
  const bad = [
    '',
    '00',
    '6100',
    '610000',
    '61000003',
    '6100000200ff',
    '6180000002',
    '610021',
    '61000001ff',
  ]
  for (const hex of [...bad, `61${'ff'.repeat(9)}00`, '610601050001010400']) {
    const result = new Reconciler(list).receive(hexToBytes(hex))
    assert.equal(result.ok ? 'taken' : result.error.code, 'CRDT_BAD_RECONCILE_MESSAGE', hex)
  }
  const other = new Reconciler(list).receive(hexToBytes('62'))
  assert.ok(other.ok)
  assert.deepEqual(other.value.reply, hexToBytes('61'))
  const client = new Reconciler(list)
  client.initiate()
  assert.equal(client.receive(hexToBytes('62')).ok, false)
})

test('who answers for ever is not listened to for ever', () => {
  const list = ItemList.from([itemOf(1)], { crypto })
  const client = new Reconciler(list)
  client.initiate()
  let rounds = 0
  // A fingerprint of nothing, again and again.
  while (client.receive(hexToBytes(`610000 01${'00'.repeat(16)}`.replace(' ', ''))).ok) rounds++
  assert.equal(rounds, 1000)
})
