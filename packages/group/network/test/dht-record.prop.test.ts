import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { newestRecord, openAddresses, recordKey, sealAddresses, sealingKey } from '@hamlet/network'
import { decodeList, rendezvousTopic, signAddresses, slotSigner } from '@hamlet/network'
import { RECORD_MS_MAX, verifyRecord } from '@hamlet/network'
import { crypto, deviceOf, random, seedOf } from './_util.ts'

const NOW = 1_790_000_000_000
const EXPIRY = NOW + 3_600_000
const addresses = ['/ip4/192.0.43.7/tcp/4001', '/ip6/2606:2800::1/tcp/4001/ws']
const topic = rendezvousTopic(crypto, random.bytes(32), 20_000)
const sealing = sealingKey(crypto, topic)
const signer = slotSigner(crypto, topic, 3)
const key = recordKey('rendezvous', signer.publicKey)
const device = deviceOf('a')

function seal(sequence = NOW, expiryMs = EXPIRY, list: readonly string[] = addresses): Uint8Array {
  const options = { crypto, random, signer, sealingKey: sealing, sequence, expiryMs }
  return sealAddresses(options, { device, addresses: list })
}

test('a sealed record is valid for everybody and readable for those who know the secret', () => {
  const record = verifyRecord(crypto, key, seal(), NOW)
  assert.ok(record.ok)
  assert.equal(record.value.payload.length, 1024)
  const list = openAddresses(crypto, key, record.value, sealing)
  assert.deepEqual(list, { ok: true, value: { device, addresses } })
  const wrong = openAddresses(crypto, key, record.value, random.bytes(32))
  assert.deepEqual(wrong, { ok: false, error: 'record-unreadable' })
})

test('a peer record stands under the key of the device only', () => {
  const own = crypto.signer(seedOf('a'))
  const value = signAddresses(own, NOW, EXPIRY, addresses)
  const record = verifyRecord(crypto, recordKey('peer', own.publicKey), value, NOW)
  assert.ok(record.ok)
  assert.deepEqual(decodeList(record.value.payload), { ok: true, value: { device, addresses } })
  const elsewhere = verifyRecord(crypto, recordKey('peer', signer.publicKey), value, NOW)
  assert.deepEqual(elsewhere, { ok: false, error: 'record-bad-signature' })
  const otherKind = verifyRecord(crypto, recordKey('rendezvous', own.publicKey), value, NOW)
  assert.deepEqual(otherKind, { ok: false, error: 'record-bad-kind' })
})

test('a record lives from now to its expiry, and no record lives longer than 25 hours', () => {
  const error = (nowMs: number, expiryMs: number): unknown => {
    const judged = verifyRecord(crypto, key, seal(NOW, expiryMs), nowMs)
    return judged.ok ? 'ok' : judged.error
  }
  assert.equal(error(EXPIRY - 1, EXPIRY), 'ok')
  assert.equal(error(EXPIRY, EXPIRY), 'record-expired')
  assert.equal(error(NOW, NOW + RECORD_MS_MAX), 'ok')
  assert.equal(error(NOW, NOW + RECORD_MS_MAX + 1), 'record-expires-too-late')
})

test('the greatest sequence wins, damaged records never', () => {
  assert.equal(newestRecord([seal(5), seal(9), seal(7)]), 1)
  assert.equal(newestRecord([new Uint8Array(3), seal(1)]), 1)
})

test('addresses that do not fit are left out, the best come first', () => {
  const long = Array.from({ length: 8 }, (_, i) => `/dns4/${'x'.repeat(200)}${i}/tcp/4001`)
  const record = verifyRecord(crypto, key, seal(NOW, EXPIRY, long), NOW)
  assert.ok(record.ok)
  const list = openAddresses(crypto, key, record.value, sealing)
  assert.ok(list.ok && list.value.addresses.length >= 3)
  assert.deepEqual(list.value.addresses, long.slice(0, list.value.addresses.length))
})

test('one changed byte anywhere makes a record invalid; any bytes are judged without an exception', () => {
  const value = seal()
  fc.assert(
    fc.property(fc.nat(value.length - 1), fc.integer({ min: 1, max: 255 }), (index, change) => {
      const forged = Uint8Array.from(value)
      forged[index]! ^= change
      assert.equal(verifyRecord(crypto, key, forged, NOW).ok, false)
    }),
  )
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.uint8Array(), (bytes, anyKey) => {
      assert.equal(verifyRecord(crypto, key, bytes, NOW).ok, false)
      assert.equal(verifyRecord(crypto, anyKey, value, NOW).ok, false)
      assert.equal(typeof decodeList(bytes).ok, 'boolean')
    }),
  )
})
