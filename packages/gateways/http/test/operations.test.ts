/** Operations of clients over the server: open to whoever has signed, closed to pages of other origins, and bounded. */

import assert from 'node:assert/strict'
import { test } from 'node:test'

import { requestText, sendRaw } from './_raw.ts'
import { startTestServer } from './_server.ts'

test('takes operations of clients without a token, from its own origin, and not more than it can do', async () => {
  await using setup = await startTestServer()
  const { certificate } = await setup.api.certifyClient({
    publicKey: 'ab'.repeat(32),
    label: 'x',
  })
  const body = (name: string) => {
    const operation = JSON.stringify({ operation: 'create_space', data: { name } })
    const text = Buffer.from(operation).toString('base64')
    return JSON.stringify({ certificate, operation: text, signature: 'AAAA' })
  }
  const post = (name: string, ...lines: readonly string[]) => {
    const all = ['POST /api/v1/operations HTTP/1.1', 'Authorization: none', ...lines]
    const length = `Content-Length: ${body(name).length}`
    return sendRaw(
      setup.server.port,
      requestText(
        setup.server.port,
        [...all, 'Content-Type: application/json', length],
        body(name),
      ),
    )
  }
  assert.equal((await post('own')).status, 200)
  assert.equal(codeOf(await post('evil', 'Origin: http://evil.example')), 'ORIGIN_REFUSED')
  assert.equal(codeOf(await post('site', 'Sec-Fetch-Site: same-site')), 'ORIGIN_REFUSED')
  const url = `${setup.server.url}/api/v1/operations`
  const form = await fetch(url, { method: 'POST', body: body('form') })
  assert.equal(form.status, 415)
  assert.equal((await setup.api.spaces()).length, 1)
  const headers = { 'content-type': 'application/json' }
  const replies = await Promise.all(
    Array.from({ length: 80 }, () => fetch(url, { method: 'POST', headers, body: '{}' })),
  )
  const statuses = replies.map(({ status }) => status)
  assert.ok(statuses.includes(429))
  assert.ok(statuses.every((status) => status === 429 || status === 400))
  assert.equal((await setup.client().status()).name, setup.api.name, 'tokens have their own share')
})

function codeOf(reply: { readonly body: string }): string {
  return (JSON.parse(reply.body) as { error: { code: string } }).error.code
}
