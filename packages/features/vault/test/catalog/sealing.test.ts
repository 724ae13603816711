/** Sealed operations and the key they are sealed under: what opens where, and which of several keys is written with. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToId } from '@hamlet/core'
import { derivePersonKeys } from '@hamlet/identity'
import fc from 'fast-check'
import {
  CATALOG_BATCH_BYTES_MAX,
  CATALOG_KEY_BYTES_MAX,
  createVaultKey,
  decodeVaultKey,
  encodeVaultKey,
  openOperations,
  openVaultKey,
  SEALED_BATCH_BYTES_MAX,
  sealingKeyId,
  sealOperations,
  sealVaultKey,
  VaultKeyRing,
} from '../../src/index.ts'
import type { CatalogKey, VaultKeyRecord } from '../../src/index.ts'
import { crypto, EVERY_KIND, fixedRandom, scope } from './_catalog.ts'

const random = fixedRandom(1)
const key = createVaultKey(crypto, random)
const words = derivePersonKeys(crypto, random.bytes(32))

test('what was sealed opens in its space, for its person, under its key, and nowhere else', () => {
  const sealed = sealOperations(crypto, random, scope, key, EVERY_KIND)
  assert.equal(sealingKeyId(sealed), key.id)
  assert.deepEqual(openOperations(crypto, scope, key, sealed), { ok: true, value: EVERY_KIND })
  const other = bytesToId(new Uint8Array(32).fill(9)) as never
  const wrong = { ...key, key: new Uint8Array(32) }
  for (const result of [
    openOperations(crypto, { ...scope, space: other }, key, sealed),
    openOperations(crypto, { ...scope, person: other }, key, sealed),
    openOperations(crypto, scope, wrong, sealed),
    openOperations(crypto, scope, createVaultKey(crypto, random), sealed),
    openOperations(crypto, scope, key, new Uint8Array(0)),
  ]) {
    assert.ok(!result.ok && result.error.code === 'VAULT_SEALED_UNREADABLE')
  }
  assert.ok(SEALED_BATCH_BYTES_MAX <= CATALOG_BATCH_BYTES_MAX)
})

test('a bit changed anywhere is found', () => {
  const sealed = sealOperations(crypto, random, scope, key, EVERY_KIND)
  for (let at = 0; at < sealed.length; at += 7) {
    const changed = sealed.slice()
    changed[at]! ^= 1 << (at % 8)
    assert.ok(!openOperations(crypto, scope, key, changed).ok, `byte ${at}`)
  }
})

test('the same batch sealed twice, even by a restored device, differs unless chance is the same', () => {
  const first = sealOperations(crypto, fixedRandom(3), scope, key, EVERY_KIND)
  const second = sealOperations(crypto, fixedRandom(4), scope, key, EVERY_KIND)
  assert.notDeepEqual(first.subarray(64), second.subarray(64))
})

test('the key opens with any of the own prekeys and with the recovery words, and with no other', () => {
  const prekeys = [random.bytes(32), random.bytes(32)]
  const recipients = [crypto.agreementKey(prekeys[1]!), words.recoveryPublic]
  const record = sealVaultKey(crypto, random, scope, key, recipients)
  const bytes = encodeVaultKey(record)
  assert.deepEqual(decodeVaultKey(bytes), { ok: true, value: record })
  for (const own of [prekeys, [words.recoveryPrivate]]) {
    assert.deepEqual(openVaultKey(crypto, scope, record, own), { ok: true, value: key })
  }
  assert.ok(!openVaultKey(crypto, scope, record, [prekeys[0]!]).ok)
  const elsewhere = { ...scope, space: bytesToId(new Uint8Array(32).fill(9)) as never }
  assert.ok(!openVaultKey(crypto, elsewhere, record, prekeys).ok)
  const other = { ...record, id: createVaultKey(crypto, random).id }
  assert.ok(!openVaultKey(crypto, scope, other, prekeys).ok)
})

test('a record for the most devices there may be fits into an entry, and a longer one is refused', () => {
  const recipients = Array.from({ length: 65 }, () => crypto.agreementKey(random.bytes(32)))
  const replaces = Array.from({ length: 64 }, () => createVaultKey(crypto, random).id)
  const bytes = encodeVaultKey(sealVaultKey(crypto, random, scope, key, recipients, replaces))
  assert.ok(bytes.length <= CATALOG_KEY_BYTES_MAX)
  assert.ok(decodeVaultKey(bytes).ok)
  const more = sealVaultKey(crypto, random, scope, key, [...recipients, recipients[0]!])
  const refused = decodeVaultKey(encodeVaultKey(more))
  assert.ok(!refused.ok && refused.error.code === 'VAULT_KEY_MALFORMED')
})

test('of keys made at one time the lowest is written with, whatever order they were heard of in', () => {
  const keys = Array.from({ length: 5 }, () => createVaultKey(crypto, random))
  const records = keys.map((each, index): readonly [VaultKeyRecord, CatalogKey] => [
    { id: each.id, replaces: index === 4 ? keys.slice(0, 3).map(({ id }) => id) : [], seals: [] },
    each,
  ])
  const expected = [keys[3]!.id, keys[4]!.id].sort()[0]
  fc.assert(
    fc.property(fc.shuffledSubarray(records, { minLength: 5 }), (order) => {
      const ring = new VaultKeyRing()
      for (const [record, each] of [...order, ...order]) ring.add(record, each)
      assert.equal(ring.current?.id, expected)
      assert.ok(keys.every(({ id }) => ring.get(id) !== undefined))
    }),
    { numRuns: 50 },
  )
})

test('a device that was left out of the newer key writes under none', () => {
  const ring = new VaultKeyRing()
  ring.add({ id: key.id, replaces: [], seals: [] }, key)
  assert.equal(ring.current?.id, key.id)
  const newer = createVaultKey(crypto, random)
  const recipients = [words.recoveryPublic]
  ring.add(sealVaultKey(crypto, random, scope, newer, recipients, [key.id]), undefined)
  assert.equal(ring.current, undefined)
  assert.equal(ring.currentId, newer.id)
  assert.deepEqual(ring.missing(newer.id, [...recipients, key.key]), [key.key])
})
