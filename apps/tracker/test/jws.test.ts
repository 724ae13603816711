/** Signed text: all cases of Wycheproof, and that only keys decide the algorithm. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { JWK } from 'jose'
import { bytesToBase64Url, utf8 } from '@hamlet/core'
import { readJwsHeader, verifyJws } from '../src/login/jws.ts'

interface Case {
  readonly tcId: number
  readonly comment: string
  readonly jws: string
  readonly result: 'valid' | 'invalid'
}
interface Group {
  readonly public?: JWK
  readonly private?: JWK
  readonly tests: readonly Case[]
}

const CASES = 401
const root = process.env['VECTORS_DIR'] ?? join(import.meta.dirname, '../../../../shared/vectors')
const file = join(root, 'wycheproof/json_web_signature_test.json')
const groups: readonly Group[] = existsSync(file)
  ? (JSON.parse(readFileSync(file, 'utf8')) as { testGroups: Group[] }).testGroups
  : []
if (groups.length === 0) {
  console.log(`SKIPPED wycheproof json_web_signature: ${CASES} vectors not present (VECTORS_DIR)`)
}
function jws(alg: string): string {
  return `${bytesToBase64Url(utf8(JSON.stringify({ alg })))}.Zm9v.Zm9v`
}

/**
 * Cases whose stated result we do not follow, each with the reason. Of the last four the texts stand under each other's
 * names: 367 and 370 are the text of the valid case with nothing added, 372 and 373 have a `?` in base64url.
 */
const NOT_AS_STATED: Readonly<Record<number, string>> = {
  346: 'PS384 by a key whose own algorithm is PS256; RFC 8725 3.1 binds a key to one',
  350: 'as 346',
  367: 'well-formed, and the tag is right',
  370: 'as 367',
  372: 'a character that base64url does not have',
  373: 'as 372',
}

/** The longest case has the header of a whole certificate chain. */
const LENGTH_MAX = 65_536

function keyOf({ public: publicKey, private: privateKey }: Group): JWK {
  const key = publicKey ?? privateKey!
  // The groups of P-521 name an algorithm that RFC 7518 does not know; their texts name the one it has.
  return key.alg === 'ES521' ? { ...key, alg: 'ES512' } : key
}

function opposite(result: Case['result']): Case['result'] {
  return result === 'valid' ? 'invalid' : 'valid'
}

test('Wycheproof: every case is accepted or refused as it says, but for six with a reason', async () => {
  let count = 0
  const wrong: string[] = []
  for (const group of groups) {
    for (const { tcId, comment, jws: signed, result } of group.tests) {
      const payload = await verifyJws(signed, keyOf(group), LENGTH_MAX)
      const judged = payload === undefined ? 'invalid' : 'valid'
      const expected = tcId in NOT_AS_STATED ? opposite(result) : result
      if (judged !== expected) wrong.push(`${tcId} ${comment}: ${judged}`)
      count += 1
    }
  }
  assert.deepEqual(wrong, [])
  assert.equal(count, groups.length === 0 ? 0 : CASES)
})

test('a key without an algorithm of its own verifies by the one algorithm it is for, or not at all', async () => {
  const key = { kty: 'oct', k: 'Zm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm9vZm8' }
  assert.equal(await verifyJws(jws('HS256'), key), undefined)
  assert.equal(readJwsHeader(jws('none')), undefined)
  assert.deepEqual(readJwsHeader(jws('EdDSA')), { alg: 'EdDSA' })
})

test('with the one algorithm tokens have, every case that is signed by another one is refused', async () => {
  const key = { kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }
  for (const { tests } of groups) {
    for (const { jws: signed, tcId } of tests) {
      assert.equal(await verifyJws(signed, key, LENGTH_MAX), undefined, String(tcId))
    }
  }
})
