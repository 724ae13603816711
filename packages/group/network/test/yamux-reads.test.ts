/** One end is yamux as the network uses it, the other writes frames by hand into memory that it uses again. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { multiaddrConnectionPair } from '@libp2p/utils'
import { concatBytes } from '@hamlet/core'
import fc from 'fast-check'
import type { Stream } from '@libp2p/interface'
import { guardedYamux } from '../src/node/guarded-yamux.ts'
import { takeLent } from '../src/node/yamux-reads.ts'

const DATA = 0
const WINDOW_UPDATE = 1
const SYN = 1
const FIN = 4
const WINDOW_BYTES = 256 * 1024

interface Sent {
  readonly stream: number
  readonly bytes: Uint8Array
}

class Muxed {
  readonly streams: Stream[] = []
  readonly connection
  readonly #remote
  #lend: ((bytes: Uint8Array) => void) | undefined
  readonly #memory = new Uint8Array(64 * 1024)

  constructor() {
    const [remote, local] = multiaddrConnectionPair()
    this.connection = local
    this.#remote = remote
    Object.assign(local, {
      lendReads: (take: (bytes: Uint8Array) => void) => {
        this.#lend = take
        return true
      },
    })
    const muxer = guardedYamux({ enableKeepAlive: false })().createStreamMuxer(local)
    muxer.addEventListener('stream', ({ detail }) => this.streams.push(detail))
  }

  /** Types of the frames that were sent to us. */
  watchSent(): number[] {
    const types: number[] = []
    this.#remote.addEventListener('message', ({ data }) => {
      types.push(data.subarray()[1]!)
    })
    return types
  }

  /** In parts of these sizes, over and over. */
  feed(bytes: Uint8Array, sizes: readonly number[]): void {
    let at = 0
    for (let i = 0; at < bytes.length; i++) {
      const part = bytes.subarray(at, at + Math.min(sizes[i % sizes.length]!, this.#memory.length))
      this.#memory.set(part)
      this.#lend!(this.#memory.subarray(0, part.length))
      this.#memory.fill(0xaa)
      at += part.length
    }
  }
}

function frame(
  type: number,
  flags: number,
  stream: number,
  bytes: Uint8Array | number,
): Uint8Array {
  const head = new Uint8Array(12)
  const view = new DataView(head.buffer)
  head[1] = type
  view.setUint16(2, flags)
  view.setUint32(4, stream)
  view.setUint32(8, typeof bytes === 'number' ? bytes : bytes.length)
  return typeof bytes === 'number' ? head : concatBytes(head, bytes)
}

/** What comes as messages, kept as it came. */
function keep(stream: Stream): Uint8Array[] {
  const kept: Uint8Array[] = []
  stream.addEventListener('message', ({ data }) => {
    for (const part of data instanceof Uint8Array ? [data] : data) kept.push(part)
  })
  return kept
}

const STREAMS = [1, 3, 5]

test('bytes reach their streams once and in order, in whatever parts they come', () => {
  const sending = fc.record({
    stream: fc.constantFrom(...STREAMS),
    bytes: fc.uint8Array({ maxLength: 300 }),
  })
  const sizes = fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(fc.array(sending, { maxLength: 20 }), sizes, (all: readonly Sent[], parts) => {
      const muxed = new Muxed()
      muxed.feed(concatBytes(...STREAMS.map((id) => frame(WINDOW_UPDATE, SYN, id, 0))), parts)
      const lent: Uint8Array[] = []
      takeLent(muxed.streams[0]!, (bytes) => lent.push(bytes.slice()))
      const kept = muxed.streams.map(keep)
      const frames = all.map(({ stream, bytes }) => frame(DATA, 0, stream, bytes))
      muxed.feed(concatBytes(...frames), parts)
      const received = [lent, kept[1]!, kept[2]!].map((each) => concatBytes(...each))
      for (const [i, id] of STREAMS.entries()) {
        const sent = all.filter(({ stream }) => stream === id).map(({ bytes }) => bytes)
        assert.deepEqual(received[i], concatBytes(...sent))
      }
      assert.equal(kept[0]!.length, 0)
    }),
    { numRuns: 50 },
  )
})

test('what comes while a taker is paused is kept for it, as a copy, and comes first', async () => {
  const muxed = new Muxed()
  muxed.feed(frame(DATA, SYN, 1, Uint8Array.of(1, 2)), [5])
  const [stream] = muxed.streams
  const received: number[] = []
  stream!.pause()
  takeLent(stream!, (bytes) => received.push(...bytes))
  stream!.addEventListener('message', ({ data }) => received.push(...data.subarray()))
  muxed.feed(frame(DATA, 0, 1, Uint8Array.of(3, 4)), [3])
  assert.deepEqual(received, [])
  stream!.resume()
  muxed.feed(frame(DATA, FIN, 1, Uint8Array.of(5, 6)), [14, 1])
  await delay(1)
  assert.deepEqual(received, [1, 2, 3, 4, 5, 6])
  assert.ok(stream!.readableEnded)
})

test('room is told of when half of it is used up, and never runs out', async () => {
  const muxed = new Muxed()
  const types = muxed.watchSent()
  muxed.feed(frame(WINDOW_UPDATE, SYN, 1, 0), [12])
  keep(muxed.streams[0]!)
  for (let i = 0; i < 64; i++) muxed.feed(frame(DATA, 0, 1, new Uint8Array(32 * 1024)), [10_000])
  await delay(20)
  assert.equal(muxed.connection.status, 'open')
  const updates = types.filter((type) => type === WINDOW_UPDATE).length
  assert.ok(updates > 1 && updates <= 17, `${updates} for 2 MiB`)
})

test('data beyond the window end the connection before any of it is taken', () => {
  const muxed = new Muxed()
  muxed.feed(frame(WINDOW_UPDATE, SYN, 1, 0), [12])
  const kept = keep(muxed.streams[0]!)
  muxed.feed(frame(DATA, 0, 1, new Uint8Array(WINDOW_BYTES + 1)), [4000])
  assert.deepEqual(kept, [])
  assert.equal(muxed.connection.status, 'aborted')
})

test('data of a stream that is not there are passed over', () => {
  const muxed = new Muxed()
  muxed.feed(frame(WINDOW_UPDATE, SYN, 1, 0), [12])
  const kept = keep(muxed.streams[0]!)
  const others = frame(DATA, 0, 7, new Uint8Array(5000))
  muxed.feed(concatBytes(others, frame(DATA, 0, 1, Uint8Array.of(9))), [100])
  assert.deepEqual(concatBytes(...kept), Uint8Array.of(9))
  assert.equal(muxed.connection.status, 'open')
})

test('any bytes are frames or end the connection, and throw at nobody', () => {
  const header = fc.tuple(
    ...[fc.constantFrom(0, 0, 0, 1), fc.integer({ min: 0, max: 4 }), fc.integer({ max: 20 })],
    ...[fc.constantFrom(0, 1, 2, 3), fc.constantFrom(0, 1, 50, 2 ** 31)],
  )
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    header.map(([version, type, flags, stream, length]) => {
      const bytes = frame(type!, flags! & 0xffff, stream!, length!)
      bytes[0] = version!
      return bytes
    }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const muxed = new Muxed()
      muxed.feed(concatBytes(...pieces), [7, 30])
      assert.ok(['open', 'aborted', 'closed'].includes(muxed.connection.status))
    }),
    { numRuns: 200 },
  )
})
