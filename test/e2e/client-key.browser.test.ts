// @timeoutSeconds 300: a real browser on a busy machine.
/**
 * A page in a real browser makes a P-256 key that it cannot export, has it certified, and signs operations with it,
 * which a real peer does. Only what every browser has is used: WebCrypto, `JSON` and `fetch`.
 */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { runPeer } from '@hamlet/peer/node'
import type { RunningPeer } from '@hamlet/peer/node'
import { ensureWebBuild } from '../../apps/web/scripts/build.ts'
import { TestBrowser } from '../../apps/web/test/_browser.ts'

let root: string
let browser: TestBrowser
let anna: RunningPeer

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hamlet-client-key-'))
  browser = await TestBrowser.start()
  anna = await runPeer({
    ...{ dataDirectory: join(root, 'anna'), listen: ['/ip4/127.0.0.1/tcp/0'], bootstrap: [] },
    ...{ relay: false, localDiscovery: false, webDirectory: await ensureWebBuild() },
  })
})

after(async () => {
  await browser[Symbol.asyncDispose]()
  await anna.close()
  await rm(root, { recursive: true, force: true })
})

/** Runs in the page. The key stays in its memory. */
async function makeKey(): Promise<{ readonly publicKey: string; readonly exported: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256' }
  const pair = await crypto.subtle.generateKey(algorithm, false, ['sign'])
  Object.assign(globalThis, { clientKey: pair.privateKey })
  const raw = new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey))
  const exported = await crypto.subtle.exportKey('pkcs8', pair.privateKey).then(
    () => 'given away',
    (error: Error) => error.name,
  )
  return {
    publicKey: [...raw].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    exported,
  }
}

interface Asked {
  readonly certificate: string
  readonly person: string
  readonly device: string
  readonly operation: string
  readonly data: object
}

/** Runs in the page: canonical JSON by hand, since all keys here are in order already. */
async function ask(asked: Asked): Promise<{ readonly status: number; readonly reply: string }> {
  const { certificate, person, device, operation, data } = asked
  const nonce = [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')
  const text = JSON.stringify({ atMs: Date.now(), data, device, nonce, operation, person })
  const bytes = new TextEncoder().encode(text)
  const message = new TextEncoder().encode(`hamlet/v1/client-operation\0${text}`)
  const key = (globalThis as unknown as { clientKey: CryptoKey }).clientKey
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const signature = new Uint8Array(await crypto.subtle.sign(algorithm, key, message))
  const response = await fetch('/api/v1/operations', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      certificate,
      operation: btoa(String.fromCharCode(...bytes)),
      signature: btoa(String.fromCharCode(...signature)),
    }),
  })
  return { status: response.status, reply: await response.text() }
}

test(
  'a key that a browser does not give away signs what a peer does',
  { timeout: 280_000 },
  async () => {
    await using opened = await browser.open(anna.createLoginUrl())
    const { page } = opened
    const { publicKey, exported } = await page.evaluate(makeKey)
    assert.equal(exported, 'InvalidAccessError')
    const { certificate, person, device } = await anna.api.certifyClient({
      publicKey,
      label: 'Tablet',
    })
    const asked = { certificate, person, device }
    const made = await page.evaluate(ask, {
      ...asked,
      operation: 'create_space',
      data: { name: 'Kiosk' },
    })
    assert.equal(made.status, 200, made.reply)
    assert.deepEqual(
      (await anna.api.spaces()).map(({ name }) => name),
      ['Kiosk'],
    )
    const wrong = await page.evaluate(ask, {
      ...{ ...asked, person: 'ab'.repeat(32) },
      ...{ operation: 'create_space', data: { name: 'Not this' } },
    })
    assert.equal(wrong.status, 403)
    assert.match(wrong.reply, /OPERATION_WRONG_PERSON/)
    const [client] = await anna.api.clients()
    assert.equal(client!.algorithm, 'p256')
    assert.ok(client!.lastUsedMs! > 0)
  },
)
