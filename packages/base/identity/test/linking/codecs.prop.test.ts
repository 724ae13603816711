/**
 * Goal: no bytes and no text make a decoder or a machine of this folder throw or give an untyped failure. Method: round
 * trips of generated values; random and edited input for every decoder, and into each machine at each step.
 */

import assert from 'node:assert/strict'
import test from 'node:test'

import * as fc from 'fast-check'

import { bytesToHex, concatBytes } from '@hamlet/core'
import type { DeviceId, SpaceId } from '@hamlet/core'
import { encodeDeviceClaim, openDeviceClaim } from '@hamlet/identity'
import {
  BACKUP_BYTES_MAX,
  decodeBackup,
  decodeLinkCode,
  decodeLinkFrame,
  decodeLinkMessage,
  decodeRecoverMessage,
  decodeTicket,
  encodeBackup,
  encodeLinkCode,
  encodeLinkFrame,
  encodeTicket,
  LinkFrameReader,
  openBackup,
  RecoverAsker,
  RecoverHelper,
  sealBackup,
} from '@hamlet/identity/linking'

import { createFixedRandom, crypto } from '../_support.ts'
import { claimFor, failure, newDevice, oldDevice, person, runLink, ticket } from './_link.ts'

const bytes = (minLength: number, maxLength = minLength): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Uint8Array.from(array))
const ids = bytes(32).map(bytesToHex)
const hints = fc.array(fc.string({ minLength: 1, maxLength: 40 }), { maxLength: 8 })
const edits = fc.record({ at: fc.nat(400), patch: bytes(1, 9), cut: fc.boolean() })

test('link codes and tickets come back as they were written', () => {
  fc.assert(
    fc.property(bytes(32), ids, fc.nat(), hints, (secret, device, expiresAtMs, list) => {
      const code = { secret, device: device as DeviceId, expiresAtMs, hints: list }
      const text = encodeLinkCode(code)
      assert.deepEqual(decodeLinkCode(` ${text}\n`), { ok: true, value: code })
      const web = text.replace('hamlet:link#', 'https://example.org/app#link=')
      assert.deepEqual(decodeLinkCode(web), { ok: true, value: code })
    }),
    { numRuns: 50 },
  )
  fc.assert(
    fc.property(ids, fc.option(ids, { nil: undefined }), hints, bytes(32), (a, b, list, secret) => {
      const given = {
        ...{ space: a as SpaceId, founder: b as DeviceId | undefined, name: 'Home' },
        ...{ secrets: [secret], hints: list },
      }
      assert.deepEqual(decodeTicket(encodeTicket(given)), { ok: true, value: given })
    }),
    { numRuns: 50 },
  )
})

test('backups open with the key and in the space they were sealed for, and tell nothing by their size', () => {
  const places = fc.array(fc.tuple(ids, hints), { maxLength: 40 })
  fc.assert(
    fc.property(places, ids, (list, space) => {
      const given = list.map(([id, found]) => ({
        ...{ space: id as SpaceId, name: 'Home', hints: found.slice(0, 4) },
      }))
      assert.equal(decodeBackup(encodeBackup(given)).ok, true)
      const ports = { crypto, random: createFixedRandom(5) }
      const home = space as SpaceId
      const sealed = sealBackup(ports, person.recoveryPublic, home, given)
      assert.deepEqual(openBackup(crypto, person.recoveryPrivate, home, sealed), given)
      assert.equal(openBackup(crypto, newDevice.prekeyPrivate, home, sealed), undefined)
      const elsewhere = person.person as string as SpaceId
      assert.equal(openBackup(crypto, person.recoveryPrivate, elsewhere, sealed), undefined)
      assert.ok(sealed.ciphertext.length % 1024 < 17 || sealed.ciphertext.length % 1024 > 1000)
    }),
    { numRuns: 30 },
  )
})

test('a backup of more spaces than fit keeps the first ones', () => {
  const many = Array.from({ length: 600 }, (_, i) => ({
    ...{ space: ticket(i % 256).space, name: 'x'.repeat(150) },
    hints: Array.from({ length: 6 }, () => `/ip4/${'1'.repeat(60)}`),
  }))
  const bytes = encodeBackup(many)
  assert.ok(bytes.length <= BACKUP_BYTES_MAX)
  const decoded = decodeBackup(bytes)
  assert.ok(decoded.ok && decoded.value.length > 50)
  assert.equal(decoded.value[0]!.hints.length, 4)
})

test('any text is judged as a link code, never thrown at', () => {
  const valid = encodeLinkCode({
    ...{ secret: new Uint8Array(32), device: oldDevice.device, expiresAtMs: 5, hints: ['/ip4/x'] },
  })
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.tuple(fc.nat(valid.length), fc.string({ maxLength: 5 })).map(([at, patch]) => {
      return valid.slice(0, at) + patch + valid.slice(at + patch.length)
    }),
  )
  fc.assert(
    fc.property(texts, (text) => {
      const result = decodeLinkCode(text)
      if (!result.ok) assert.equal(result.error.code, 'LINK_CODE_MALFORMED')
    }),
    { numRuns: 500 },
  )
  assert.ok(!decodeLinkCode('x'.repeat(5000)).ok)
})

test('bytes changed in any way are judged by every decoder, never thrown at', () => {
  const claim = encodeDeviceClaim(claimFor(person.person))
  assert.ok(openDeviceClaim(crypto, claim).ok)
  const valid = [claim, encodeTicket(ticket(1)), Uint8Array.of(0x81, 1), Uint8Array.of(0x82, 0, 1)]
  fc.assert(
    fc.property(fc.nat(3), edits, bytes(0, 80), (which, { at, patch, cut }, garbage) => {
      const base = valid[which]!
      const head = base.slice(0, at % base.length)
      const changed = concatBytes(head, patch, cut ? new Uint8Array(0) : base.slice(head.length))
      for (const input of [changed, garbage]) {
        const opened = openDeviceClaim(crypto, input)
        if (!opened.ok) assert.match(opened.error.code, /^CERTIFICATE_/)
        for (const decode of [decodeTicket, decodeLinkMessage, decodeRecoverMessage]) {
          const decoded = decode(input)
          if (!decoded.ok) assert.match(decoded.error.code, /^CBOR_/)
        }
        decodeLinkFrame(input)
      }
    }),
    { numRuns: 500 },
  )
})

test('messages come out of a byte stream whole, however it was cut', () => {
  fc.assert(
    fc.property(fc.array(bytes(1, 300), { maxLength: 8 }), fc.nat(50), (messages, step) => {
      const stream = concatBytes(...messages.map(encodeLinkFrame))
      const reader = new LinkFrameReader()
      const read: Uint8Array[] = []
      for (let at = 0; at < stream.length; at += step + 1) {
        read.push(...reader.push(stream.slice(at, at + step + 1)))
      }
      assert.deepEqual(read, messages)
    }),
    { numRuns: 100 },
  )
})

test('frames from anywhere end a link with a typed error at every step', () => {
  fc.assert(
    fc.property(fc.nat(8), edits, bytes(0, 60), fc.boolean(), (index, edit, garbage, isGarbage) => {
      const run = runLink({
        onWay: (frame, i) => {
          if (i !== index) return undefined
          return isGarbage ? garbage : concatBytes(frame.slice(0, edit.at), edit.patch)
        },
      })
      const codes = [failure(run.old), failure(run.new)].filter((code) => code !== undefined)
      assert.ok(codes.length > 0)
      for (const code of codes) assert.match(code, /^LINK_/)
    }),
    { numRuns: 200 },
  )
})

test('frames from anywhere end a recovery with a typed error at every step', () => {
  const frames = fc.array(fc.oneof(bytes(0, 80), bytes(34).map(helloOf)), { maxLength: 4 })
  fc.assert(
    fc.property(frames, (list) => {
      const ports = { crypto, random: createFixedRandom(3) }
      const asker = new RecoverAsker(ports, newDevice, oldDevice.device)
      const helper = new RecoverHelper(ports, {
        ...{ self: oldDevice.device, asker: newDevice.device, people: () => [person.person] },
      })
      for (const frame of list) {
        for (const effect of [...asker.receive(frame), ...helper.receive(frame)]) {
          if (effect.kind === 'failed') assert.match(effect.error.code, /^RECOVER_/)
        }
      }
    }),
    { numRuns: 300 },
  )
})

/** A greeting with a random nonce, so that the second step is reached. */
function helloOf(random: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0x83, 0, 1, 0x58, 32), random.slice(0, 32))
}
