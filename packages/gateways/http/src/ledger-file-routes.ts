/** Routes of files: what one would bring, bringing it in, taking that back, and files for other apps. */

import { z } from '@hono/zod-openapi'

import { createTextStream } from './export-stream.ts'
import type { LedgerApi, LedgerExportFormat } from './ledger-api.ts'
import { ledgerId } from './ledger-fields.ts'
import * as inputs from './ledger-inputs.ts'
import * as ledger from './ledger-schemas.ts'
import { defineRoute } from './route.ts'
import type { ApiApp } from './route.ts'
import * as schemas from './schemas.ts'
import { withoutUndefined } from './space-routes.ts'

const ofSpace = z.object({ space: schemas.id })
const ofBatch = z.object({ space: schemas.id, batch: ledgerId })

export function addLedgerFileRoutes(app: ApiApp, api: LedgerApi): void {
  addImportRoutes(app, api)
  addExportRoute(app, api)
}

function addImportRoutes(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/ledger/imports',
    summary: 'Files that were imported, newest first',
    scope: 'read',
    params: ofSpace,
    reply: z.array(ledger.ledgerImport),
    handle: ({ params }) => api.ledgerImports(params.space),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/ledger/imports',
    summary: 'Import a file; what was imported before stays as it is',
    scope: 'write',
    params: ofSpace,
    body: inputs.importInput,
    reply: ledger.ledgerImport,
    handle: ({ params, body }) => api.applyImport(params.space, withoutUndefined(body)),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/ledger/imports/preview',
    summary: 'What importing a file would write; writes nothing',
    scope: 'read',
    params: ofSpace,
    body: inputs.importInput,
    reply: ledger.importPreview,
    handle: ({ params, body }) => api.previewImport(params.space, withoutUndefined(body)),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/ledger/imports/{batch}/undo',
    summary: 'Delete the expenses that came from a file',
    scope: 'write',
    params: ofBatch,
    reply: ledger.ledgerImport,
    handle: ({ params }) => api.undoImport(params.space, params.batch),
  })
}

/** By the last part of a format, which is how its file ends. */
const TYPES_BY_ENDING: Readonly<Record<string, string>> = {
  json: 'application/json',
  csv: 'text/csv; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
}

function addExportRoute(app: ApiApp, api: LedgerApi): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/ledger/export',
    summary: 'The ledger as a file',
    scope: 'read',
    params: ofSpace,
    query: inputs.exportQuery,
    stream: { type: 'text/csv', schema: z.string() },
    handle: async ({ params, query: { format, currency } }) => {
      const abort = new AbortController()
      const pieces = api.exportLedger(params.space, format, {
        ...(currency === undefined ? {} : { currency }),
        signal: abort.signal,
      })
      const stream = await createTextStream(pieces, () => abort.abort())
      return new Response(stream, {
        headers: {
          'content-type': TYPES_BY_ENDING[endingOf(format)]!,
          'content-disposition': `attachment; filename="ledger.${endingOf(format)}"`,
        },
      })
    },
  })
}

function endingOf(format: LedgerExportFormat): string {
  return format.split('-').at(-1)!
}
