/**
 * A share, or some of it, as one ZIP file: what is not here yet is fetched while the file is being sent.
 *
 * In it is one folder with the name of the share, and in that the files under the paths that they would be written to on any disk
 * (`localPaths`): whoever unpacks it anywhere gets every file, and none outside.
 */

import { localPaths, mendFileName } from '@hamlet/files/names'

import { ApiError } from './errors.ts'
import { createPieceStream } from './export-stream.ts'
import { POLICY, quotedFileName } from './file-reply.ts'
import type { FileRequest } from './file-reply.ts'
import type { FilesApi, ShareDetail, SharedFile } from './files-api.ts'
import { writeZip, zipBytes } from './zip-writer.ts'
import type { Crc32, ZipFile } from './zip-writer.ts'

export interface ShareArchive {
  readonly share: string
  /** Paths or folders of it; absent: all of it. */
  readonly select?: readonly string[] | undefined
}

/** @throws ApiError `FILE_NOT_FOUND` for what the share does not have, `FILES_LIST_MISSING` while nobody here knows */
export async function filesOfArchive(
  api: FilesApi,
  { share, select }: ShareArchive,
): Promise<{ readonly detail: ShareDetail; readonly files: readonly SharedFile[] }> {
  const detail = await api.shareDetail(share)
  if (detail.files === undefined) {
    throw new ApiError('FILES_LIST_MISSING', 'the list of its files is still on its way here', 409)
  }
  const files = select === undefined ? detail.files : chosen(detail.files, select)
  return { detail, files }
}

/** Answers GET and HEAD. */
export async function createArchiveReply(
  api: FilesApi,
  archive: ShareArchive,
  { request, onBroken, crc32 }: FileRequest & { readonly crc32: Crc32 },
): Promise<Response> {
  const { detail, files } = await filesOfArchive(api, archive)
  const abort = new AbortController()
  // Who goes while the first bytes are still looked for has no stream yet that could be cancelled.
  const signal = AbortSignal.any([abort.signal, request.signal])
  const zipped = zipFiles(api, detail, files, signal)
  const init = {
    headers: {
      'content-type': 'application/zip',
      'content-length': String(zipBytes(zipped)),
      'content-disposition': `attachment; ${quotedFileName(`${mendFileName(detail.name)}.zip`)}`,
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
    },
  }
  if (request.method === 'HEAD') return new Response(null, init)
  const pieces = writeZip(zipped, crc32)
  const close = () => abort.abort()
  return new Response(await createPieceStream(pieces, close, (piece) => piece, onBroken), init)
}

function zipFiles(
  api: FilesApi,
  { id, name, createdAtMs }: ShareDetail,
  files: readonly SharedFile[],
  signal: AbortSignal,
): readonly ZipFile[] {
  const paths = localPaths(files.map(({ path }) => path))
  if (!paths.ok) throw paths.error
  const folder = mendFileName(name)
  return files.map(({ path, sizeBytes }, index) => ({
    path: `${folder}/${paths.value[index]!}`,
    sizeBytes,
    modifiedAtMs: createdAtMs,
    read: () => api.readFile(id, path, { signal }),
  }))
}

/** In the order of the share. */
function chosen(files: readonly SharedFile[], select: readonly string[]): readonly SharedFile[] {
  const wanted = new Set(select)
  const found = new Set<string>()
  const taken = files.filter(({ path }) => {
    const hits = [path, ...foldersOf(path)].filter((each) => wanted.has(each))
    for (const hit of hits) found.add(hit)
    return hits.length > 0
  })
  if (found.size === wanted.size) return taken
  throw new ApiError('FILE_NOT_FOUND', 'the share has no such file or folder', 404)
}

function foldersOf(path: string): readonly string[] {
  const names = path.split('/').slice(0, -1)
  return names.map((_, index) => names.slice(0, index + 1).join('/'))
}
