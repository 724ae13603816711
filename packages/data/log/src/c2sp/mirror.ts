/**
 * A mirror: a verified copy of somebody's published log, and the statement about it (C2SP tlog-mirror).
 *
 * The statement is a cosignature with a key that is known to be a mirror's: "this is the largest consistent tree of this log
 * that I have seen, and I hold its entries durably and hand them out". It is a pledge of storage that anybody can check, first
 * the signature, then the entries.
 *
 * The copy is a published log of its own, in a folder named by the SHA-256 of the origin, and its checkpoint carries the
 * log's signature and the mirror's. What a mirror fetches it fetches from static files; the upload of entries by clients
 * that the specification has beside this (`add-entries`) is not spoken here.
 *
 * Invariants:
 * 1. The statement is signed when every file under the checkpoint is durable, never before, and only if the checkpoint
 *    continues the one before it.
 * 2. A mirror that is killed goes on where it was.
 */

import { bytesToHex, utf8 } from '@hamlet/core'
import { renderNote } from '../signed-note.ts'
import { cosign } from './cosignature.ts'
import { publishEntries } from './publish.ts'
import { TileReader } from './tile-reader.ts'
import type { Clock, Crypto, Disk, Signer } from '@hamlet/core'
import type { NoteSignature } from '../signed-note.ts'
import type { CheckpointPolicy } from './checkpoint-policy.ts'
import type { PublishReceipt } from './publish.ts'
import type { TileFetch } from './tile-source.ts'

export interface MirrorOptions {
  readonly crypto: Crypto
  readonly clock: Clock
  /** The published log. */
  readonly fetch: TileFetch
  /** Whose checkpoints are mirrored. */
  readonly policy: CheckpointPolicy
  readonly disk: Disk
  /** On the disk, of this mirror alone; each log has a folder in it. */
  readonly directory: string
  readonly name: string
  /** For this purpose only, see `cosignerSigner`. */
  readonly signer: Signer
  readonly progress?: (done: number, total: number) => void
  readonly signal?: AbortSignal
}

export interface MirrorReceipt extends PublishReceipt {
  readonly origin: string
  /** Where the copy is, on the disk. */
  readonly directory: string
}

/**
 * Brings the copy of a log up to its newest checkpoint and states it.
 * @throws TlogError `TLOG_INCONSISTENT` when the log is not what was mirrored, continued, and as reading and publishing; StoreError
 */
export async function mirrorLog(options: MirrorOptions): Promise<MirrorReceipt> {
  const { crypto, clock, fetch, policy, disk, name, signer, signal } = options
  const call = signal === undefined ? {} : { signal }
  const reader = await TileReader.open({ crypto, fetch, policy }, call)
  const { origin, note } = reader.checkpoint
  const directory = mirrorDirectory(crypto, options.directory, origin)
  const source = {
    entries: (from: number, to: number) => reader.entries(from, to, call),
    treeHash: (start: number, end: number) => reader.treeHash(start, end, call),
    root: (length: number) => reader.root(length, call),
  }
  const endorse = (): NoteSignature => {
    const timeS = Math.max(1, Math.floor(clock.wall() / 1000))
    return cosign(crypto, signer, name, note.text, timeS)
  }
  const { progress } = options
  const receipt = await publishEntries(source, disk, renderNote(note), {
    crypto,
    directory,
    endorse,
    ...call,
    ...(progress ? { progress } : {}),
  })
  return { ...receipt, origin, directory }
}

/** Where a mirror keeps a log: the folder that tlog-mirror says, under its own. */
export function mirrorDirectory(crypto: Crypto, directory: string, origin: string): string {
  return `${directory}/${bytesToHex(crypto.hash(utf8(origin)))}`
}
