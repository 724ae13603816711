/**
 * Goal: no bytes make a handshake throw, and whatever two honest sides say arrives. Method: random payloads through whole
 * handshakes, random and edited bytes into each side at each step.
 */

import assert from 'node:assert/strict'
import test from 'node:test'

import * as fc from 'fast-check'

import { checkNumber, commitToNonce, isNonceCommitted } from '@hamlet/identity'
import { NOISE_XX_PSK3, NoiseHandshake } from '@hamlet/identity'

import { createFixedRandom, crypto } from './_support.ts'

const payloads = fc.uint8Array({ maxLength: 500 }).map((bytes) => Uint8Array.from(bytes))
const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((b) => Uint8Array.from(b))
const roles = ['initiator', 'responder'] as const

function pair(seed: number, psk: Uint8Array): readonly [NoiseHandshake, NoiseHandshake] {
  const make = (role: (typeof roles)[number], offset: number): NoiseHandshake =>
    new NoiseHandshake(crypto, createFixedRandom(seed + offset), {
      pattern: NOISE_XX_PSK3,
      role,
      prologue: Uint8Array.of(seed),
      staticPrivate: crypto.hash(Uint8Array.of(seed, offset)),
      presharedKeys: [psk],
    })
  return [make('initiator', 0), make('responder', 1)]
}

test('what honest sides say arrives, and both end with the same hash and the same digits', () => {
  fc.assert(
    fc.property(fc.nat(200), secrets, payloads, payloads, secrets, (seed, psk, one, two, nonce) => {
      const [a, b] = pair(seed, psk)
      for (const [from, to] of [
        [a, b],
        [b, a],
        [a, b],
      ] as const) {
        const read = to.read(from.write(one))
        assert.deepEqual(read.ok && read.value, one)
      }
      const [first, second] = [a.finish(), b.finish()]
      const none = new Uint8Array(0)
      for (const text of [one, two, none]) {
        const there = second.receive.decrypt(first.send.encrypt(text, none), none)
        assert.deepEqual(there.ok && there.value, text)
        const back = first.receive.decrypt(second.send.encrypt(text, none), none)
        assert.deepEqual(back.ok && back.value, text)
      }
      const digits = checkNumber(crypto, first.handshakeHash, nonce, psk)
      assert.match(digits, /^\d{6}$/)
      assert.equal(checkNumber(crypto, second.handshakeHash, nonce, psk), digits)
      assert.ok(isNonceCommitted(crypto, nonce, commitToNonce(crypto, nonce)))
      const other = nonce.with(0, nonce[0]! ^ 1)
      assert.equal(isNonceCommitted(crypto, other, commitToNonce(crypto, nonce)), false)
    }),
    { numRuns: 30 },
  )
})

test('bytes from anywhere are judged at every step, never thrown at', () => {
  const edits = fc.record({ at: fc.nat(400), bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }) })
  fc.assert(
    fc.property(fc.nat(2), fc.option(edits), payloads, (step, edit, garbage) => {
      const [a, b] = pair(7, new Uint8Array(32).fill(3))
      for (const [i, [from, to]] of (
        [
          [a, b],
          [b, a],
          [a, b],
        ] as const
      ).entries()) {
        const honest = from.write(new Uint8Array(20))
        let message = honest
        if (i === step && edit === null) message = garbage
        if (i === step && edit !== null) {
          message = Uint8Array.of(...honest.slice(0, edit.at), ...edit.bytes)
        }
        const result = to.read(message)
        if (result.ok) continue
        assert.match(result.error.code, /^NOISE_/)
        assert.equal(to.isOurTurn, false)
        return
      }
    }),
    { numRuns: 300 },
  )
})

test('digits are spread evenly: no leading digit is rarer than chance allows', () => {
  const counts = Array.from({ length: 10 }, () => 0)
  for (let i = 0; i < 2000; i++) {
    const hash = crypto.hash(Uint8Array.of(i >> 8, i & 255))
    counts[Number(checkNumber(crypto, hash, hash, hash)[0])]!++
  }
  assert.ok(
    counts.every((count) => count > 140 && count < 260),
    counts.join(),
  )
})
