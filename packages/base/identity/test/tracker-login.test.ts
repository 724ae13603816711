/** What a device signs for a tracker: the worked example of `docs/formats/tracker.md`, and nothing like it. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToBase64Url } from '@hamlet/core'
import { signTrackerLogin, trackerLoginBytes, verifyTrackerLogin } from '../src/index.ts'
import { createNodeCrypto } from '../src/node/index.ts'

const crypto = createNodeCrypto()
const signer = crypto.signer(new Uint8Array(32).fill(1))
const LOGIN = { act: 'login', host: 'tracker.example', challenge: 'challenge' } as const
const GOLDEN =
  'xlobRB2F5KdxBXdY8IgQSz_qoITXnSpvObf8BigqRmq5kvVLFu_uZ_uijjee2q5W-IDXlhbcmJxsVHSaNiAEBg'

test('the worked example never changes', () => {
  const signature = signTrackerLogin(signer, LOGIN.act, LOGIN.host, LOGIN.challenge)
  assert.equal(bytesToBase64Url(signature), GOLDEN)
  assert.equal(
    new TextDecoder().decode(trackerLoginBytes('login', LOGIN.host, LOGIN.challenge)),
    'login\ntracker.example\nchallenge\n',
  )
  assert.equal(verifyTrackerLogin(crypto, signer.publicKey, LOGIN, signature), true)
})

test('a signature for one tracker, challenge or act is none for another', () => {
  const signature = signTrackerLogin(signer, LOGIN.act, LOGIN.host, LOGIN.challenge)
  for (const other of [{ act: 'renew' }, { host: 'evil.example' }, { challenge: 'x' }] as const) {
    const login = { ...LOGIN, ...other }
    assert.equal(verifyTrackerLogin(crypto, signer.publicKey, login, signature), false)
  }
})
