/**
 * Goal: a certificate says one thing in one form, and nothing forged or bent is opened. Method: golden files, every bit
 * flipped, keys of small order re-signed, and WebCrypto as the foreign client.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

import { bytesToHex, encodeCbor, hexToBytes, utf8 } from '@hamlet/core'
import type { CborValue, PersonId } from '@hamlet/core'
import {
  certifyClient,
  certifyDevice,
  CLIENT_CERTIFICATE_BYTES_MAX,
  createIdentity,
  derivePersonKeys,
  DEVICE_CERTIFICATE_BYTES_MAX,
  domainMessage,
  encodeClientCertificate,
  encodeDeviceCertificate,
  openClientCertificate,
  openDeviceCertificate,
  openIdentity,
  signDomain,
  verifyClientOperation,
} from '@hamlet/identity'

import { createFixedRandom, crypto } from './_support.ts'

const NOW_MS = 1_790_000_000_000
const ROOT = derivePersonKeys(crypto, new Uint8Array(32).fill(0x11))

function golden(name: string): Uint8Array {
  const url = new URL(`./golden/${name}.hex`, import.meta.url)
  return hexToBytes(readFileSync(url, 'utf8').replaceAll(/\s/gu, ''))
}

const ring = createIdentity(crypto, createFixedRandom(1), {
  nowMs: NOW_MS,
  label: 'Kitchen laptop',
})
const deviceCertificate = openIdentity(crypto, ring).certificate
const person = derivePersonKeys(crypto, ring.personEntropy!)
/** The same without the recovery key, as it was made before there was one. */
const { recovery, ...claim } = deviceCertificate
const oldCertificate = certifyDevice(person.rootSigner, claim)

const clientCertificate = certifyClient(ROOT.rootSigner, {
  person: ROOT.person,
  algorithm: 'ed25519',
  publicKey: crypto.signer(new Uint8Array(32).fill(0x55)).publicKey,
  label: 'Bookkeeping',
  createdAtMs: NOW_MS,
  expiresAtMs: NOW_MS + 1000,
})

test('the device certificates of the golden files never change', () => {
  for (const [name, certificate] of [
    ['device-certificate-v1', oldCertificate],
    ['device-certificate-v2', deviceCertificate],
  ] as const) {
    const bytes = golden(name)
    assert.equal(bytesToHex(encodeDeviceCertificate(certificate)), bytesToHex(bytes))
    const opened = openDeviceCertificate(crypto, bytes)
    assert.ok(opened.ok)
    assert.deepEqual(opened.value, certificate)
  }
})

test('a certificate names the key that the recovery words give, signed by the person alone', () => {
  assert.deepEqual(recovery, person.recoveryPublic)
  const other = derivePersonKeys(crypto, new Uint8Array(32).fill(0x22)).recoveryPublic
  for (const changed of [other, new Uint8Array(32)]) {
    const bytes = encodeDeviceCertificate({ ...deviceCertificate, recovery: changed })
    assert.equal(openDeviceCertificate(crypto, bytes).ok, false)
  }
  const withoutIt = encodeDeviceCertificate({ ...deviceCertificate, recovery: undefined })
  assert.equal(openDeviceCertificate(crypto, withoutIt).ok, false)
  const added = encodeDeviceCertificate({ ...oldCertificate, recovery: other })
  assert.equal(openDeviceCertificate(crypto, added).ok, false)
  // Nobody but the person says which key it is, so a device may claim before it knows.
  const certified = certifyDevice(person.rootSigner, claim, other)
  assert.ok(openDeviceCertificate(crypto, encodeDeviceCertificate(certified)).ok)
  const mixed = { ...ring, certificate: encodeDeviceCertificate(certified) }
  assert.throws(() => openIdentity(crypto, mixed), { code: 'KEY_FILE_CORRUPT' })
  assert.ok(openIdentity(crypto, { ...ring, certificate: encodeDeviceCertificate(oldCertificate) }))
})

test('the client certificate of the golden file never changes', () => {
  const bytes = golden('client-certificate-v1')
  assert.equal(bytesToHex(encodeClientCertificate(clientCertificate)), bytesToHex(bytes))
  const opened = openClientCertificate(crypto, bytes)
  assert.ok(opened.ok)
  assert.deepEqual(opened.value, clientCertificate)
})

test('certificates with any bit flipped, cut anywhere or with a byte more are refused', () => {
  const device = encodeDeviceCertificate(deviceCertificate)
  const client = encodeClientCertificate(clientCertificate)
  for (const [bytes, open] of [
    [device, openDeviceCertificate],
    [client, openClientCertificate],
  ] as const) {
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = bytes.with(bit >> 3, bytes[bit >> 3]! ^ (1 << (bit & 7)))
      assert.equal(open(crypto, changed).ok, false, `bit ${bit}`)
    }
    for (let length = 0; length < bytes.length; length++) {
      const result = open(crypto, bytes.slice(0, length))
      assert.ok(!result.ok)
      assert.equal(result.error.code, 'CERTIFICATE_MALFORMED')
    }
    assert.equal(open(crypto, Uint8Array.of(...bytes, 0)).ok, false)
  }
})

test('keys of small order are refused even when signed', () => {
  const smallOrder = new Uint8Array(32)
  const fields: CborValue[] = [
    1,
    ROOT.rootSigner.publicKey,
    smallOrder,
    smallOrder,
    1,
    null,
    NOW_MS,
  ]
  const signature = signDomain(ROOT.rootSigner, 'device-certificate', encodeCbor(fields))
  const device = openDeviceCertificate(crypto, encodeCbor([...fields, signature, signature]))
  assert.ok(!device.ok)
  assert.equal(device.error.code, 'CERTIFICATE_BAD_KEY')
  const facts = {
    person: ROOT.person,
    algorithm: 'ed25519',
    publicKey: smallOrder,
    createdAtMs: 0,
  } as const
  const client = openClientCertificate(
    crypto,
    encodeClientCertificate(certifyClient(ROOT.rootSigner, facts)),
  )
  assert.ok(!client.ok)
  assert.equal(client.error.code, 'CERTIFICATE_BAD_KEY')
})

test('the longest certificates fit their limits', () => {
  const label = 'é'.repeat(100)
  const [createdAtMs, expiresAtMs] = [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]
  const options = { nowMs: createdAtMs, label }
  const device = createIdentity(crypto, createFixedRandom(1), options).certificate
  assert.ok(device.length <= DEVICE_CERTIFICATE_BYTES_MAX)
  assert.ok(openDeviceCertificate(crypto, device).ok)
  const publicKey = new Uint8Array(65).fill(4)
  const facts = {
    person: ROOT.person,
    algorithm: 'p256',
    publicKey,
    label,
    createdAtMs,
    expiresAtMs,
  } as const
  const client = encodeClientCertificate(certifyClient(ROOT.rootSigner, facts))
  assert.ok(client.length <= CLIENT_CERTIFICATE_BYTES_MAX)
  assert.ok(openClientCertificate(crypto, client).ok)
})

test('a client certificate signed by somebody else is refused', () => {
  const stranger = derivePersonKeys(crypto, new Uint8Array(32).fill(0x66))
  const forged = certifyClient(stranger.rootSigner, clientCertificate)
  const result = openClientCertificate(crypto, encodeClientCertificate(forged))
  assert.ok(!result.ok)
  assert.equal(result.error.code, 'CERTIFICATE_BAD_SIGNATURE')
})

test('an Ed25519 client signs operations until its certificate expires', () => {
  const client = crypto.signer(new Uint8Array(32).fill(0x55))
  const operation = utf8('send 1')
  const signature = signDomain(client, 'client-operation', operation)
  const verify = (bytes: Uint8Array, atMs: number): boolean =>
    verifyClientOperation(crypto, clientCertificate, bytes, signature, atMs)
  assert.equal(verify(operation, NOW_MS), true)
  assert.equal(verify(operation, NOW_MS + 999), true)
  assert.equal(verify(operation, NOW_MS + 1000), false)
  assert.equal(verify(utf8('send 2'), NOW_MS), false)
})

test('a key that WebCrypto will not export signs operations as P-256', async () => {
  const { subtle } = globalThis.crypto
  const pair = await subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
  const publicKey = new Uint8Array(await subtle.exportKey('raw', pair.publicKey))
  const certificate = certifyClient(ROOT.rootSigner, {
    person: ROOT.person as PersonId,
    algorithm: 'p256',
    publicKey,
    createdAtMs: NOW_MS,
  })
  const operation = utf8('send 1')
  const message = domainMessage('client-operation', operation)
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const signature = new Uint8Array(
    await subtle.sign(algorithm, pair.privateKey, message as BufferSource),
  )
  assert.equal(verifyClientOperation(crypto, certificate, operation, signature, NOW_MS), true)
  assert.equal(verifyClientOperation(crypto, certificate, utf8('send 2'), signature, NOW_MS), false)
})
