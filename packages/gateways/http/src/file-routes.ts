/** Routes of shares: what there is, putting one together, its link, and the bytes of its files. */

import { z } from '@hono/zod-openapi'

import type { ApiAppOptions } from './app-options.ts'
import { ApiError } from './errors.ts'
import { fileOfCarrier, hasAttachments } from './carried-file.ts'
import { bodyOf, breakerOf, giveTicket } from './file-body.ts'
import { createFileReply, fileOfShare } from './file-reply.ts'
import type { ReadableFile } from './file-reply.ts'
import type { TicketedFile } from './file-tickets.ts'
import type { ByteSpan, FilesApi } from './files-api.ts'
import * as files from './files-schemas.ts'
import { bytes, defineRoute } from './route.ts'
import type { ApiApp } from './route.ts'
import { id } from './schemas.ts'
import { createArchiveReply, filesOfArchive } from './share-archive.ts'
import { withoutUndefined } from './space-routes.ts'

const ofSpace = z.object({ space: id })
const ofShare = files.shareParams
const file = { type: 'application/octet-stream', schema: bytes, hasRanges: true } as const

export function addFileRoutes(app: ApiApp, api: FilesApi, options: ApiAppOptions): void {
  addShareRoutes(app, api)
  addShareChangeRoutes(app, api)
  addUploadRoutes(app, api)
  addLinkRoutes(app, api)
  addBlobRoutes(app, api, options)
  addContentRoutes(app, api, options)
}

function addShareRoutes(app: ApiApp, api: FilesApi): void {
  const reply = z.array(files.share)
  defineRoute(app, {
    method: 'get',
    path: '/spaces/{space}/shares',
    summary: 'What is shared in a space, newest first',
    scope: 'read',
    params: ofSpace,
    query: files.sharesQuery,
    reply,
    handle: ({ params, query }) => api.shares(params.space, { removed: query.removed === 'true' }),
  })
  defineRoute(app, {
    method: 'get',
    path: '/shares',
    summary: 'What came by a link, or is shared by link alone, newest first',
    scope: 'read',
    query: files.sharesQuery,
    reply,
    handle: ({ query }) => api.shares(undefined, { removed: query.removed === 'true' }),
  })
  defineRoute(app, {
    method: 'get',
    path: '/shares/{share}',
    summary: 'A share with its files and who holds them',
    scope: 'read',
    params: ofShare,
    reply: files.shareDetail,
    handle: ({ params }) => api.shareDetail(params.share),
  })
  defineRoute(app, {
    method: 'get',
    path: '/shares/{share}/file',
    summary: 'One file of a share',
    scope: 'read',
    params: ofShare,
    query: files.pathQuery,
    reply: files.sharedFile,
    handle: ({ params, query }) => api.sharedFile(params.share, query.path),
  })
}

function addShareChangeRoutes(app: ApiApp, api: FilesApi): void {
  defineRoute(app, {
    method: 'put',
    path: '/shares/{share}/name',
    summary: 'Rename a share',
    scope: 'write',
    params: ofShare,
    body: files.shareName,
    reply: files.share,
    handle: ({ params, body }) => api.renameShare(params.share, body.name),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/shares/{share}',
    summary: 'Remove a share: from its space for everybody, or what came by a link from here',
    scope: 'write',
    params: ofShare,
    handle: ({ params }) => api.removeShare(params.share),
  })
  defineRoute(app, {
    method: 'post',
    path: '/shares/{share}/restore',
    summary: 'Take a removal back',
    scope: 'write',
    params: ofShare,
    reply: files.share,
    handle: ({ params }) => api.restoreShare(params.share),
  })
  defineRoute(app, {
    method: 'put',
    path: '/shares/{share}/pin',
    summary: 'Keep a share here whatever the quota says, or no longer',
    scope: 'write',
    params: ofShare,
    body: files.pinInput,
    reply: files.share,
    handle: ({ params, body }) => api.pinShare(params.share, body.isPinned),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/shares/{share}/bytes',
    summary: 'Free what this device holds of a share; the share stays',
    scope: 'write',
    params: ofShare,
    reply: files.share,
    handle: ({ params }) => api.forgetShareBytes(params.share),
  })
}

function addUploadRoutes(app: ApiApp, api: FilesApi): void {
  const params = files.uploadParams
  defineRoute(app, {
    method: 'post',
    path: '/uploads',
    summary: 'Begin to put a share together',
    scope: 'write',
    body: files.uploadInput,
    reply: files.upload,
    handle: ({ body }) => api.startUpload(withoutUndefined(body)),
  })
  defineRoute(app, {
    method: 'put',
    path: '/uploads/{upload}/content',
    summary: 'Add a file; of one that breaks off nothing stays',
    scope: 'write',
    params,
    query: files.pathQuery,
    takesFile: true,
    reply: files.upload,
    handle: ({ params: { upload }, query, context }) => {
      const { signal } = context.req.raw
      return api.putFile(upload, query.path, bodyOf(context), { signal })
    },
  })
  defineRoute(app, {
    method: 'post',
    path: '/uploads/{upload}/finish',
    summary: 'Share what was put together',
    scope: 'write',
    params,
    reply: files.share,
    handle: ({ params: { upload } }) => api.finishUpload(upload),
  })
  defineRoute(app, {
    method: 'delete',
    path: '/uploads/{upload}',
    summary: 'Drop what was put together',
    scope: 'write',
    params,
    handle: ({ params: { upload } }) => api.cancelUpload(upload),
  })
}

function addLinkRoutes(app: ApiApp, api: FilesApi): void {
  defineRoute(app, {
    method: 'post',
    path: '/share-links',
    summary: 'Take up a share by its link, or a public blob by its id',
    scope: 'write',
    body: files.shareLinkInput,
    reply: files.share,
    handle: ({ body }) => api.openShareLink(body.link),
  })
  defineRoute(app, {
    method: 'get',
    path: '/shares/{share}/link',
    summary: 'The link of a share; whoever has it can read the share',
    scope: 'read',
    params: ofShare,
    reply: files.shareLink,
    handle: ({ params }) => api.shareLink(params.share),
  })
}

function addBlobRoutes(app: ApiApp, api: FilesApi, options: ApiAppOptions): void {
  defineRoute(app, {
    method: 'get',
    path: '/shares/{share}/blobs',
    summary: 'What a web server has to hand out to be a web seed of a share',
    scope: 'read',
    params: ofShare,
    reply: z.array(files.shareBlob),
    handle: ({ params }) => api.shareBlobs(params.share),
  })
  defineRoute(app, {
    method: 'get',
    path: '/shares/{share}/blobs/{blob}',
    summary:
      'A blob of a share as it is stored, sealed unless the share is public. `Range` and HEAD too',
    scope: 'read',
    params: files.blobParams,
    stream: file,
    handle: async ({ params, context }) =>
      createFileReply(await blobOfShare(api, params.share, params.blob), {
        request: context.req.raw,
        isDownload: true,
        onBroken: breakerOf(context, options),
      }),
  })
}

async function blobOfShare(api: FilesApi, share: string, blob: string): Promise<ReadableFile> {
  const found = (await api.shareBlobs(share)).find((each) => each.blob === blob)
  if (found === undefined) throw new ApiError('BLOB_NOT_FOUND', 'the share has no such blob', 404)
  const { sizeBytes } = found
  const read = (span: ByteSpan): AsyncIterable<Uint8Array> => api.readShareBlob(share, blob, span)
  return { name: blob, mediaType: 'application/octet-stream', sizeBytes, version: blob, read }
}

function addContentRoutes(app: ApiApp, api: FilesApi, options: ApiAppOptions): void {
  defineRoute(app, {
    method: 'get',
    path: '/shares/{share}/content',
    summary: 'The bytes of a file; what is not here yet is fetched first. `Range` and HEAD too',
    scope: 'read',
    params: ofShare,
    query: files.contentQuery,
    stream: file,
    handle: async ({ params, query, context }) =>
      createFileReply(await fileOfShare(api, params.share, query.path), {
        request: context.req.raw,
        isDownload: query.download === 'true',
        onBroken: breakerOf(context, options),
      }),
  })
  defineRoute(app, {
    method: 'post',
    path: '/shares/{share}/tickets',
    summary: 'A path that gives one file without a token, for pictures and videos in a page',
    scope: 'read',
    params: ofShare,
    body: files.ticketInput,
    reply: files.fileTicket,
    handle: async ({ params, body, context }) => {
      // Refuses a path that leads nowhere now, and not when the page has shown it.
      await api.sharedFile(params.share, body.path)
      return giveTicket(options, context, { share: params.share, path: body.path })
    },
  })
  defineRoute(app, {
    method: 'post',
    path: '/shares/{share}/archive-tickets',
    summary: 'A path that gives a share, or some of it, as one ZIP file without a token',
    scope: 'read',
    params: ofShare,
    body: files.archiveInput,
    reply: files.fileTicket,
    handle: async ({ params: { share }, body: { select }, context }) => {
      const archive = { share, select }
      await filesOfArchive(api, archive)
      return giveTicket(options, context, { archive })
    },
  })
  defineRoute(app, {
    method: 'get',
    path: '/tickets/{ticket}',
    summary: 'The file of a ticket; HEAD too, and `Range` of all but ZIP files',
    scope: undefined,
    params: files.ticketParams,
    query: files.ticketQuery,
    stream: file,
    handle: async ({ params, query, context }) => {
      const found = options.tickets.find(params.ticket)
      if (found === undefined) throw new ApiError('UNAUTHORIZED', 'no such ticket', 401)
      const asked = {
        request: context.req.raw,
        isDownload: query.download === 'true',
        onBroken: breakerOf(context, options),
      }
      if ('archive' in found) {
        return createArchiveReply(api, found.archive, { ...asked, crc32: options.crc32 })
      }
      return createFileReply(await ticketedFile(api, options, found), asked)
    },
  })
}

async function ticketedFile(
  api: FilesApi,
  options: ApiAppOptions,
  file: Exclude<TicketedFile, { readonly archive: unknown }>,
): Promise<ReadableFile> {
  if ('share' in file) return fileOfShare(api, file.share, file.path)
  if (hasAttachments(options.api)) return fileOfCarrier(options.api, file.space, file.attachment)
  throw new ApiError('UNAUTHORIZED', 'no such ticket', 401)
}
