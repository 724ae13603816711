// Goal: messages come out as they went in, however a stream is cut and whichever way its bytes are handed over; nothing is held
// beyond one frame. Method: generated messages and cuts, read into the buffer's own memory or pushed; a decoder as the oracle.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  encodeFrames,
  FRAME_BYTES_MAX,
  FRAME_HEADER_BYTES,
  FrameBuffer,
  FrameDecoder,
} from '@hamlet/core'

const messages = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.uint8Array({ maxLength: 300 }) },
    fc
      .record({ bytes: fc.nat(200_000), fill: fc.nat(255) })
      .map(({ bytes, fill }) => new Uint8Array(bytes).fill(fill)),
  ),
  { maxLength: 12 },
)
const cuts = fc.array(
  fc.record({
    bytes: fc.oneof(fc.nat(12), fc.nat(500), fc.nat(120_000)),
    isPushed: fc.boolean(),
  }),
  { maxLength: 40 },
)

/** Puts bytes where the buffer wants them, as a socket does: at most as many as there is room for. */
function readInto(buffer: FrameBuffer, bytes: Uint8Array, listener: (m: Uint8Array) => void) {
  for (let at = 0; at < bytes.length;) {
    const room = buffer.room()
    assert.ok(room.length > 0)
    const count = Math.min(room.length, bytes.length - at)
    room.set(bytes.subarray(at, at + count))
    buffer.received(count)
    at += count
    assert.equal(buffer.take(listener), undefined)
  }
}

test('messages come out as they went in, however the bytes are cut and handed over', () => {
  const property = fc.property(messages, cuts, (sent, parts) => {
    const bytes = encodeFrames(sent)
    const buffer = new FrameBuffer()
    const received: Uint8Array[] = []
    const listener = (message: Uint8Array): void => void received.push(message.slice())
    let offset = 0
    for (const { bytes: count, isPushed } of [...parts, { bytes: bytes.length, isPushed: true }]) {
      const part = bytes.slice(offset, offset + count)
      if (isPushed) assert.equal(buffer.push(part, listener), undefined)
      else readInto(buffer, part, listener)
      offset += count
      assert.ok(buffer.bufferedBytes <= offset)
    }
    assert.equal(received.length, sent.length)
    for (const [i, message] of sent.entries()) {
      assert.ok(Buffer.compare(message, received[i]!) === 0, `message ${i}`)
    }
    assert.equal(buffer.bufferedBytes, 0)
  })
  fc.assert(property, { numRuns: 200 })
})

test('any bytes are judged as the decoder judges them, and a failure lasts', () => {
  const property = fc.property(
    fc.array(fc.record({ bytes: fc.uint8Array({ maxLength: 50 }), isPushed: fc.boolean() })),
    (parts) => {
      const [buffer, decoder] = [new FrameBuffer(), new FrameDecoder()]
      for (const { bytes, isPushed } of parts) {
        const received: Uint8Array[] = []
        const listener = (message: Uint8Array): void => void received.push(message.slice())
        let failure
        if (isPushed) failure = buffer.push(bytes, listener)
        else {
          buffer.room().set(bytes)
          buffer.received(bytes.length)
          failure = buffer.take(listener)
        }
        const decoded = decoder.push(bytes)
        assert.deepEqual(failure, decoded.ok ? undefined : decoded.error)
        if (decoded.ok) assert.deepEqual(received, decoded.value)
        if (failure) return
        // The decoder has taken the header out by then.
        const headerBytes = buffer.bufferedBytes - decoder.bufferedBytes
        assert.ok(headerBytes === 0 || headerBytes === FRAME_HEADER_BYTES, `${headerBytes} bytes`)
      }
    },
  )
  fc.assert(property, { numRuns: 2000 })
})

test('the longest frame passes, one byte more is refused from its header alone', () => {
  const longest = encodeFrames([new Uint8Array(FRAME_BYTES_MAX)])
  const lengths: number[] = []
  const listener = (message: Uint8Array): void => void lengths.push(message.length)
  readInto(new FrameBuffer(), longest, listener)
  new FrameBuffer().push(longest, listener)
  assert.deepEqual(lengths, [FRAME_BYTES_MAX, FRAME_BYTES_MAX])
  const buffer = new FrameBuffer()
  const error = { code: 'frame-too-long', length: FRAME_BYTES_MAX + 1 }
  assert.deepEqual(buffer.push(Uint8Array.of(0, 0x10, 0, 1), listener), error)
  assert.deepEqual(buffer.push(Uint8Array.of(0, 0, 0, 0), listener), error)
  assert.equal(buffer.bufferedBytes, 0)
})

test('memory grows with what has come, not with what a header promises', () => {
  const buffer = new FrameBuffer()
  buffer.room().set(Uint8Array.of(0, 0x0f, 0xff, 0xff))
  buffer.received(4)
  assert.equal(
    buffer.take(() => undefined),
    undefined,
  )
  assert.ok(buffer.room().length <= 64 * 1024)
})
