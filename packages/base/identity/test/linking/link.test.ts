/**
 * Goal: a device is linked exactly when both screens belong together and the person says so. Method: whole links with the
 * frames carried by hand, each of them attacked at one place.
 */

import assert from 'node:assert/strict'
import test from 'node:test'

import { concatBytes, utf8 } from '@hamlet/core'
import { claimDevice, openDeviceCertificate } from '@hamlet/identity'
import { encodeRefusal, OldDeviceLink } from '@hamlet/identity/linking'

import { createFixedRandom, crypto } from '../_support.ts'
import {
  claimFor,
  effect,
  failure,
  flipped,
  newDevice,
  NOW_MS,
  oldDevice,
  person,
  runLink,
  SECRET,
  ticket,
} from './_link.ts'

test('both screens show the same number, and the new device gets a certificate and the spaces', () => {
  const run = runLink()
  const [shown, seen] = [effect(run.old, 'number')!, effect(run.new, 'number')!]
  assert.match(shown.digits, /^\d{6}$/)
  assert.equal(seen.digits, shown.digits)
  assert.deepEqual([shown.label, seen.label], ['Phone', 'Anna'])
  const { grant } = effect(run.new, 'granted')!
  const certificate = openDeviceCertificate(crypto, grant.certificate)
  assert.ok(certificate.ok)
  assert.equal(certificate.value.person, person.person)
  assert.equal(certificate.value.device, newDevice.device)
  assert.deepEqual(grant.tickets, [ticket(1), ticket(2)])
  assert.deepEqual(grant.recoveryPublic, person.recoveryPublic)
  assert.ok(effect(run.old, 'done') !== undefined && effect(run.new, 'done') !== undefined)
})

test('no private key and no word of the code is in any frame', () => {
  const run = runLink()
  const all = Buffer.from(concatBytes(...run.frames))
  for (const secret of [SECRET, newDevice.prekeyPrivate, utf8('Anna'), utf8('Space 1')]) {
    assert.equal(all.includes(Buffer.from(secret)), false)
  }
})

test('a person without spaces can link a device too', () => {
  const run = runLink({ tickets: [] })
  assert.deepEqual(effect(run.new, 'granted')!.grant.tickets, [])
  assert.ok(effect(run.old, 'done') !== undefined)
})

test('another code is told so, and nothing is shown to anybody', () => {
  const run = runLink({ newSecret: crypto.hash(SECRET) })
  assert.equal(failure(run.old), 'LINK_CODE_WRONG')
  assert.equal(failure(run.new), 'LINK_CODE_WRONG')
  assert.equal(effect(run.old, 'number'), undefined)
})

test('a number that the person refuses ends it on both sides, with nothing certified', () => {
  const run = runLink({ confirms: false })
  assert.equal(failure(run.old), 'LINK_REFUSED')
  assert.equal(failure(run.new), 'LINK_REFUSED')
  assert.equal(effect(run.old, 'claim'), undefined)
})

test('a code carried to another device than the one that shows it fails', () => {
  const run = runLink({ newSeesOld: newDevice.device })
  assert.equal(failure(run.new), 'LINK_BROKEN')
  assert.equal(effect(run.old, 'number'), undefined)
})

test('a claim for another person or another device is not certified', () => {
  const other = crypto.signer(new Uint8Array(32).fill(9))
  const facts = {
    person: person.person,
    prekey: newDevice.certificate.prekey,
    prekeySerial: 1,
    createdAtMs: NOW_MS,
  }
  for (const makeClaim of [() => claimFor(newDevice.person), () => claimDevice(other, facts)]) {
    const run = runLink({ makeClaim })
    assert.equal(failure(run.old), 'LINK_BROKEN')
    assert.equal(failure(run.new), 'LINK_BROKEN')
    assert.equal(effect(run.old, 'claim'), undefined)
  }
})

test('a bit changed in any frame ends the link, and never with a device half linked on the new side', () => {
  const count = runLink().frames.length
  assert.equal(count, 10)
  for (let index = 0; index < count; index++) {
    for (const at of [0, 1, 20, -1]) {
      const run = runLink({
        onWay: (frame, i) => (i === index ? flipped(frame, at) : undefined),
      })
      const ended = failure(run.old) ?? failure(run.new)
      assert.ok(ended !== undefined, `frame ${index} byte ${at}`)
      const isStored = effect(run.new, 'granted') !== undefined
      assert.equal(isStored, index === count - 1, `frame ${index} byte ${at}`)
    }
  }
})

test('a frame repeated or out of turn ends the link', () => {
  const recorded = runLink().frames
  for (let index = 1; index < recorded.length; index++) {
    const run = runLink({ onWay: (_frame, i) => (i === index ? recorded[index - 1] : undefined) })
    assert.ok((failure(run.old) ?? failure(run.new)) !== undefined, `frame ${index}`)
  }
})

test('a whole recorded link cannot be played to the old device again', () => {
  const recorded = runLink().frames
  const again = new OldDeviceLink({
    ...{ crypto, random: createFixedRandom(99), secret: SECRET },
    ...{ oldDevice: oldDevice.device, newDevice: newDevice.device },
    ...{ person: person.person, personName: 'Anna' },
  })
  again.receive(recorded[0]!)
  const effects = again.receive(recorded[2]!)
  assert.equal(failure(effects), 'LINK_CODE_WRONG')
})

test('a refusal is heard at every step, and nothing is said after the end', () => {
  for (let index = 0; index < 8; index++) {
    const run = runLink({
      onWay: (_frame, i) => (i === index ? encodeRefusal('LINK_CODE_EXPIRED') : undefined),
    })
    const codes = [failure(run.old), failure(run.new)]
    assert.ok(codes.includes('LINK_CODE_EXPIRED'), `frame ${index}`)
  }
  const old = new OldDeviceLink({
    ...{ crypto, random: createFixedRandom(3), secret: SECRET },
    ...{ oldDevice: oldDevice.device, newDevice: newDevice.device },
    ...{ person: person.person, personName: 'Anna' },
  })
  assert.equal(failure(old.close('LINK_CODE_USED')), 'LINK_CODE_USED')
  assert.deepEqual(old.receive(Uint8Array.of(0, 1)), [])
  assert.deepEqual([old.confirm(), old.refuse(), old.abandon(), old.giveUp()], [[], [], [], []])
})

/** The man in the middle, who has read the code, may choose everything but the committed nonce before he sees it. */
test('an old device that opens another commitment than it made is found out', () => {
  const seen: Uint8Array[] = []
  const first = runLink({ onWay: (frame) => (seen.push(frame), undefined) })
  assert.equal(effect(first.new, 'number')?.digits, effect(first.old, 'number')?.digits)
  // Another nonce on the old side: commitment and reveal come from different runs.
  const run = runLink({ onWay: (_frame, i) => (i === 3 ? flipped(seen[3]!, -1) : undefined) })
  assert.equal(effect(run.new, 'number'), undefined)
})
