/** Routes of files that messages and bills carry: kept first, then named by what carries them; and their bytes. */

import { z } from '@hono/zod-openapi'

import type { ApiAppOptions } from './app-options.ts'
import * as files from './attachment-schemas.ts'
import type { AttachmentsApi } from './attachments-api.ts'
import { createPieceStream } from './export-stream.ts'
import { bodyOf, breakerOf } from './file-body.ts'
import { ledgerId } from './ledger-fields.ts'
import * as ledger from './ledger-schemas.ts'
import { bytes, defineRoute } from './route.ts'
import type { ApiApp } from './route.ts'
import { id } from './schemas.ts'

const ofSpace = z.object({ space: id })
const ofExpense = z.object({ space: id, expense: ledgerId })

export function addAttachmentRoutes(
  app: ApiApp,
  api: AttachmentsApi,
  options: ApiAppOptions,
): void {
  defineRoute(app, {
    method: 'put',
    path: '/spaces/{space}/prepared-files/content',
    summary: 'Keep a file for what is written next; unused, it is dropped after a day',
    scope: 'write',
    params: ofSpace,
    query: files.fileNameQuery,
    takesFile: true,
    reply: files.preparedFile,
    handle: ({ params, query, context }) => {
      const { signal } = context.req.raw
      return api.prepareFile(params.space, query.name, bodyOf(context), { signal })
    },
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/expenses/{expense}/files',
    summary: 'Put a prepared file, such as a receipt, on an expense',
    scope: 'write',
    params: ofExpense,
    body: files.attachInput,
    reply: ledger.expenseDetail,
    handle: ({ params, body }) => api.attachToExpense(params.space, params.expense, body.prepared),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/spaces/{space}/expenses/{expense}/files/{attached}',
    summary: 'Take a file off an expense: an own one, as an admin anybody’s',
    scope: 'write',
    params: ofExpense.extend({ attached: files.attachmentId }),
    reply: ledger.expenseDetail,
    handle: ({ params: { space, expense, attached } }) =>
      api.detachFromExpense(space, expense, attached),
  })
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/attachments/{attachment}/content',
    summary:
      'The bytes of a file of a message or an expense; what is not here yet is fetched first',
    scope: 'read',
    params: ofSpace.extend({ attachment: files.attachmentId }),
    query: files.spanQuery,
    stream: { type: 'application/octet-stream', schema: bytes },
    handle: async ({ params, query: { offset, length }, context }) => {
      const abort = new AbortController()
      const signal = AbortSignal.any([abort.signal, context.req.raw.signal])
      const pieces = api.readAttachment(params.space, params.attachment, {
        ...(offset === undefined ? {} : { offset: Number(offset) }),
        ...(length === undefined ? {} : { lengthBytes: Number(length) }),
        signal,
      })
      const onBroken = breakerOf(context, options)
      return createAttachmentReply(pieces, () => abort.abort(), onBroken)
    },
  })
}

/** Never as anything that could be shown by itself: whoever asks knows what they want of the bytes. */
async function createAttachmentReply(
  pieces: AsyncIterable<Uint8Array>,
  close: () => void,
  onBroken: ((error: unknown) => void) | undefined,
): Promise<Response> {
  const stream = await createPieceStream(withoutEmpty(pieces), close, (piece) => piece, onBroken)
  return new Response(stream, {
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment',
      'x-content-type-options': 'nosniff',
    },
  })
}

/** An empty piece would look like the end of a stream to some readers. */
async function* withoutEmpty(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) if (piece.length > 0) yield piece
}
