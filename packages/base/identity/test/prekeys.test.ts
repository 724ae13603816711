import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  createIdentity,
  openDeviceCertificate,
  openIdentity,
  PREKEY_KEPT_MS,
  PREKEY_MS_MAX,
  PREKEYS_MAX,
  renewPrekeys,
  withoutPersonEntropy,
} from '@hamlet/identity'
import type { KeyRing } from '@hamlet/identity'
import { createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'

const crypto = createNodeCrypto()
const random = createNodeRandom()
const NOW_MS = 1_800_000_000_000

function newKeys(): KeyRing {
  return createIdentity(crypto, random, { nowMs: NOW_MS, label: 'laptop' })
}

function serialsOf({ prekeys }: KeyRing): number[] {
  return prekeys.map(({ serial }) => serial)
}

test('a prekey is replaced after seven days, and the certificate then names the new one', () => {
  const keys = newKeys()
  assert.equal(renewPrekeys(crypto, random, keys, NOW_MS + PREKEY_MS_MAX - 1), keys)
  const renewed = renewPrekeys(crypto, random, keys, NOW_MS + PREKEY_MS_MAX)
  assert.deepEqual(serialsOf(renewed), [1, 2])
  const opened = openDeviceCertificate(crypto, renewed.certificate)
  assert.ok(opened.ok)
  assert.equal(opened.value.prekeySerial, 2)
  assert.equal(opened.value.label, 'laptop')
  assert.deepEqual(openIdentity(crypto, renewed).prekeyPrivate, renewed.prekeys[1]!.privateKey)
})

test('a private half is thrown away fourteen days after it was replaced', () => {
  const first = renewPrekeys(crypto, random, newKeys(), NOW_MS + PREKEY_MS_MAX)
  const almostMs = NOW_MS + PREKEY_MS_MAX + PREKEY_KEPT_MS - 1
  assert.deepEqual(serialsOf(renewPrekeys(crypto, random, first, almostMs)), [1, 2, 3])
  assert.deepEqual(serialsOf(renewPrekeys(crypto, random, first, almostMs + 1)), [2, 3])
})

test('without the root key the certified prekey stays, however old', () => {
  let keys = withoutPersonEntropy(newKeys())
  for (let week = 1; week <= 30; week++) {
    keys = renewPrekeys(crypto, random, keys, NOW_MS + week * PREKEY_MS_MAX)
    assert.ok(keys.prekeys.length <= PREKEYS_MAX)
  }
  assert.deepEqual(serialsOf(keys), [1, 29, 30, 31])
  assert.ok(openIdentity(crypto, keys))
})

test('a prekey dated ahead of the clock is replaced, so that a wrong clock does not keep it for years', () => {
  const keys = newKeys()
  const renewed = renewPrekeys(crypto, random, keys, NOW_MS - 1)
  assert.deepEqual(serialsOf(renewed), [1, 2])
})
