/**
 * Goal: both backends speak Noise byte for byte like other implementations, and refuse whatever was changed on the way.
 * Method: all public vectors of the suite, every message with bits changed, and the keys and lengths no honest side sends.
 */

import assert from 'node:assert/strict'
import test from 'node:test'

import { bytesToHex, hexToBytes, utf8 } from '@hamlet/core'
import type { Crypto, Random } from '@hamlet/core'
import { NOISE_XX, NOISE_XX_PSK3, NoiseHandshake } from '@hamlet/identity'
import type { NoisePattern, NoiseSession } from '@hamlet/identity'

import { backends } from './_backends.ts'
import { noisePattern } from './_noise-patterns.ts'
import { createFixedRandom } from './_support.ts'
import { readVectors } from './_vectors.ts'

interface NoiseCase {
  readonly protocol_name: string
  readonly handshake_hash: string
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[]
  readonly [field: string]: unknown
}

type Side = 'init' | 'resp'

for (const { name, crypto } of backends) {
  test(`${name} speaks every public vector of the suite, with every pattern`, () => {
    const vectors = readVectors<{ vectors: NoiseCase[] }>(
      'noise/cacophony-25519_ChaChaPoly_SHA256.json',
      59,
    )
    if (vectors === undefined) return
    for (const vector of vectors.data.vectors) checkCase(crypto, vector)
    assert.equal(vectors.data.vectors.length, vectors.caseCount)
  })

  test(`${name} notices every bit changed in any message of XX and XXpsk3`, () => {
    for (const pattern of [NOISE_XX, NOISE_XX_PSK3]) {
      for (let index = 0; index < 3; index++) {
        const length = messagesOf(crypto, pattern)[index]!.length
        for (let bit = 0; bit < length * 8; bit += 23) {
          assert.equal(
            survives(crypto, pattern, index, bit),
            false,
            `${pattern.name} ${index}/${bit}`,
          )
        }
      }
    }
  })

  test(`${name} refuses keys of small order, and keys in a second spelling`, () => {
    const bad = [
      '00'.repeat(32),
      `01${'00'.repeat(31)}`,
      'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
      `ed${'ff'.repeat(30)}7f`,
      `09${'00'.repeat(30)}80`,
    ]
    for (const key of bad) {
      const result = side(crypto, NOISE_XX_PSK3, 'responder').read(hexToBytes(key))
      assert.equal(result.ok ? 'ok' : result.error.code, 'NOISE_BAD_KEY', key)
      const initiator = side(crypto, NOISE_XX_PSK3, 'initiator')
      initiator.write(new Uint8Array(0))
      const answer = new Uint8Array(32 + 48 + 16)
      answer.set(hexToBytes(key))
      const second = initiator.read(answer)
      assert.equal(second.ok ? 'ok' : second.error.code, 'NOISE_BAD_KEY', key)
    }
  })

  test(`${name} refuses messages of a wrong length, empty ones and overlong ones`, () => {
    for (const length of [0, 1, 31, 65_536]) {
      const result = side(crypto, NOISE_XX, 'responder').read(new Uint8Array(length).fill(9))
      assert.equal(result.ok ? 'ok' : result.error.code, 'NOISE_MALFORMED', String(length))
    }
    const second = messagesOf(crypto, NOISE_XX_PSK3)[1]!
    for (let length = 0; length < second.length; length++) {
      const initiator = side(crypto, NOISE_XX_PSK3, 'initiator')
      initiator.write(new Uint8Array(0))
      const result = initiator.read(second.slice(0, length))
      assert.ok(!result.ok, String(length))
      assert.match(result.error.code, /^NOISE_(MALFORMED|DECRYPT)$/)
      const again = initiator.read(second)
      assert.equal(again.ok ? 'ok' : again.error.code, 'NOISE_ENDED')
    }
  })
}

test('another prologue or another pre-shared key ends the handshake', () => {
  const { crypto } = backends[0]
  const [first, second] = [
    side(crypto, NOISE_XX_PSK3, 'initiator'),
    side(crypto, NOISE_XX_PSK3, 'responder', 'psk', 'other prologue'),
  ]
  assert.ok(!second.read(first.write(new Uint8Array(0))).ok)
  const [third, fourth] = [
    side(crypto, NOISE_XX_PSK3, 'initiator', 'other'),
    side(crypto, NOISE_XX_PSK3, 'responder'),
  ]
  assert.ok(fourth.read(third.write(new Uint8Array(0))).ok)
  assert.ok(third.read(fourth.write(new Uint8Array(0))).ok)
  const result = fourth.read(third.write(new Uint8Array(0)))
  assert.equal(result.ok ? 'ok' : result.error.code, 'NOISE_DECRYPT')
})

test('a transport message opens once, in its place, and not under the other direction', () => {
  const { crypto } = backends[0]
  const [initiator, responder] = sessionsOf(crypto, NOISE_XX_PSK3)
  const none = new Uint8Array(0)
  const [one, two] = ['one', 'two'].map((text) => initiator.send.encrypt(utf8(text), none))
  assert.ok(!responder.receive.decrypt(two!, none).ok, 'out of order')
  assert.ok(responder.receive.decrypt(one!, none).ok)
  assert.ok(!responder.receive.decrypt(one!, none).ok, 'replayed')
  assert.ok(responder.receive.decrypt(two!, none).ok)
  assert.ok(!initiator.receive.decrypt(one!, none).ok, 'reflected')
  assert.deepEqual(initiator.handshakeHash, responder.handshakeHash)
})

function checkCase(crypto: Crypto, vector: NoiseCase): void {
  const pattern = noisePattern(vector.protocol_name.split('_')[1]!)
  const sides = {
    init: vectorSide(crypto, vector, 'init'),
    resp: vectorSide(crypto, vector, 'resp'),
  }
  const isOneWay = pattern.messages.length === 1
  const sessions: Partial<Record<Side, NoiseSession>> = {}
  for (const [i, { payload, ciphertext }] of vector.messages.entries()) {
    const [from, to]: readonly [Side, Side] =
      i % 2 === 0 || isOneWay ? ['init', 'resp'] : ['resp', 'init']
    const where = `${vector.protocol_name} message ${i}`
    if (i < pattern.messages.length) {
      assert.equal(bytesToHex(sides[from].write(hexToBytes(payload))), ciphertext, where)
      const read = sides[to].read(hexToBytes(ciphertext))
      assert.equal(read.ok && bytesToHex(read.value), payload, where)
      continue
    }
    sessions.init ??= sides.init.finish()
    sessions.resp ??= sides.resp.finish()
    const none = new Uint8Array(0)
    assert.equal(bytesToHex(sessions[from]!.send.encrypt(hexToBytes(payload), none)), ciphertext)
    const changed = hexToBytes(ciphertext)
    changed[0] = changed[0]! ^ 1
    assert.equal(sessions[to]!.receive.decrypt(changed, none).ok, false, where)
    const opened = sessions[to]!.receive.decrypt(hexToBytes(ciphertext), none)
    assert.equal(opened.ok && bytesToHex(opened.value), payload, where)
  }
  assert.equal(bytesToHex(sessions.init!.handshakeHash), vector.handshake_hash)
  assert.equal(bytesToHex(sessions.resp!.handshakeHash), vector.handshake_hash)
}

function vectorSide(crypto: Crypto, vector: NoiseCase, who: Side): NoiseHandshake {
  const field = (suffix: string): Uint8Array | undefined => {
    const hex = vector[`${who}_${suffix}`]
    return typeof hex === 'string' ? hexToBytes(hex) : undefined
  }
  const [staticPrivate, remoteStatic] = [field('static'), field('remote_static')]
  const ephemeral = field('ephemeral')
  return new NoiseHandshake(crypto, once(ephemeral), {
    pattern: noisePattern(vector.protocol_name.split('_')[1]!),
    role: who === 'init' ? 'initiator' : 'responder',
    prologue: field('prologue')!,
    presharedKeys: ((vector[`${who}_psks`] ?? []) as string[]).map(hexToBytes),
    ...(staticPrivate === undefined ? {} : { staticPrivate }),
    ...(remoteStatic === undefined ? {} : { remoteStatic }),
  })
}

function once(bytes: Uint8Array | undefined): Random {
  return { bytes: () => bytes! }
}

function side(
  crypto: Crypto,
  pattern: NoisePattern,
  role: 'initiator' | 'responder',
  psk = 'psk',
  prologue = 'prologue',
): NoiseHandshake {
  const seed = role === 'initiator' ? 1 : 2
  return new NoiseHandshake(crypto, createFixedRandom(seed), {
    pattern,
    role,
    prologue: utf8(prologue),
    staticPrivate: new Uint8Array(32).fill(seed),
    presharedKeys: pattern === NOISE_XX_PSK3 ? [crypto.hash(utf8(psk))] : [],
  })
}

/** The three messages of a handshake that nobody disturbs. */
function messagesOf(crypto: Crypto, pattern: NoisePattern): readonly Uint8Array[] {
  const [a, b] = [side(crypto, pattern, 'initiator'), side(crypto, pattern, 'responder')]
  const messages: Uint8Array[] = []
  for (const [from, to] of [
    [a, b],
    [b, a],
    [a, b],
  ] as const) {
    const message = from.write(utf8('payload'))
    messages.push(message)
    assert.ok(to.read(message).ok)
  }
  return messages
}

function sessionsOf(crypto: Crypto, pattern: NoisePattern): readonly [NoiseSession, NoiseSession] {
  const [a, b] = [side(crypto, pattern, 'initiator'), side(crypto, pattern, 'responder')]
  for (const [from, to] of [
    [a, b],
    [b, a],
    [a, b],
  ] as const) {
    assert.ok(to.read(from.write(utf8('payload'))).ok)
  }
  return [a.finish(), b.finish()]
}

/** Whether a handshake with one bit of one message changed goes through: a clear first message fails in the second. */
function survives(crypto: Crypto, pattern: NoisePattern, index: number, bit: number): boolean {
  const [a, b] = [side(crypto, pattern, 'initiator'), side(crypto, pattern, 'responder')]
  for (const [i, [from, to]] of (
    [
      [a, b],
      [b, a],
      [a, b],
    ] as const
  ).entries()) {
    const message = from.write(utf8('payload'))
    if (i === index) message[bit >> 3] = message[bit >> 3]! ^ (1 << (bit & 7))
    if (!to.read(message).ok) return false
  }
  return true
}
