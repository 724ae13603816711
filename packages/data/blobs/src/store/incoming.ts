/**
 * A blob on its way into the store, from a source whose length nobody knows yet: hashed as it comes, and written to a file as soon
 * as it is too large for a pack. Memory holds a chunk, however long the source.
 */

import type { Crypto, Disk, DiskFile } from '@hamlet/core'
import { INCOMING_SYNC_BYTES, SMALL_BLOB_BYTES_MAX } from '../limits.ts'
import { BlobHasher } from '../merkle/blob-hasher.ts'
import type { HashedBlob } from '../merkle/blob-hasher.ts'
import { TreeFile } from './tree-file.ts'

export interface IncomingOptions {
  readonly disk: Disk
  readonly crypto: Crypto
  /** Without its ending, and nobody else's. */
  readonly path: string
  /** Awaited before bytes are kept; throws when there is no room for them. */
  readonly makeRoom: (bytes: number) => Promise<void>
  readonly signal?: AbortSignal
}

export type Incoming = SmallIncoming | LargeIncoming

export interface SmallIncoming {
  readonly kind: 'small'
  readonly content: Uint8Array
}

/** Bytes in `<path>.data` and nodes in `<path>.tree` (if it has any), both durable. */
export interface LargeIncoming {
  readonly kind: 'large'
  readonly hashed: HashedBlob
  readonly path: string
}

export const INCOMING_DIRECTORY = 'incoming'

/** Reads the source to its end. What it has written is removed when it fails. */
export async function receive(
  source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: IncomingOptions,
): Promise<Incoming> {
  const head: Uint8Array[] = []
  let headBytes = 0
  let file: IncomingFile | undefined
  try {
    for await (const bytes of source) {
      options.signal?.throwIfAborted()
      await options.makeRoom(bytes.length)
      if (!file && headBytes + bytes.length <= SMALL_BLOB_BYTES_MAX) {
        head.push(bytes.slice())
        headBytes += bytes.length
        continue
      }
      if (!file) {
        file = await IncomingFile.open(options)
        for (const part of head) await file.write(part)
      }
      await file.write(bytes)
    }
    options.signal?.throwIfAborted()
    if (!file) return { kind: 'small', content: joined(head, headBytes) }
    return { kind: 'large', hashed: await file.finish(), path: options.path }
  } catch (error) {
    await file?.abandon()
    throw error
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  if (parts.length === 1) return parts[0]!
  const content = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    content.set(part, at)
    at += part.length
  }
  return content
}

class IncomingFile {
  readonly #options: IncomingOptions
  readonly #data: DiskFile
  readonly #tree: TreeFile
  readonly #hasher: BlobHasher
  #syncedBytes = 0

  private constructor(options: IncomingOptions, data: DiskFile, tree: TreeFile) {
    this.#options = options
    this.#data = data
    this.#tree = tree
    const onChunk = (bytes: Uint8Array): void => void data.append(bytes)
    this.#hasher = new BlobHasher(options.crypto, tree, onChunk)
  }

  static async open(options: IncomingOptions): Promise<IncomingFile> {
    const data = await options.disk.open(`${options.path}.data`)
    const tree = new TreeFile(await options.disk.open(`${options.path}.tree`))
    return new IncomingFile(options, data, tree)
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.#hasher.update(bytes)
    if (this.#data.sizeBytes - this.#syncedBytes < INCOMING_SYNC_BYTES) return
    // So that the last sync, which somebody waits for, is not that of gigabytes.
    this.#syncedBytes = this.#data.sizeBytes
    await this.#data.sync()
  }

  async finish(): Promise<HashedBlob> {
    const hashed = this.#hasher.finish()
    await Promise.all([this.#data.sync(), this.#tree.sync()])
    this.#close()
    return hashed
  }

  async abandon(): Promise<void> {
    this.#close()
    await removeIncoming(this.#options.disk, this.#options.path)
  }

  #close(): void {
    this.#data.close()
    this.#tree.close()
  }
}

export async function removeIncoming(disk: Disk, path: string): Promise<void> {
  await disk.remove(`${path}.data`)
  await disk.remove(`${path}.tree`)
}

/** The nodes of what was received, to prove its chunks by. */
export async function openIncomingNodes(disk: Disk, incoming: LargeIncoming): Promise<TreeFile> {
  return new TreeFile(await disk.open(`${incoming.path}.tree`))
}
