// Files of messages and bills over HTTP: kept first, carried by what names them, read by others, taken off again.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HamletError } from '@hamlet/core'

import { startTestServer } from './_server.ts'
import type { TestServer } from './_server.ts'

const EUR = { code: 'EUR', exponent: 2 } as const

async function household(server: TestServer) {
  const { api, world } = server
  const { id: space } = await api.createSpace('Household')
  const invite = await api.createInvite(space, { mode: 'auto' })
  const ben = world.addPerson('Ben')
  await ben.join(invite.link ?? '')
  return { space, ben, client: server.client('write') }
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const all: Uint8Array[] = []
  for await (const piece of pieces) all.push(piece)
  return Buffer.concat(all).toString()
}

test('a message carries a file that was kept for it, and others read it whole or in part', async () => {
  await using server = await startTestServer()
  const { space, ben, client } = await household(server)
  const kept = await client.prepareFile(space, 'über den See.txt', once('hello lake'))
  assert.deepEqual([kept.name, kept.sizeBytes], ['über den See.txt', 10])
  const sent = await client.send(space, { text: '', files: [kept.id] })
  const [file] = sent.files ?? []
  assert.deepEqual(
    [file?.id, file?.name, file?.mediaType],
    [`${sent.id}.0`, 'über den See.txt', 'text/plain'],
  )
  assert.equal(await textOf(ben.readAttachment(space, file!.id)), 'hello lake')
  assert.equal(await textOf(client.readAttachment(space, file!.id)), 'hello lake')
  const span = { offset: 6, lengthBytes: 2 }
  assert.equal(await textOf(client.readAttachment(space, file!.id, span)), 'la')
})

test('a Blob is kept as a stream is, and is used once', async () => {
  await using server = await startTestServer()
  const { space, client } = await household(server)
  const { id } = await client.prepareFile(space, 'a.png', new Blob(['abc']))
  await client.send(space, { text: 'look', files: [id] })
  await assert.rejects(
    client.send(space, { text: 'again', files: [id] }),
    hasCode('PREPARED_NOT_FOUND'),
  )
})

test('a receipt is put on a bill and taken off again by who put it there', async () => {
  await using server = await startTestServer()
  const { space, ben, client } = await household(server)
  const status = await client.status()
  const bill = await server.api.addExpense(space, {
    ...{ title: 'Bread', currency: EUR, amountMinor: 500 },
    paid: [{ party: status.person, amountMinor: 500 }],
    split: { shares: [{ party: status.person, weight: 1 }] },
  })
  const { id } = await client.prepareFile(space, 'receipt.png', once('pixels'))
  const { attached, attachments } = await client.attachToExpense(space, bill.id, id)
  assert.deepEqual([attachments, attached.length], [1, 1])
  const [receipt] = attached
  assert.deepEqual(
    [receipt?.name, receipt?.mediaType, receipt?.person],
    [...['receipt.png', 'image/png', status.person]],
  )
  assert.equal(await textOf(client.readAttachment(space, receipt!.id)), 'pixels')
  assert.equal((await ben.expense(space, bill.id)).attached[0]?.id, receipt?.id)
  await assert.rejects(ben.detachFromExpense(space, bill.id, receipt!.id), hasCode('NOT_AUTHOR'))
  assert.deepEqual((await client.detachFromExpense(space, bill.id, receipt!.id)).attached, [])
})

test('bytes of a message are never given as anything that a browser would show', async () => {
  await using server = await startTestServer()
  const { space, client } = await household(server)
  const { id } = await client.prepareFile(space, 'page.html', once('<script>alert(1)</script>'))
  const { files } = await client.send(space, { text: '', files: [id] })
  const target = `${server.server.url}/api/v1/spaces/${space}/attachments/${files?.[0]?.id}/content`
  const headers = { authorization: `Bearer ${server.tokens.read}` }
  const reply = await fetch(target, { headers })
  assert.equal(reply.headers.get('content-type'), 'application/octet-stream')
  assert.equal(reply.headers.get('content-disposition'), 'attachment')
  assert.equal(reply.headers.get('x-content-type-options'), 'nosniff')
  await reply.arrayBuffer()
  assert.equal((await fetch(target)).status, 401)
  const kept = `${server.server.url}/api/v1/spaces/${space}/prepared-files/content?name=a`
  const put = { method: 'PUT', body: 'x', headers: { ...headers, 'content-type': 'text/plain' } }
  assert.equal((await fetch(kept, put)).status, 415)
  const octets = { 'content-type': 'application/octet-stream' }
  assert.equal((await fetch(kept, { ...put, headers: { ...headers, ...octets } })).status, 403)
})

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof HamletError && error.code === code
}
