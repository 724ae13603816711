/**
 * Goal: both backends give the answer of Project Wycheproof in every case, and thereby the same answer as each other.
 * Method: each file in full, the number of executed cases compared with the manifest. The cases a fixed-length port
 * cannot express are counted and the count asserted.
 */

import assert from 'node:assert/strict'
import test from 'node:test'

import { concatBytes, equalBytes, hexToBytes } from '@hamlet/core'
import type { AeadName, Crypto } from '@hamlet/core'

import { backends } from './_backends.ts'
import { derToRaw } from './_der.ts'
import { readVectors } from './_vectors.ts'

interface Case {
  readonly tcId: number
  readonly flags: readonly string[]
  readonly result: 'valid' | 'invalid' | 'acceptable'
  readonly [field: string]: unknown
}

interface Group {
  readonly publicKey?: { readonly pk?: string; readonly uncompressed?: string }
  readonly ivSize?: number
  readonly keySize?: number
  readonly tagSize?: number
  readonly tests: readonly Case[]
}

function bytesOf(testCase: Case, field: string): Uint8Array {
  return hexToBytes(String(testCase[field]))
}

/** Runs every case of a file over both backends; `judge` returns `true` for a case it executed. */
function suite(
  file: string,
  caseCount: number,
  excludedCount: number,
  judge: (crypto: Crypto, group: Group, testCase: Case) => boolean,
): void {
  for (const { name, crypto } of backends) {
    test(`${name} gives the answer of ${file} in every case`, () => {
      const vectors = readVectors<{ testGroups: Group[] }>(
        `wycheproof/${file}_test.json`,
        caseCount,
      )
      if (vectors === undefined) return
      let executed = 0
      let excluded = 0
      for (const group of vectors.data.testGroups) {
        for (const testCase of group.tests) {
          if (judge(crypto, group, testCase)) executed++
          else excluded++
        }
      }
      assert.equal(excluded, excludedCount)
      assert.equal(executed + excluded, vectors.caseCount)
    })
  }
}

suite('ed25519', 151, 0, (crypto, group, testCase) => {
  const publicKey = hexToBytes(group.publicKey!.pk!)
  const verified = crypto.verify(publicKey, bytesOf(testCase, 'msg'), bytesOf(testCase, 'sig'))
  assert.equal(verified, testCase.result === 'valid', `tcId ${testCase.tcId}`)
  return true
})

suite('ecdsa_secp256r1_sha256_p1363', 262, 0, (crypto, group, testCase) => {
  const publicKey = hexToBytes(group.publicKey!.uncompressed!)
  const verified = crypto.verifyP256(publicKey, bytesOf(testCase, 'msg'), bytesOf(testCase, 'sig'))
  assert.equal(verified, testCase.result === 'valid', `tcId ${testCase.tcId}`)
  return true
})

suite('ecdsa_secp256r1_sha256', 484, 0, (crypto, group, testCase) => {
  const publicKey = hexToBytes(group.publicKey!.uncompressed!)
  const signature = derToRaw(bytesOf(testCase, 'sig'))
  const verified =
    signature !== undefined && crypto.verifyP256(publicKey, bytesOf(testCase, 'msg'), signature)
  assert.equal(verified, testCase.result === 'valid', `tcId ${testCase.tcId}`)
  return true
})

function judgeAead(name: AeadName): (crypto: Crypto, group: Group, testCase: Case) => boolean {
  return (crypto, group, testCase) => {
    // The port has 256-bit keys only; nonces of another size are bugs of the caller and must be refused.
    if (group.keySize !== 256) return false
    const [key, iv, aad, msg] = ['key', 'iv', 'aad', 'msg'].map((field) => bytesOf(testCase, field))
    const sealed = concatBytes(bytesOf(testCase, 'ct'), bytesOf(testCase, 'tag'))
    if (group.ivSize !== 96) {
      assert.throws(() => crypto.encrypt(name, key!, iv!, msg!, aad!), { name: 'AssertionError' })
      assert.throws(() => crypto.decrypt(name, key!, iv!, sealed, aad!), { name: 'AssertionError' })
      return true
    }
    const opened = crypto.decrypt(name, key!, iv!, sealed, aad!)
    if (testCase.result === 'valid') {
      assert.deepEqual(opened, msg, `tcId ${testCase.tcId}`)
      assert.deepEqual(crypto.encrypt(name, key!, iv!, msg!, aad!), sealed, `tcId ${testCase.tcId}`)
    } else {
      assert.equal(opened, undefined, `tcId ${testCase.tcId}`)
    }
    return true
  }
}

// 211 cases have keys of 128 or 192 bits.
suite('aes_gcm', 316, 211, judgeAead('aes-256-gcm'))
suite('chacha20_poly1305', 325, 0, judgeAead('chacha20-poly1305'))

suite('hkdf_sha256', 86, 0, (crypto, _group, testCase) => {
  const [secret, salt, info] = ['ikm', 'salt', 'info'].map((field) => bytesOf(testCase, field))
  const size = Number(testCase['size'])
  const derive = () => crypto.hkdf(secret!, salt!, info!, size)
  if (testCase.result === 'valid') assert.deepEqual(derive(), bytesOf(testCase, 'okm'))
  else assert.throws(derive, { name: 'AssertionError' })
  return true
})

suite('hmac_sha256', 174, 0, (crypto, group, testCase) => {
  const mac = crypto.hmac(bytesOf(testCase, 'key'), bytesOf(testCase, 'msg'))
  const truncated = mac.subarray(0, group.tagSize! / 8)
  const equal = equalBytes(truncated, bytesOf(testCase, 'tag'))
  assert.equal(equal, testCase.result === 'valid', `tcId ${testCase.tcId}`)
  return true
})

suite('x25519', 518, 0, (crypto, _group, testCase) => {
  const shared = crypto.agree(bytesOf(testCase, 'private'), bytesOf(testCase, 'public'))
  const expected = testCase.flags.includes('ZeroSharedSecret')
    ? undefined
    : bytesOf(testCase, 'shared')
  assert.deepEqual(shared, expected, `tcId ${testCase.tcId}`)
  return true
})
