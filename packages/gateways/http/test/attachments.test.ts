/** Files of messages and bills over HTTP: kept first, carried by what names them, read by others, taken off again. */

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

async function* broken(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(10)
  throw new HamletError('FILE_FAILED', 'gone')
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

test('bytes of a message are never given as anything that a browser would run', async () => {
  await using server = await startTestServer()
  const { space, client } = await household(server)
  const { id } = await client.prepareFile(space, 'page.html', once('<script>alert(1)</script>'))
  const { files } = await client.send(space, { text: '', files: [id] })
  const target = `${server.server.url}/api/v1/spaces/${space}/attachments/${files?.[0]?.id}/content`
  const headers = { authorization: `Bearer ${server.tokens.read}` }
  const reply = await fetch(target, { headers })
  assert.equal(reply.headers.get('content-type'), 'application/octet-stream')
  assert.match(reply.headers.get('content-disposition') ?? '', /^attachment; filename="page.html"/)
  assert.match(
    reply.headers.get('content-security-policy') ?? '',
    /^default-src 'none'; .*sandbox$/,
  )
  assert.equal(reply.headers.get('x-content-type-options'), 'nosniff')
  await reply.arrayBuffer()
  assert.equal((await fetch(target)).status, 401)
  const kept = `${server.server.url}/api/v1/spaces/${space}/prepared-files/content?name=a`
  const put = { method: 'PUT', body: 'x', headers: { ...headers, 'content-type': 'text/plain' } }
  assert.equal((await fetch(kept, put)).status, 415)
  const octets = { 'content-type': 'application/octet-stream' }
  assert.equal((await fetch(kept, { ...put, headers: { ...headers, ...octets } })).status, 403)
})

test('a picture of a bill is read in part, by HEAD, again when it changed, and by a ticket alone', async () => {
  await using server = await startTestServer()
  const { space, client } = await household(server)
  const { person } = await client.status()
  const bill = await client.addExpense(space, {
    ...{ title: 'Bread', currency: EUR, amountMinor: 500 },
    paid: [{ party: person, amountMinor: 500 }],
    split: { shares: [{ party: person, weight: 1 }] },
  })
  const { id: kept } = await client.prepareFile(space, 'till.png', once('pixels'))
  const { attached } = await client.attachToExpense(space, bill.id, kept)
  const id = attached[0]!.id
  const target = `${server.server.url}/api/v1/spaces/${space}/attachments/${id}/content`
  const headers = { authorization: `Bearer ${server.tokens.read}` }
  const part = await fetch(target, { headers: { ...headers, range: 'bytes=2-3' } })
  assert.deepEqual([part.status, await part.text()], [206, 'xe'])
  assert.equal(part.headers.get('content-range'), 'bytes 2-3/6')
  assert.equal(part.headers.get('content-type'), 'image/png')
  assert.match(part.headers.get('content-disposition') ?? '', /^inline;/)
  const beyond = await fetch(target, { headers: { ...headers, range: 'bytes=6-' } })
  assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, 'bytes */6'])
  await beyond.arrayBuffer()
  const head = await fetch(target, { method: 'HEAD', headers })
  assert.deepEqual([head.status, head.headers.get('content-length')], [200, '6'])
  const etag = head.headers.get('etag') ?? ''
  const same = await fetch(target, { headers: { ...headers, 'if-none-match': etag } })
  assert.equal(same.status, 304)
  const ticket = await server.client('read').createAttachmentTicket(space, id)
  const shown = await fetch(server.server.url + ticket.path)
  assert.deepEqual([shown.headers.get('content-type'), await shown.text()], ['image/png', 'pixels'])
  const saved = await fetch(`${server.server.url}${ticket.path}?download=true`)
  assert.match(saved.headers.get('content-disposition') ?? '', /^attachment;/)
  await saved.arrayBuffer()
  await client.detachFromExpense(space, bill.id, id)
  assert.equal((await fetch(server.server.url + ticket.path)).status, 404)
  await assert.rejects(client.createAttachmentTicket(space, id), hasCode('FILE_NOT_FOUND'))
})

test('a file that cannot be read here on its way in is told as that, and nothing is kept', async () => {
  await using server = await startTestServer()
  const { space, client } = await household(server)
  await assert.rejects(client.prepareFile(space, 'a', broken()), hasCode('FILE_FAILED'))
  await assert.rejects(
    client.send(space, { text: '', files: ['0'] }),
    hasCode('PREPARED_NOT_FOUND'),
  )
})

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof HamletError && error.code === code
}
