/**
 * How bytes of files get from the page to the peer and back: a part of the interface that a page needs in its own way.
 *
 * Over HTTP a browser sends a file from where it lies, tells how far it is, and shows one by a path that elements can
 * load. With a peer in the same memory bytes are streams, and what is shown is a blob of the page.
 */

import type { HttpClient } from '@hamlet/http/client'
import type { AttachmentsApi, FilesApi, PreparedFile, Upload } from '@hamlet/http/api'
import { watchSending } from './upload-fetch.ts'

export interface PutOptions {
  readonly signal: AbortSignal
  /** So many bytes of the file are on the other side. */
  readonly onSent: (bytes: number) => void
}

export interface PageFiles {
  put(upload: string, path: string, file: Blob, options: PutOptions): Promise<Upload>
  /** For a message or a bill. */
  prepare(space: string, name: string, file: Blob, options: PutOptions): Promise<PreparedFile>
  /** A web address for an element or a link of the page. */
  addressOf(share: string, path: string): Promise<FileAddress>
  /** The web address of a share, or of what is chosen of it, as one ZIP file; absent where no server makes one. */
  archiveOf?(share: string, select?: readonly string[]): Promise<string>
}

export interface FileAddress {
  readonly show: string
  /** Saved instead of shown. */
  readonly save: string
}

export function httpFiles(client: HttpClient): PageFiles {
  return {
    put(upload, path, file, { signal, onSent }) {
      // A copy without bytes of its own: one file may be on its way twice.
      const body = file.slice()
      watchSending(body, onSent)
      return client.putFile(upload, path, body, { signal })
    },
    prepare(space, name, file, { signal, onSent }) {
      const body = file.slice()
      watchSending(body, onSent)
      return client.prepareFile(space, name, body, { signal })
    },
    async addressOf(share, path) {
      const ticket = await client.createFileTicket(share, path)
      return { show: ticket.path, save: `${ticket.path}?download=true` }
    },
    async archiveOf(share, select) {
      return (await client.createArchiveTicket(share, select)).path
    },
  }
}

export function memoryFiles(api: FilesApi & AttachmentsApi): PageFiles {
  return {
    put: (upload, path, file, options) =>
      api.putFile(upload, path, piecesOf(file, options), { signal: options.signal }),
    prepare: (space, name, file, options) =>
      api.prepareFile(space, name, piecesOf(file, options), { signal: options.signal }),
    async addressOf(share, path) {
      const { mediaType } = await api.sharedFile(share, path)
      const pieces: BlobPart[] = []
      for await (const piece of api.readFile(share, path)) pieces.push(Uint8Array.from(piece))
      const address = URL.createObjectURL(new Blob(pieces, { type: mediaType }))
      return { show: address, save: address }
    },
  }
}

async function* piecesOf(file: Blob, { signal, onSent }: PutOptions): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader()
  let sent = 0
  for (;;) {
    signal.throwIfAborted()
    const { done, value } = await reader.read()
    if (done) return
    yield value
    sent += value.length
    onSent(sent)
  }
}
