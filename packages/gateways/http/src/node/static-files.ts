/**
 * The files of the web app's build, and nothing else.
 *
 * The idea: the folder is listed once, when the server starts, and a request is looked up in that list by its exact
 * path. No path from a request ever reaches the file system, so there is nothing to traverse; links are not listed.
 *
 * A path without a file and without an extension is the page itself, which finds its way by the address
 * (a single-page app). Files under `assets/` with a hash in their name never change and are cached for ever.
 */

import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { pipeline } from 'node:stream/promises'

import { HttpServerError } from '../errors.ts'
import { STATIC_FILES_MAX } from '../limits.ts'
import { sendError } from './replies.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
}
const HASHED = /^\/assets\/.*-[A-Za-z0-9_-]{8,}\.[a-z0-9]+$/

interface StaticFile {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

export class StaticFiles {
  readonly #files: ReadonlyMap<string, StaticFile>

  constructor(files: ReadonlyMap<string, StaticFile>) {
    this.#files = files
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const file = this.#find(request.url ?? '/')
    if (file === undefined) {
      sendError(response, {
        status: 404,
        code: 'ROUTE_NOT_FOUND',
        message: 'there is no such page',
      })
      return
    }
    const { size } = await stat(file.path)
    response.writeHead(200, { ...file.headers, 'content-length': size })
    if (request.method === 'HEAD') response.end()
    // `end` keeps the reply at its announced length when the file grows meanwhile.
    else if (size === 0) response.end()
    else await pipeline(createReadStream(file.path, { end: size - 1 }), response)
  }

  #find(target: string): StaticFile | undefined {
    const path = target.split('?', 1)[0] ?? '/'
    const exact = this.#files.get(path)
    if (exact !== undefined) return exact
    const isPage = path === '/' || /^(\/[A-Za-z0-9_-]+)+\/?$/.test(path)
    return isPage ? this.#files.get('/index.html') : undefined
  }
}

/** Without a directory, or without a build in it, every page is a 404. */
export async function openStaticFiles(directory: string | undefined): Promise<StaticFiles> {
  const files = new Map<string, StaticFile>()
  if (directory === undefined) return new StaticFiles(files)
  for (const entry of await list(directory)) {
    if (!entry.isFile()) continue
    if (files.size === STATIC_FILES_MAX) {
      throw new HttpServerError(
        'HTTP_LISTEN_FAILED',
        `more than ${STATIC_FILES_MAX} files to serve`,
      )
    }
    const path = join(entry.parentPath, entry.name)
    const url = `/${relative(directory, path).split(sep).map(encodeURIComponent).join('/')}`
    files.set(url, { path, headers: headersOf(url) })
  }
  return new StaticFiles(files)
}

async function list(directory: string) {
  try {
    return await readdir(directory, { recursive: true, withFileTypes: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

function headersOf(url: string): Readonly<Record<string, string>> {
  const type = TYPES[extname(url).toLowerCase()]
  const cacheControl = HASHED.test(url) ? 'public, max-age=31536000, immutable' : 'no-cache'
  if (type !== undefined) return { 'content-type': type, 'cache-control': cacheControl }
  return {
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment',
    'cache-control': cacheControl,
  }
}
