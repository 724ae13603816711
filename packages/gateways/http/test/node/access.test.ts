import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import type { Clock } from '@hamlet/core'

import * as limits from '../../src/limits.ts'
import { Access } from '../../src/node/access.ts'
import { newToken } from '../_server.ts'

const random = { bytes: (count: number) => new Uint8Array(randomBytes(count)) }

function setup(): { access: Access; token: string; advance: (ms: number) => void } {
  let nowMs = 0
  const clock: Clock = { wall: () => nowMs, monotonic: () => nowMs, after: () => () => {} }
  const token = newToken()
  const access = new Access(clock, random, [{ token, scope: 'read' }])
  return { access, token, advance: (ms) => (nowMs += ms) }
}

test('a login code works just below a minute and not at a minute', () => {
  const { access, advance } = setup()
  const [early, late] = [access.createLoginCode('admin'), access.createLoginCode('admin')]
  advance(limits.LOGIN_CODE_MS_MAX - 1)
  assert.equal(access.login(early).scope, 'admin')
  advance(1)
  assert.throws(() => access.login(late), { code: 'LOGIN_CODE_REFUSED' })
})

test('a login code has 32 random bytes and no two are equal', () => {
  const { access } = setup()
  const codes = Array.from({ length: 10 }, () => access.createLoginCode('read'))
  assert.equal(new Set(codes).size, 10)
  for (const code of codes) assert.match(code, /^[A-Za-z0-9_-]{43}$/)
})

test('waiting codes are bounded: the oldest goes', () => {
  const { access } = setup()
  const codes = Array.from({ length: limits.LOGIN_CODES_MAX + 1 }, () =>
    access.createLoginCode('read'),
  )
  assert.throws(() => access.login(codes[0]!), { code: 'LOGIN_CODE_REFUSED' })
  assert.equal(access.login(codes[1]!).scope, 'read')
})

test('a session ends when it was unused for a week, a token never does', () => {
  const { access, token, advance } = setup()
  const session = access.login(access.createLoginCode('write')).token
  advance(limits.SESSION_IDLE_MS_MAX - 1)
  assert.equal(access.find(session)?.caller.scope, 'write')
  advance(limits.SESSION_IDLE_MS_MAX - 1)
  assert.equal(access.find(session)?.caller.scope, 'write')
  advance(limits.SESSION_IDLE_MS_MAX)
  assert.equal(access.find(session), undefined)
  assert.equal(access.find(token)?.caller.scope, 'read')
})

test('sessions are bounded: the one unused for longest goes', () => {
  const { access, token, advance } = setup()
  const sessions = Array.from({ length: limits.SESSIONS_MAX }, () => {
    advance(1)
    return access.login(access.createLoginCode('read')).token
  })
  advance(1)
  assert.ok(access.find(sessions[0]!))
  advance(1)
  access.login(access.createLoginCode('read'))
  assert.ok(access.find(sessions[0]!))
  assert.equal(access.find(sessions[1]!), undefined)
  assert.ok(access.find(token))
})

test('a rotation ends tokens, sessions and codes', () => {
  const { access, token } = setup()
  const session = access.login(access.createLoginCode('admin')).token
  const code = access.createLoginCode('admin')
  const next = newToken()
  access.setTokens([{ token: next, scope: 'admin' }])
  assert.equal(access.find(token), undefined)
  assert.equal(access.find(session), undefined)
  assert.throws(() => access.login(code), { code: 'LOGIN_CODE_REFUSED' })
  assert.ok(access.find(next))
})

test('five failures a minute are free, the sixth waits', () => {
  const { access, advance } = setup()
  const failures = Array.from({ length: 6 }, () => access.countFailure())
  assert.deepEqual(failures, [false, false, false, false, false, true])
  advance(12_000)
  assert.equal(access.countFailure(), false)
  assert.equal(access.countFailure(), true)
})

test('one token has 50 requests at once and earns 50 a second', () => {
  const { access, token, advance } = setup()
  const { rate } = access.find(token)!
  for (let i = 0; i < 50; i++) assert.equal(rate.take(), 0)
  assert.equal(rate.take(), 20)
  advance(1000)
  for (let i = 0; i < 50; i++) assert.equal(rate.take(), 0)
  assert.ok(rate.take() > 0)
})

test('files have a rate of their own, far above that of other requests, and it ends too', () => {
  const { access, token } = setup()
  const { rate, fileRate } = access.find(token)!
  for (let file = 0; file < limits.FILE_REQUESTS_PER_SECOND_MAX; file++)
    assert.equal(fileRate.take(), 0)
  assert.ok(fileRate.take() > 0)
  assert.equal(rate.take(), 0, 'other requests are not slowed down by it')
})
