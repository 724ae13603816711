import assert from 'node:assert/strict'
import test from 'node:test'

import { bytesToHex, idToBytes, utf8 } from '@hamlet/core'
import {
  certifyDevice,
  claimDevice,
  createIdentity,
  createPrekey,
  derivePersonKeys,
  encodeSignedPrekey,
  entropyToWords,
  openIdentity,
  openSealed,
  openSignedPrekey,
  sealTo,
  SIGNATURE_DOMAINS,
  signDomain,
  signPrekey,
  verifyDeviceCertificate,
  verifyDeviceClaim,
  verifyDomain,
  withoutPersonEntropy,
  wordsToEntropy,
} from '@hamlet/identity'
import type { KeyRing } from '@hamlet/identity'

import { createFixedRandom, crypto } from './_support.ts'

const NOW_MS = 1_790_000_000_000
const OPTIONS = { nowMs: NOW_MS, label: 'Kitchen laptop' }

test('a new identity opens, signs as its device and opens what is sealed to it', () => {
  const random = createFixedRandom(1)
  const identity = openIdentity(crypto, createIdentity(crypto, random, OPTIONS))
  const signature = signDomain(identity.deviceSigner, 'holding', utf8('x'))
  assert.ok(verifyDomain(crypto, idToBytes(identity.device), 'holding', utf8('x'), signature))
  assert.ok(verifyDeviceCertificate(crypto, identity.certificate))
  assert.equal(identity.certificate.label, 'Kitchen laptop')
  assert.equal(identity.personKeys?.person, identity.person)
  const sealed = sealTo(
    crypto,
    random,
    identity.certificate.prekey,
    utf8('i'),
    utf8('a'),
    utf8('p'),
  )
  assert.deepEqual(
    openSealed(crypto, identity.prekeyPrivate, sealed, utf8('i'), utf8('a')),
    utf8('p'),
  )
})

test('the same words give the same person on another device', () => {
  const first = createIdentity(crypto, createFixedRandom(1), OPTIONS)
  const entropy = wordsToEntropy(entropyToWords(first.personEntropy!))
  assert.ok(entropy.ok)
  const options = { ...OPTIONS, personEntropy: entropy.value }
  const second = createIdentity(crypto, createFixedRandom(2), options)
  const [a, b] = [openIdentity(crypto, first), openIdentity(crypto, second)]
  assert.equal(a.person, b.person)
  assert.notEqual(a.device, b.device)
  assert.deepEqual(a.personKeys?.recoveryPublic, b.personKeys?.recoveryPublic)
})

test('person keys are derived as they always were', () => {
  const keys = derivePersonKeys(crypto, new Uint8Array(32).fill(0x11))
  assert.equal(keys.person, PERSON_OF_11)
  assert.equal(bytesToHex(keys.recoveryPublic), RECOVERY_OF_11)
})

test('a device whose owner keeps the words elsewhere works without the person keys', () => {
  const keys = withoutPersonEntropy(createIdentity(crypto, createFixedRandom(1), OPTIONS))
  const identity = openIdentity(crypto, keys)
  assert.equal(identity.personKeys, undefined)
  assert.equal(identity.person, identity.certificate.person)
})

test('refuses key rings whose parts do not belong together', () => {
  const first = createIdentity(crypto, createFixedRandom(1), OPTIONS)
  const second = createIdentity(crypto, createFixedRandom(2), OPTIONS)
  const mixed: readonly KeyRing[] = [
    { ...first, deviceSeed: second.deviceSeed },
    { ...first, personEntropy: second.personEntropy },
    { ...first, prekeys: second.prekeys },
    { ...first, prekeys: [] },
    { ...first, certificate: second.certificate },
    { ...first, certificate: first.certificate.slice(1) },
    { ...first, certificate: first.certificate.with(200, first.certificate[200]! ^ 1) },
  ]
  for (const keys of mixed) {
    assert.throws(() => openIdentity(crypto, keys), { code: 'KEY_FILE_CORRUPT' })
  }
})

test('keeps old prekeys behind the current one', () => {
  const keys = createIdentity(crypto, createFixedRandom(1), OPTIONS)
  const next = createPrekey(createFixedRandom(3), 2, NOW_MS + 1)
  const identity = openIdentity(crypto, { ...keys, prekeys: [...keys.prekeys, next] })
  assert.equal(identity.prekeyPrivate, next.privateKey)
  assert.deepEqual(
    identity.prekeys.map((prekey) => prekey.serial),
    [2, 1],
  )
})

test('a signed prekey opens for everyone and not when changed', () => {
  const { deviceSigner, device } = openIdentity(
    crypto,
    createIdentity(crypto, createFixedRandom(1), OPTIONS),
  )
  const prekey = signPrekey(crypto, deviceSigner, createPrekey(createFixedRandom(3), 2, NOW_MS))
  const bytes = encodeSignedPrekey(prekey)
  const opened = openSignedPrekey(crypto, bytes)
  assert.ok(opened.ok)
  assert.deepEqual(opened.value, prekey)
  assert.equal(opened.value.device, device)
  for (let index = 0; index < bytes.length; index++) {
    assert.equal(
      openSignedPrekey(crypto, bytes.with(index, bytes[index]! ^ 1)).ok,
      false,
      `${index}`,
    )
  }
})

test('a further device is certified without its keys ever leaving it', () => {
  const root = derivePersonKeys(crypto, new Uint8Array(32).fill(0x11))
  const phone = crypto.signer(new Uint8Array(32).fill(0x22))
  const facts = {
    person: root.person,
    prekey: crypto.agreementKey(new Uint8Array(32).fill(0x33)),
    prekeySerial: 1,
    createdAtMs: NOW_MS,
  }
  const claim = claimDevice(phone, facts)
  assert.ok(verifyDeviceClaim(crypto, claim))
  assert.ok(verifyDeviceCertificate(crypto, certifyDevice(root.rootSigner, claim)))
  const stranger = derivePersonKeys(crypto, new Uint8Array(32).fill(0x44))
  assert.equal(verifyDeviceCertificate(crypto, certifyDevice(stranger.rootSigner, claim)), false)
  assert.equal(verifyDeviceClaim(crypto, { ...claim, person: stranger.person }), false)
})

test('a signature of one domain is refused in every other', () => {
  const signer = crypto.signer(new Uint8Array(32).fill(9))
  const bytes = utf8('the same bytes')
  for (const signed of SIGNATURE_DOMAINS) {
    const signature = signDomain(signer, signed, bytes)
    for (const asked of SIGNATURE_DOMAINS) {
      const isVerified = verifyDomain(crypto, signer.publicKey, asked, bytes, signature)
      assert.equal(isVerified, asked === signed)
    }
  }
})

const PERSON_OF_11 = '6bec4de41a6864f8efe8c146304a477313b73dcdd249957ced384f441e15838d'
const RECOVERY_OF_11 = 'f1852884bf6c93bc27af7aec289223cb228fd13f52499867ae3b569161b87c6f'
