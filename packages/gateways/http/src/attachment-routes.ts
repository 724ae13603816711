/** Routes of files that messages and bills carry: kept first, then named by what carries them; and their bytes. */

import { z } from '@hono/zod-openapi'

import type { ApiAppOptions } from './app-options.ts'
import * as files from './attachment-schemas.ts'
import type { AttachmentsApi } from './attachments-api.ts'
import { fileOfCarrier } from './carried-file.ts'
import type { CarryingApi } from './carried-file.ts'
import { bodyOf, breakerOf, giveTicket } from './file-body.ts'
import { createFileReply } from './file-reply.ts'
import { fileTicket, ticketQuery } from './files-schemas.ts'
import { ledgerId } from './ledger-fields.ts'
import * as ledger from './ledger-schemas.ts'
import { bytes, defineRoute } from './route.ts'
import type { ApiApp } from './route.ts'
import { id } from './schemas.ts'

const ofSpace = z.object({ space: id })
const ofExpense = z.object({ space: id, expense: ledgerId })
const ofAttachment = ofSpace.extend({ attachment: files.attachmentId })

export function addAttachmentRoutes(app: ApiApp, api: CarryingApi, options: ApiAppOptions): void {
  addCarryingRoutes(app, api)
  addBytesRoutes(app, api, options)
}

function addCarryingRoutes(app: ApiApp, api: AttachmentsApi): void {
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
}

function addBytesRoutes(app: ApiApp, api: CarryingApi, options: ApiAppOptions): void {
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/attachments/{attachment}/content',
    summary:
      'The bytes of a file of a message or an expense; what is not here yet is fetched first. `Range` and HEAD too',
    scope: 'read',
    params: ofAttachment,
    query: ticketQuery,
    stream: { type: 'application/octet-stream', schema: bytes, hasRanges: true },
    handle: async ({ params, query, context }) =>
      createFileReply(await fileOfCarrier(api, params.space, params.attachment), {
        request: context.req.raw,
        isDownload: query.download === 'true',
        onBroken: breakerOf(context, options),
      }),
  })
  defineRoute(app, {
    method: 'post',
    path: '/spaces/{space}/attachments/{attachment}/tickets',
    summary: 'A path that gives one such file without a token, for pictures in a page',
    scope: 'read',
    params: ofAttachment,
    body: files.carriedTicketInput,
    reply: fileTicket,
    handle: async ({ params: { space, attachment }, context }) => {
      // Refuses what is not there now, and not when the page has shown it.
      await fileOfCarrier(api, space, attachment)
      return giveTicket(options, context, { space, attachment })
    },
  })
}
