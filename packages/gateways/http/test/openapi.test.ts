/** The OpenAPI document: complete, and the committed copy is the present one. */

import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'node:test'

import { openApiDocument } from '../src/app.ts'
import { createTestApp } from './_app.ts'
import { startTestServer } from './_server.ts'

const COPY = new URL('../../../../docs/openapi.json', import.meta.url)

interface Document {
  readonly openapi: string
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly summary: string }>>>>
}

test('docs/openapi.json is what the routes say; UPDATE_OPENAPI=1 writes it anew', async () => {
  const text = `${JSON.stringify(openApiDocument(createTestApp().app), null, 2)}\n`
  if (process.env['UPDATE_OPENAPI'] === '1') await writeFile(COPY, text)
  assert.equal(await readFile(COPY, 'utf8'), text)
})

test('the server gives the document to whoever asks on loopback', async () => {
  await using setup = await startTestServer()
  const response = await fetch(`${setup.server.url}/api/v1/openapi.json`)
  assert.equal(response.status, 200)
  assert.deepEqual(await response.json(), JSON.parse(await readFile(COPY, 'utf8')))
})

test('it is OpenAPI 3.1 and describes every route with a summary, an error and a scope', () => {
  const document = openApiDocument(createTestApp().app) as Document
  assert.equal(document.openapi, '3.1.0')
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      name: `${method} ${path}`,
      operation,
    })),
  )
  assert.equal(operations.length, 156)
  for (const { name, operation } of operations) {
    assert.ok(operation.summary.length > 4, name)
    assert.ok('default' in (operation as unknown as { responses: object }).responses, name)
    assert.ok('security' in operation, name)
  }
})
