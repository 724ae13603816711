// A share as one ZIP file over HTTP: what is in it and under which names, chosen parts, who may have it, and what happens when bytes do
// not come or the reader goes.

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import { ARCHIVE_SELECT_LENGTH_MAX } from '../src/files-schemas.ts'
import { requestText, sendRaw } from './_raw.ts'
import { startTestServer } from './_server.ts'
import type { TestServer } from './_server.ts'
import { readZip } from './_zip-reader.ts'

async function* pieces(...texts: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield typeof text === 'string' ? Buffer.from(text) : text
}

async function shareFiles(
  setup: TestServer,
  name: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<string> {
  const { id } = await setup.api.startUpload({ name, isFolder: true })
  for (const [path, content] of Object.entries(files)) {
    await setup.api.putFile(id, path, pieces(content))
  }
  return (await setup.api.finishUpload(id)).id
}

const FILES = { 'a.txt': 'milk', empty: '', 'maps/lake.txt': 'blue', 'maps/old/lake.txt': 'green' }

async function fetchZip(setup: TestServer, share: string, select?: readonly string[]) {
  const { path } = await setup.client('read').createArchiveTicket(share, select)
  const response = await fetch(setup.server.url + path)
  assert.equal(response.status, 200)
  const bytes = new Uint8Array(await response.arrayBuffer())
  const files = readZip(bytes).map((file) => [file.path, Buffer.from(file.bytes).toString()])
  return { path, bytes, headers: response.headers, files }
}

test('everything in a share comes in one folder with its name, and how long it is stands before it', async () => {
  await using setup = await startTestServer()
  const share = await shareFiles(setup, 'Käse', FILES)
  const { path, bytes, headers, files } = await fetchZip(setup, share)
  assert.deepEqual(files, [
    ['Käse/a.txt', 'milk'],
    ['Käse/empty', ''],
    ['Käse/maps/lake.txt', 'blue'],
    ['Käse/maps/old/lake.txt', 'green'],
  ])
  assert.deepEqual(
    [headers.get('content-type'), headers.get('content-length')],
    ['application/zip', String(bytes.length)],
  )
  assert.match(headers.get('content-disposition')!, /^attachment; .*''K%C3%A4se\.zip$/)
  const head = await fetch(setup.server.url + path, { method: 'HEAD' })
  assert.equal(head.headers.get('content-length'), String(bytes.length))
  assert.deepEqual([(await head.text()).length, setup.api.reading], [0, 0])
})

test('of chosen files and folders only those come, and what is not there is refused before anything is saved', async () => {
  await using setup = await startTestServer()
  const share = await shareFiles(setup, 'Trip', FILES)
  const { files } = await fetchZip(setup, share, ['maps/old', 'a.txt'])
  assert.deepEqual(files, [
    ['Trip/a.txt', 'milk'],
    ['Trip/maps/old/lake.txt', 'green'],
  ])
  const client = setup.client('read')
  for (const select of [['map'], ['a.txt', 'b.txt'], ['maps/']]) {
    await assert.rejects(client.createArchiveTicket(share, select), { code: 'FILE_NOT_FOUND' })
  }
  const long = Array.from({ length: 100 }, (_, at) => `${at}`.repeat(400))
  assert.ok(long.join('').length > ARCHIVE_SELECT_LENGTH_MAX)
  await assert.rejects(client.createArchiveTicket(share, long), { code: 'INVALID_INPUT' })
  await assert.rejects(client.createArchiveTicket(share, []), { code: 'INVALID_INPUT' })
  setup.api.shareDetail = async (id) => {
    const { files: _files, ...detail } = await Object.getPrototypeOf(setup.api).shareDetail.call(
      setup.api,
      id,
    )
    return detail
  }
  await assert.rejects(client.createArchiveTicket(share), { code: 'FILES_LIST_MISSING' })
})

test('whatever a share and its files are called, what is unpacked stays in one folder and no file replaces another', async () => {
  await using setup = await startTestServer()
  const share = await shareFiles(setup, '../up: "x"', { 'Read.me': '1', 'read.me': '2' })
  const { files, headers } = await fetchZip(setup, share)
  assert.deepEqual(files, [
    ['.._up_ _x_/Read.me', '1'],
    ['.._up_ _x_/read (2).me', '2'],
  ])
  assert.match(headers.get('content-disposition')!, /''\.\._up_%20_x_\.zip$/)
})

test('bytes are asked for as fast as the reader takes them, and none when the reader has gone', async () => {
  await using setup = await startTestServer()
  const megabytes = new Uint8Array(32 * 1024 * 1024)
  const share = await shareFiles(setup, 'Big', { a: megabytes, b: 'never' })
  const { path } = await setup.client().createArchiveTicket(share)
  const socket = connect(setup.server.port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write(requestText(setup.server.port, [`GET ${path} HTTP/1.1`]))
  await once(socket, 'data')
  socket.pause()
  await delay(50)
  assert.equal(setup.api.reading, 1)
  assert.ok(setup.api.readBytes < 16 * 1024 * 1024, `${setup.api.readBytes} bytes were read`)
  socket.destroy()
  while (setup.api.reading > 0) await delay(5)
  assert.ok(setup.api.readBytes < 16 * 1024 * 1024)
})

test('a file that breaks off on the way cuts the connection, so that nobody takes a part for the whole', async () => {
  await using setup = await startTestServer()
  const share = await shareFiles(setup, 'Cut', { a: new Uint8Array(1_000_000) })
  const { path } = await setup.client().createArchiveTicket(share)
  setup.api.failReads = { code: 'BLOB_MISSING', afterBytes: 500_000 }
  const lines = [`GET ${path} HTTP/1.1`, 'Connection: close']
  const cut = await sendRaw(setup.server.port, requestText(setup.server.port, lines))
  assert.ok(cut.body.length < Number(cut.headers.get('content-length')))
  setup.api.failReads = undefined
  const again = await fetch(setup.server.url + path)
  assert.equal(readZip(new Uint8Array(await again.arrayBuffer())).length, 1)
})
