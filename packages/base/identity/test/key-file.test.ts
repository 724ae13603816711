/** Goal: the format never changes, damage is told from a wrong passphrase, and costs in a file are bounded. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'

import { bytesToHex, concatBytes, hexToBytes, uint32ToBytes } from '@hamlet/core'
import {
  certifyDevice,
  createIdentity,
  createPrekey,
  decodeKeyFile,
  derivePersonKeys,
  encodeDeviceCertificate,
  encodeKeyFile,
  encodeLockedKeyFile,
  KEY_FILE_BYTES_MAX,
  openIdentity,
  PREKEYS_MAX,
  unlockKeyFile,
  withoutPersonEntropy,
} from '@hamlet/identity'
import type { KeyFile, KeyRing } from '@hamlet/identity'
import { derivePassphraseKey } from '@hamlet/identity/node'

import { createFixedRandom, crypto } from './_support.ts'

const NOW_MS = 1_790_000_000_000
const KEYS = withOldCertificate(
  createIdentity(crypto, createFixedRandom(1), { nowMs: NOW_MS, label: 'Kitchen laptop' }),
)
const CHEAP = { memoryKib: 64, passes: 1, lanes: 1 }

/** As the golden files were made: the certificate has no recovery key. */
function withOldCertificate(keys: KeyRing): KeyRing {
  const { recovery: _, ...claim } = openIdentity(crypto, keys).certificate
  const { rootSigner } = derivePersonKeys(crypto, keys.personEntropy!)
  return { ...keys, certificate: encodeDeviceCertificate(certifyDevice(rootSigner, claim)) }
}

function golden(name: string): Uint8Array {
  const url = new URL(`./golden/${name}.hex`, import.meta.url)
  return hexToBytes(readFileSync(url, 'utf8').replaceAll(/\s/gu, ''))
}

function decoded(bytes: Uint8Array): KeyFile {
  const result = decodeKeyFile(crypto, bytes)
  assert.ok(result.ok)
  return result.value
}

function codeOf(bytes: Uint8Array): string | undefined {
  const result = decodeKeyFile(crypto, bytes)
  return result.ok ? undefined : result.error.code
}

function lockedWith(key: Uint8Array, keys: KeyRing = KEYS): Uint8Array {
  const random = createFixedRandom(7)
  const lock = { salt: random.bytes(16), nonce: random.bytes(12), cost: CHEAP }
  return encodeLockedKeyFile(crypto, keys, lock, key)
}

/** The bytes with some replaced and the checksum made to fit again. */
function patched(bytes: Uint8Array, offset: number, patch: Uint8Array): Uint8Array {
  const body = bytes.slice(0, -32)
  body.set(patch, offset)
  return concatBytes(body, crypto.hash(body))
}

test('the plain key file of the golden file never changes', () => {
  const bytes = golden('key-file-v1')
  assert.equal(bytesToHex(encodeKeyFile(crypto, KEYS)), bytesToHex(bytes))
  assert.deepEqual(decoded(bytes), { protection: 'none', keys: KEYS })
})

test('the key file under a passphrase of the golden file never changes', async () => {
  const bytes = golden('key-file-passphrase-v1')
  const file = decoded(bytes)
  assert.ok(file.protection === 'passphrase')
  const { lock } = file.locked
  const key = await derivePassphraseKey('correct horse', lock.salt, lock.cost)
  const unlocked = unlockKeyFile(crypto, file.locked, key)
  assert.ok(unlocked.ok)
  assert.deepEqual(unlocked.value, KEYS)
  assert.equal(bytesToHex(encodeLockedKeyFile(crypto, KEYS, lock, key)), bytesToHex(bytes))
})

test('no secret lies in a file under a passphrase', () => {
  const hex = bytesToHex(lockedWith(new Uint8Array(32).fill(3)))
  for (const secret of [KEYS.deviceSeed, KEYS.personEntropy!, KEYS.prekeys[0]!.privateKey]) {
    assert.equal(hex.includes(bytesToHex(secret)), false)
  }
})

test('tells a wrong passphrase from damage', () => {
  const bytes = lockedWith(new Uint8Array(32).fill(3))
  const file = decoded(bytes)
  assert.ok(file.protection === 'passphrase')
  const wrong = unlockKeyFile(crypto, file.locked, new Uint8Array(32).fill(4))
  assert.ok(!wrong.ok)
  assert.equal(wrong.error.code, 'KEY_FILE_PASSPHRASE_WRONG')
  for (const bytes of [encodeKeyFile(crypto, KEYS), lockedWith(new Uint8Array(32))]) {
    for (let index = 0; index < bytes.length; index++) {
      assert.equal(codeOf(bytes.with(index, bytes[index]! ^ 0x10)), 'KEY_FILE_CORRUPT')
      assert.equal(codeOf(bytes.slice(0, index)), 'KEY_FILE_CORRUPT')
    }
    assert.equal(codeOf(concatBytes(bytes, Uint8Array.of(0))), 'KEY_FILE_CORRUPT')
  }
})

test('refuses unknown versions, protections and sizes', () => {
  const bytes = encodeKeyFile(crypto, KEYS)
  assert.equal(codeOf(patched(bytes, 10, Uint8Array.of(2))), 'KEY_FILE_CORRUPT')
  assert.equal(codeOf(patched(bytes, 11, Uint8Array.of(2))), 'KEY_FILE_CORRUPT')
  assert.equal(codeOf(patched(bytes, 11, Uint8Array.of(1))), 'KEY_FILE_CORRUPT')
  assert.equal(codeOf(patched(bytes.slice(0, 60), 11, Uint8Array.of(1))), 'KEY_FILE_CORRUPT')
  assert.equal(codeOf(new Uint8Array(0)), 'KEY_FILE_CORRUPT')
  assert.equal(codeOf(new Uint8Array(KEY_FILE_BYTES_MAX + 1)), 'KEY_FILE_CORRUPT')
})

test('refuses costs out of range before anything is derived', () => {
  const bytes = lockedWith(new Uint8Array(32))
  const costs = [
    [28, 2 ** 21],
    [28, 0],
    [28, 7],
    [32, 0],
    [32, 17],
    [36, 0],
    [36, 9],
    [36, 2 ** 32 - 1],
  ] as const
  for (const [offset, value] of costs) {
    assert.equal(codeOf(patched(bytes, offset, uint32ToBytes(value))), 'KEY_FILE_CORRUPT')
  }
  assert.equal(codeOf(patched(bytes, 32, uint32ToBytes(2))), undefined)
})

test('a cost or salt changed in the file does not open it', () => {
  const key = new Uint8Array(32).fill(3)
  const file = decoded(patched(lockedWith(key), 32, uint32ToBytes(2)))
  assert.ok(file.protection === 'passphrase')
  assert.equal(unlockKeyFile(crypto, file.locked, key).ok, false)
})

test('holds as many prekeys as it may, and works without the person', () => {
  const random = createFixedRandom(4)
  const prekeys = Array.from({ length: PREKEYS_MAX }, (_, i) => createPrekey(random, i + 1, NOW_MS))
  const keys = withoutPersonEntropy({ ...KEYS, prekeys })
  const file = decoded(encodeKeyFile(crypto, keys))
  assert.ok(file.protection === 'none')
  assert.deepEqual(file.keys, keys)
  assert.throws(() => encodeKeyFile(crypto, { ...KEYS, prekeys: [] }), { name: 'AssertionError' })
})

test('refuses prekeys whose serials do not rise', () => {
  const prekeys = [KEYS.prekeys[0]!, KEYS.prekeys[0]!]
  assert.equal(codeOf(encodeKeyFile(crypto, { ...KEYS, prekeys })), 'KEY_FILE_CORRUPT')
})
