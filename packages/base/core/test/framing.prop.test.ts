import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeFrames, FRAME_BYTES_MAX, FrameDecoder } from '@hamlet/core'

const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 })

test('messages come out as they went in, however the bytes are cut', () => {
  fc.assert(
    fc.property(messages, fc.array(fc.nat(40)), (sent, cuts) => {
      const bytes = encodeFrames(sent)
      const decoder = new FrameDecoder()
      const received: Uint8Array[] = []
      let offset = 0
      for (const cut of [...cuts, bytes.length]) {
        const decoded = decoder.push(bytes.slice(offset, offset + cut))
        assert.ok(decoded.ok)
        received.push(...decoded.value)
        offset += cut
      }
      assert.deepEqual(received, sent)
      assert.equal(decoder.bufferedBytes, 0)
    }),
  )
})

test('any bytes give messages within the limit or one lasting failure, never an exception', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 50 })), (chunks) => {
      const decoder = new FrameDecoder()
      let failed = false
      for (const chunk of chunks) {
        const decoded = decoder.push(chunk)
        if (failed) assert.equal(decoded.ok, false)
        failed ||= !decoded.ok
        if (decoded.ok) for (const m of decoded.value) assert.ok(m.length <= FRAME_BYTES_MAX)
      }
    }),
  )
})

test('the longest frame passes, one byte more is refused from its header alone', () => {
  const longest = new FrameDecoder().push(encodeFrames([new Uint8Array(FRAME_BYTES_MAX)]))
  assert.ok(longest.ok && longest.value[0]!.length === FRAME_BYTES_MAX)
  const tooLong = new FrameDecoder().push(Uint8Array.of(0, 0x10, 0, 1))
  assert.deepEqual(tooLong, {
    ok: false,
    error: { code: 'frame-too-long', length: FRAME_BYTES_MAX + 1 },
  })
})
