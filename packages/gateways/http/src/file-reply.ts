/**
 * A file as an HTTP reply: what it may be shown as, which bytes of it, and its stream.
 *
 * The idea (`docs/security.md`, HTTP API, line 5): the bytes come from people. They leave under a type from a list of
 * those that run nothing, as everything else to be saved only, and under a policy that would forbid it to run anyway. The
 * type is never guessed from the bytes, here or in the browser.
 *
 * Invariants:
 * 1. Nothing leaves as HTML, SVG, XML or script.
 * 2. As many bytes leave as were announced, or the connection breaks off.
 * 3. The peer is asked for bytes as fast as the reader takes them, and for none when the reader has gone.
 */

import { parseByteRange } from './byte-range.ts'
import type { ByteRange } from './byte-range.ts'
import { errorBody } from './error-reply.ts'
import { ApiError } from './errors.ts'
import { createPieceStream } from './export-stream.ts'
import type { ByteSpan, FilesApi } from './files-api.ts'

/** A file of whatever kind, as far as its reply is concerned. */
export interface ReadableFile {
  /** Without folders. */
  readonly name: string
  readonly mediaType: string
  readonly sizeBytes: number
  /** The same for the same bytes only. */
  readonly version: string
  read(span: ByteSpan): AsyncIterable<Uint8Array>
}

export interface FileRequest {
  readonly request: Request
  /** To be saved, whatever it is. */
  readonly isDownload: boolean
  /** What to do when the bytes end too early, instead of an error of the stream. */
  readonly onBroken?: ((error: unknown) => void) | undefined
}

/** What may be shown: of these types a browser runs nothing. */
const SHOWN_TYPES: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'image/avif',
  'image/bmp',
  'audio/mpeg',
  'audio/mp4',
  'audio/aac',
  'audio/ogg',
  'audio/opus',
  'audio/wav',
  'audio/flac',
  'audio/webm',
  'video/mp4',
  'video/webm',
  'video/ogg',
  'video/quicktime',
  'video/x-matroska',
  'text/plain',
])
const PDF = 'application/pdf'
/** For who opens such a file by itself: the browser's own page around a picture or a video, and nothing else. */
export const POLICY =
  "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; sandbox"

export async function fileOfShare(
  api: FilesApi,
  share: string,
  path: string,
): Promise<ReadableFile> {
  const { mediaType, sizeBytes, blob } = await api.sharedFile(share, path)
  const name = path.split('/').at(-1)!
  const read = (span: ByteSpan): AsyncIterable<Uint8Array> => api.readFile(share, path, span)
  return { name, mediaType, sizeBytes, version: blob, read }
}

/** Answers GET and HEAD. */
export async function createFileReply(file: ReadableFile, asked: FileRequest): Promise<Response> {
  const { request } = asked
  const { headers } = request
  const etag = `"${file.version}"`
  const common = headersOf(file, etag, asked.isDownload)
  if (isListed(headers.get('if-none-match'), etag)) {
    return new Response(null, { status: 304, headers: common })
  }
  const range = rangeOf(headers, etag, file.sizeBytes)
  if (range === 'none') return refuseRange(file.sizeBytes)
  const { offset, lengthBytes } = range ?? { offset: 0, lengthBytes: file.sizeBytes }
  const last = offset + lengthBytes - 1
  const init = {
    status: range === undefined ? 200 : 206,
    headers: {
      ...common,
      'content-length': String(lengthBytes),
      ...(range === undefined
        ? {}
        : { 'content-range': `bytes ${offset}-${last}/${file.sizeBytes}` }),
    },
  }
  if (request.method === 'HEAD' || lengthBytes === 0) return new Response(null, init)
  return new Response(await openStream(file, asked, { offset, lengthBytes }), init)
}

async function openStream(
  file: ReadableFile,
  { request, onBroken }: FileRequest,
  range: ByteRange,
): Promise<ReadableStream<Uint8Array>> {
  const abort = new AbortController()
  // Who goes while the first bytes are still looked for has no stream yet that could be cancelled.
  const signal = AbortSignal.any([abort.signal, request.signal])
  const pieces = exactly(file.read({ ...range, signal }), range.lengthBytes)
  return await createPieceStream(
    pieces,
    () => abort.abort(),
    (piece) => piece,
    onBroken,
  )
}

async function* exactly(
  pieces: AsyncIterable<Uint8Array>,
  lengthBytes: number,
): AsyncGenerator<Uint8Array> {
  let rest = lengthBytes
  for await (const piece of pieces) {
    rest -= piece.length
    if (rest < 0) break
    // An empty piece would look like the end of a stream to some readers.
    if (piece.length > 0) yield piece
  }
  if (rest !== 0) throw new ApiError('INTERNAL', 'the file is not as long as it said', 500)
}

function headersOf(file: ReadableFile, etag: string, isDownload: boolean): Record<string, string> {
  const { mediaType, name } = file
  const isShown = SHOWN_TYPES.has(mediaType) && !isDownload
  const isNamed = SHOWN_TYPES.has(mediaType) || mediaType === PDF
  const type = mediaType === 'text/plain' ? 'text/plain; charset=utf-8' : mediaType
  return {
    'content-type': isNamed ? type : 'application/octet-stream',
    'content-disposition': `${isShown ? 'inline' : 'attachment'}; ${quotedFileName(name)}`,
    'content-security-policy': POLICY,
    'x-content-type-options': 'nosniff',
    'accept-ranges': 'bytes',
    etag,
  }
}

/** RFC 6266: the name for everybody, and in full for who reads RFC 8187. */
export function quotedFileName(text: string): string {
  const name = text.toWellFormed()
  const plain = name.replaceAll(/[^\w .()+-]/g, '_')
  const full = encodeURIComponent(name).replaceAll(/['()*]/g, (character) => {
    return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
  })
  return `filename="${plain}"; filename*=UTF-8''${full}`
}

/** With an `If-Range` of another version the whole is wanted. */
function rangeOf(
  headers: Headers,
  etag: string,
  sizeBytes: number,
): ByteRange | 'none' | undefined {
  const condition = headers.get('if-range')
  if (condition !== null && condition !== etag) return undefined
  return parseByteRange(headers.get('range') ?? undefined, sizeBytes)
}

function isListed(header: string | null, etag: string): boolean {
  if (header === null) return false
  const tags = header.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes('*') || tags.includes(etag)
}

function refuseRange(sizeBytes: number): Response {
  const reply = {
    status: 416,
    code: 'RANGE_REFUSED',
    message: `the file has ${sizeBytes} bytes`,
    fields: { sizeBytes },
  }
  return new Response(JSON.stringify(errorBody(reply)), {
    status: 416,
    headers: { 'content-type': 'application/json', 'content-range': `bytes */${sizeBytes}` },
  })
}
