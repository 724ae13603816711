/** Logging in by key and by password, renewing, ending; and what must not get in. */

import assert from 'node:assert/strict'
import { after, suite, test } from 'node:test'
import bcrypt from 'bcryptjs'
import { SignJWT, decodeJwt, decodeProtectedHeader, generateKeyPair } from 'jose'
import { bytesToBase64Url, utf8 } from '@hamlet/core'
import type { Clock } from '@hamlet/core'
import { createNodeClock } from '@hamlet/identity/node'
import { randomUUID } from 'node:crypto'
import {
  ACCOUNT_FAILURE_BURST_MAX,
  SESSION_MS_MAX,
  SIGNING_KEY_MS,
  TOKEN_MS_MAX,
} from '../src/limits.ts'
import { call, startTestTracker, TestPeer } from './_tracker.ts'

/** The system's clock, put forward by hand. */
const real = createNodeClock()
let aheadMs = 0
const clock: Clock = {
  wall: () => real.wall() + aheadMs,
  monotonic: () => real.monotonic() + aheadMs,
  after: (delayMs, callback) => real.after(delayMs, callback),
}
const setup = await startTestTracker({ clock })
const { url } = setup
after(() => setup[Symbol.asyncDispose]())

const SEARCH = '/api/v2/search?q=x'

function login(body: object) {
  return call(url, 'POST', '/api/v2/accounts/login', { body })
}

async function statusWith(token: string): Promise<number> {
  return (await call(url, 'GET', SEARCH, { token })).status
}

suite('peers', () => {
  test('a signed challenge gives a token that says who it is for, for at most fifteen minutes', async () => {
    const peer = await new TestPeer(url, 1).login()
    assert.equal(await statusWith(peer.token), 200)
    const claims = decodeJwt(peer.token)
    assert.equal(claims.sub, peer.id)
    assert.deepEqual(claims['cnf'], {
      jwk: { kty: 'OKP', crv: 'Ed25519', x: bytesToBase64Url(peer.signer.publicKey) },
    })
    assert.ok(claims.exp! - claims.iat! <= 15 * 60)
    const header = decodeProtectedHeader(peer.token)
    assert.deepEqual([header.alg, header.typ], ['EdDSA', 'at+jwt'])
  })

  test('a challenge is answered once, by its peer, for the host that was asked', async () => {
    const [peer, other] = [new TestPeer(url, 2), new TestPeer(url, 3)]
    const ask = async () =>
      (await peer.call('POST', '/api/v2/login/challenge', { peer: peer.id })).body.challenge
    const answer = (challenge: string, signature: string, id = peer.id) =>
      peer.call('POST', '/api/v2/login', { peer: id, challenge, signature })
    const challenge = await ask()
    const forOther = await answer(challenge, other.sign('login', challenge), other.id)
    assert.equal(forOther.body.error.code, 'CHALLENGE_REFUSED')
    for (const wrong of [
      other.sign('login', challenge),
      peer.sign('login', challenge, 'tracker.example'),
      peer.sign('renew', challenge),
      bytesToBase64Url(new Uint8Array(64)),
      '',
    ]) {
      const refused = await answer(challenge, wrong)
      assert.deepEqual([refused.status, refused.body.error.code], [401, 'LOGIN_SIGNATURE_REFUSED'])
    }
    const signature = peer.sign('login', challenge)
    assert.equal((await answer(challenge, signature)).status, 200)
    assert.equal((await answer(challenge, signature)).body.error.code, 'CHALLENGE_REFUSED')
    const forged = bytesToBase64Url(new Uint8Array(56).fill(255))
    assert.equal((await answer(forged, peer.sign('login', forged))).status, 401)
    const late = await ask()
    aheadMs += 61_000
    assert.equal((await answer(late, peer.sign('login', late))).status, 401)
  })

  test('a token is renewed once, by the key it was given to, and ends by that', async () => {
    const peer = await new TestPeer(url, 4).login()
    const first = peer.token
    const renew = (body: object) => peer.call('POST', '/api/v2/login/renew', body)
    assert.equal((await renew({})).body.error.code, 'LOGIN_SIGNATURE_REFUSED')
    const signature = peer.sign('renew', first)
    const renewed = await renew({ signature })
    assert.equal(renewed.status, 200)
    assert.equal(await statusWith(first), 401)
    assert.equal((await renew({ signature })).body.error.code, 'TOKEN_REFUSED')
    peer.token = renewed.body.token
    assert.equal(await statusWith(peer.token), 200)
    assert.equal((await peer.call('POST', '/api/v2/logout')).status, 204)
    assert.equal(await statusWith(peer.token), 401)
  })

  test('an expired token is told as such, and a new login goes on', async () => {
    const peer = await new TestPeer(url, 5).login()
    aheadMs += TOKEN_MS_MAX
    const refused = await peer.call('GET', SEARCH)
    assert.deepEqual([refused.status, refused.body.error.code], [401, 'TOKEN_EXPIRED'])
    peer.token = ''
    await peer.login()
    assert.equal(await statusWith(peer.token), 200)
  })

  test('keys turn with the day, and the one before still verifies', async () => {
    const peer = await new TestPeer(url, 6).login()
    aheadMs += SIGNING_KEY_MS - (clock.wall() % SIGNING_KEY_MS) - 60_000
    peer.token = ''
    const { token } = await peer.login()
    aheadMs += 120_000
    const next = await new TestPeer(url, 7).login()
    assert.notEqual(decodeProtectedHeader(next.token).kid, decodeProtectedHeader(token).kid)
    assert.equal(await statusWith(token), 200, 'signed yesterday, two minutes ago')
  })
})

suite('tokens that were not made here', () => {
  test('are refused, whatever they claim', async () => {
    const peer = await new TestPeer(url, 8).login()
    const [head, body, signature] = peer.token.split('.') as [string, string, string]
    const header = decodeProtectedHeader(peer.token)
    const withHeader = (change: object) =>
      `${bytesToBase64Url(utf8(JSON.stringify({ ...header, ...change })))}.${body}.${signature}`
    const { privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' })
    const foreign = await new SignJWT(decodeJwt(peer.token))
      .setProtectedHeader({ alg: 'EdDSA', kid: header.kid!, typ: 'at+jwt' })
      .sign(privateKey)
    const secret = await new SignJWT(decodeJwt(peer.token))
      .setProtectedHeader({ alg: 'HS256', kid: header.kid!, typ: 'at+jwt' })
      .sign(peer.signer.publicKey)
    const wrong = [
      ...[foreign, secret, `${head}.${body}.`, `${head}.${body}`, `${peer.token}.x`, 'x', ''],
      ...[{ alg: 'none' }, { alg: 'HS256' }, { alg: 'Ed25519' }, { typ: 'JWT' }].map(withHeader),
      ...[{ jku: url }, { jwk: {} }, { x5u: url }, { x5c: [] }, { crit: [] }].map(withHeader),
      ...[{ kid: '../../etc/passwd' }, { kid: "' or 1=1" }, { kid: 'k1' }, { kid: 5 }].map(
        withHeader,
      ),
    ]
    for (const token of wrong) assert.equal(await statusWith(token), 401, token.slice(0, 60))
    assert.equal(await statusWith(peer.token), 200)
  })
})

suite('people', () => {
  const credentials = { name: 'Anna', password: 'correct horse' }

  test('an account is made, logs in, and renews until the password is due again', async () => {
    const made = await call(url, 'POST', '/api/v2/accounts', { body: credentials })
    assert.equal(made.status, 201)
    const again = await call(url, 'POST', '/api/v2/accounts', { body: credentials })
    assert.deepEqual([again.status, again.body.error.code], [409, 'ACCOUNT_NAME_TAKEN'])
    let { token } = (await login(credentials)).body
    const endMs = aheadMs + SESSION_MS_MAX
    for (;;) {
      aheadMs += TOKEN_MS_MAX - 10_000
      const renewed = await call(url, 'POST', '/api/v2/login/renew', { token })
      if (renewed.status !== 200) {
        assert.equal(renewed.body.error.code, 'SESSION_ENDED')
        break
      }
      token = renewed.body.token
    }
    assert.ok(Math.abs(aheadMs - endMs) <= TOKEN_MS_MAX)
    assert.equal((await login(credentials)).status, 200)
  })

  test('a person announces nothing, and a peer is no person', async () => {
    const { token } = (await login(credentials)).body
    const refused = await call(url, 'POST', '/api/v2/withdraw', {
      token,
      body: { topics: ['0'.repeat(64)] },
    })
    assert.deepEqual([refused.status, refused.body.error.code], [403, 'CALLER_REFUSED'])
  })

  test('a wrong password and an unknown name are refused alike, and guessing is slowed down', async () => {
    const wrong = await login({ ...credentials, password: 'wrong horse' })
    const unknown = await login({ name: 'Nobody', password: 'wrong horse' })
    assert.deepEqual(wrong.body, unknown.body)
    assert.deepEqual([wrong.status, wrong.body.error.code], [401, 'PASSWORD_REFUSED'])
    const { login: desk } = setup.tracker.parts
    for (let attempt = 0; attempt < ACCOUNT_FAILURE_BURST_MAX - 1; attempt++) {
      await desk.loginWithPassword('Anna', '').catch(() => {})
    }
    await assert.rejects(desk.loginWithPassword('Anna', credentials.password), {
      code: 'RATE_LIMITED',
    })
    aheadMs += 15_000
    await desk.loginWithPassword('Anna', credentials.password)
  })

  test("a hash of PeerNet's is taken over, and is argon2id after the first login", async () => {
    const { accounts } = setup.tracker.parts
    const password_hash = await bcrypt.hash('old password', 4)
    const account = { id: randomUUID(), name: 'peer1:50051', password_hash }
    await accounts.create({ ...account, created_at_ms: 1, logged_in_at_ms: null }, { isPeer: true })
    const body = { name: 'peer1:50051', password: 'old password' }
    assert.equal((await login({ ...body, password: 'other' })).status, 401)
    assert.equal((await login(body)).status, 200)
    assert.match((await accounts.find('peer1:50051'))!.password_hash, /^\$argon2id\$/)
    assert.equal((await login(body)).status, 200)
  })
})
