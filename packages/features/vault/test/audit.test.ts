import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BlobStore, CHUNK_BYTES } from '@hamlet/blobs'
import type { BlobServing } from '@hamlet/blobs'
import { bytesToHex, silentLogger } from '@hamlet/core'
import type { DeviceId, EntryId, NetHandler } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import {
  ANSWER_MS_MAX,
  AuditEngine,
  CHALLENGES_PER_HOUR_MAX,
  decodeAuditMessage,
  encodeAuditMessage,
  leavesAsked,
  tagShard,
  VAULT_PROTOCOL,
} from '../src/index.ts'
import type { AuditHost, AuditMessage, AuditTarget, ObjectId } from '../src/index.ts'
import { crypto, HandClock, someBytes } from './_objects.ts'
import { idOf } from './_world.ts'

const [ann, ben] = [idOf<DeviceId>('ann'), idOf<DeviceId>('ben')]
const object = idOf<ObjectId & EntryId>('object')

/** Two ends of one line; what one says may be changed on the way. */
class Line {
  readonly clock = new HandClock()
  readonly said: AuditMessage[] = []
  tamper: (message: AuditMessage) => AuditMessage | undefined = (message) => message
  readonly #handlers = new Map<string, NetHandler>()
  #isUp = true

  ports(self: DeviceId, other: DeviceId) {
    let draws = 0
    return {
      clock: this.clock,
      crypto,
      random: { bytes: (length: number) => someBytes(length, ++draws) },
      logger: silentLogger,
      net: {
        peers: () => (this.#isUp ? [other] : []),
        subscribe: (handler: NetHandler) => {
          this.#handlers.set(self, handler)
          return () => this.#handlers.delete(self)
        },
        send: (_peer: string, protocol: string, bytes: Uint8Array) => {
          this.#carry(self, other, protocol, bytes)
          return true
        },
      },
    }
  }

  cut(): void {
    this.#isUp = false
    for (const [self, handler] of this.#handlers) handler.peerDown(self === ann ? ben : ann)
  }

  #carry(from: string, to: string, protocol: string, bytes: Uint8Array): void {
    const decoded = decodeAuditMessage(bytes)
    assert.ok(decoded.ok && protocol === VAULT_PROTOCOL)
    this.said.push(decoded.value)
    const message = this.tamper(decoded.value)
    if (message === undefined) return
    queueMicrotask(() => {
      this.#handlers.get(to)?.message(from, protocol, encodeAuditMessage(message))
    })
  }
}

async function scene(sizeBytes: number, serve?: AuditHost['serve']) {
  const ports = { disk: createMemoryDisk(), clock: new HandClock(), crypto }
  const store = await BlobStore.open(ports)
  const bytes = someBytes(sizeBytes)
  const blob = await store.put(bytes)
  const line = new Line()
  const asker = new AuditEngine(line.ports(ann, ben), { serve: async () => 'unknown' })
  const holder = new AuditEngine(line.ports(ben, ann), {
    serve: serve ?? (async () => await store.serve(blob)),
  })
  const target: AuditTarget = { device: ben, object, shard: 1, blob }
  const close = async (): Promise<void> => {
    asker.close()
    holder.close()
    await store[Symbol.asyncDispose]()
  }
  return { store, blob, bytes, line, asker, holder, target, close }
}

async function soon(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

test('a holder proves the leaves it is asked for, of shards of every size', async () => {
  for (const size of [1, 16_384, 16_385, CHUNK_BYTES + 5, 5 * CHUNK_BYTES]) {
    const { asker, target, line, close } = await scene(size)
    assert.deepEqual(await asker.askLeaves(target, 5), { kind: 'proven' })
    const answer = line.said.at(-1)!
    assert.ok(answer.type === 'proof')
    assert.equal(answer.leaves.length, Math.min(5, Math.ceil(size / 16_384)))
    await close()
  }
})

test('a tag made when the shard was here proves all of it later, without it', async () => {
  const { asker, target, store, blob, close } = await scene(3 * CHUNK_BYTES + 17)
  const nonce = someBytes(32, 9)
  using serving = closing((await store.serve(blob))!)
  const tag = tagShard(crypto, serving.of, nonce)!
  assert.deepEqual(await asker.askWhole(target, { nonce, tag }), { kind: 'proven' })
  const other = tag.slice()
  other[0]! ^= 1
  assert.deepEqual(await asker.askWhole(target, { nonce, tag: other }), {
    kind: 'wrong',
    fault: 'bad-tag',
  })
  await close()
})

function closing(serving: BlobServing) {
  return { of: serving, [Symbol.dispose]: () => serving.close() }
}

test('one bit in any part of an answer makes it wrong', async () => {
  const { asker, target, line, close } = await scene(2 * CHUNK_BYTES)
  const changes: ((leaf: { leaf: number; bytes: Uint8Array; path: Uint8Array[] }) => void)[] = [
    (leaf) => void (leaf.bytes[100]! ^= 1),
    (leaf) => void (leaf.path[0]![31]! ^= 0x80),
    (leaf) => void (leaf.path.at(-1)![0]! ^= 1),
    (leaf) => void (leaf.leaf ^= 1),
    (leaf) => void leaf.path.pop(),
    (leaf) => void (leaf.bytes = leaf.bytes.subarray(1)),
  ]
  for (const change of changes) {
    line.tamper = (message) => {
      if (message.type !== 'proof') return message
      const leaves = message.leaves.map(({ leaf, bytes, path }) => {
        return { leaf, bytes: bytes.slice(), path: path.map((hash) => hash.slice()) }
      })
      change(leaves.at(-1)!)
      return { ...message, leaves }
    }
    const outcome = await asker.askLeaves(target, 3)
    assert.deepEqual(outcome, { kind: 'wrong', fault: 'wrong-bytes' })
  }
  await close()
})

test('fewer leaves than were asked for, and another shard’s, are wrong', async () => {
  const { asker, target, line, store, close } = await scene(2 * CHUNK_BYTES)
  line.tamper = (message) =>
    message.type === 'proof' ? { ...message, leaves: message.leaves.slice(1) } : message
  assert.equal((await asker.askLeaves(target, 3)).kind, 'wrong')
  line.tamper = (message) => message
  const other = await store.put(someBytes(2 * CHUNK_BYTES, 77))
  assert.equal((await asker.askLeaves({ ...target, blob: other }, 3)).kind, 'wrong')
  await close()
})

test('who does not have it says so, and that counts against them', async () => {
  const { asker, target, close } = await scene(1000, async () => undefined)
  assert.deepEqual(await asker.askLeaves(target, 1), { kind: 'wrong', fault: 'missing' })
  await close()
})

test('who may not know of an object learns nothing', async () => {
  const { asker, target, close } = await scene(1000, async () => 'unknown')
  assert.deepEqual(await asker.askLeaves(target, 1), { kind: 'unknown' })
  await close()
})

test('silence is not a wrong answer, and one that comes late is none', async () => {
  const { asker, target, line, close } = await scene(1000)
  let held: AuditMessage | undefined
  line.tamper = (message) => {
    if (message.type !== 'proof') return message
    held = message
    return undefined
  }
  const asking = asker.askLeaves(target, 1)
  await soon()
  assert.ok(held !== undefined)
  line.clock.pass(ANSWER_MS_MAX)
  assert.deepEqual(await asking, { kind: 'silent' })
  await close()
})

test('who cannot be reached is offline, and so is who goes meanwhile', async () => {
  const { asker, target, line, close } = await scene(1000)
  line.tamper = () => undefined
  const asking = asker.askLeaves(target, 1)
  await soon()
  line.cut()
  assert.deepEqual(await asking, { kind: 'offline' })
  assert.deepEqual(await asker.askLeaves(target, 1), { kind: 'offline' })
  await close()
})

test('a peer that asks without end is told that we are busy', async () => {
  const { asker, target, close } = await scene(100)
  const outcomes = new Map<string, number>()
  for (let asked = 0; asked < CHALLENGES_PER_HOUR_MAX + 10; asked++) {
    const { kind } = await asker.askLeaves(target, 1)
    outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1)
  }
  assert.deepEqual(
    [...outcomes],
    [
      ['proven', CHALLENGES_PER_HOUR_MAX],
      ['unknown', 10],
    ],
  )
  await close()
})

test('a nonce asks for distinct leaves, and another nonce for others', () => {
  const blob = { root: new Uint8Array(32), sizeBytes: 40 * 16_384 }
  const asked = leavesAsked(crypto, someBytes(32, 1), blob, 8)
  assert.equal(new Set(asked).size, 8)
  assert.deepEqual(leavesAsked(crypto, someBytes(32, 1), blob, 8), asked)
  assert.notDeepEqual(leavesAsked(crypto, someBytes(32, 2), blob, 8), asked)
  const all = leavesAsked(crypto, someBytes(32, 3), { ...blob, sizeBytes: 3 * 16_384 }, 8)
  assert.deepEqual(
    [...all].sort((a, b) => a - b),
    [0, 1, 2],
  )
})

test('writes and reads the golden messages', () => {
  const [nonce, hash] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  const golden: readonly (readonly [AuditMessage, string])[] = [
    [{ type: 'no', id: 5, why: 'missing' }, '83040500'],
    [{ type: 'tag', id: 6, tag: hash }, `83030658 20${'02'.repeat(32)}`],
    [
      { type: 'proof', id: 7, leaves: [{ leaf: 3, bytes: Uint8Array.of(9), path: [hash] }] },
      `83020781 83034109 815820${'02'.repeat(32)}`,
    ],
    [
      { type: 'leaves', id: 8, object, shard: 2, nonce, count: 5 },
      `86000858 20${object} 025820${'01'.repeat(32)}05`,
    ],
    [
      { type: 'whole', id: 9, object, shard: 2, nonce },
      `85010958 20${object} 025820${'01'.repeat(32)}`,
    ],
  ]
  for (const [message, text] of golden) {
    const bytes = encodeAuditMessage(message)
    assert.equal(bytesToHex(bytes), text.replaceAll(' ', ''))
    assert.deepEqual(decodeAuditMessage(bytes), { ok: true, value: message })
  }
})
