/** The OpenAPI document of the tracker: complete, and the committed copy is the present one. */

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, test } from 'node:test'
import { openApiDocument } from '../src/http/app.ts'
import { createTestApp } from './_app.ts'

const COPY = new URL('../../../docs/openapi-tracker.json', import.meta.url)
const setup = await createTestApp()
after(() => setup.sql.close())

interface Operation {
  readonly summary: string
  readonly responses: Readonly<Record<string, object>>
  readonly security: readonly object[]
}
interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

test('docs/openapi-tracker.json is what the routes say; UPDATE_OPENAPI=1 writes it anew', async () => {
  const text = `${JSON.stringify(openApiDocument(setup.app), null, 2)}\n`
  if (process.env['UPDATE_OPENAPI'] === '1') await writeFile(COPY, text)
  assert.ok((await readFile(COPY, 'utf8')) === text, 'the copy is of another version')
  const served = await setup.request('GET', '/openapi.json', '', 'nobody')
  assert.ok(`${JSON.stringify(await served.json(), null, 2)}\n` === text)
})

test('it is OpenAPI 3.1 and describes the routes of both versions', () => {
  const document = openApiDocument(setup.app) as Document
  assert.equal(document.openapi, '3.1.0')
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods))
  for (const { summary, responses, security } of operations) {
    assert.ok(summary.length > 4)
    assert.ok('default' in responses, summary)
    assert.ok(Array.isArray(security), summary)
  }
  const peerNet = Object.keys(document.paths).filter((path) => path.startsWith('/api/v1/'))
  assert.deepEqual(peerNet.toSorted(), [
    '/api/v1/files/announce',
    '/api/v1/files/lookup/{fileHash}',
    '/api/v1/peers/feedback',
    '/api/v1/peers/register',
  ])
  const board = Object.keys(document.paths).filter((path) => path.startsWith('/api/v2/board/'))
  assert.equal(board.length, 13)
  assert.equal(operations.length, peerNet.length + board.length + 15)
})
