/**
 * A proof that an entry is in a log, in one small text that is verified without a network (C2SP tlog-proof).
 *
 *     c2sp.org/tlog-proof@v1\n
 *     extra <base64>\n                  optional; vouched for by nobody
 *     index <number of the entry>\n
 *     <hash, base64>\n                  inclusion proof, the leaf's sibling first, at most 63
 *     \n
 *     <checkpoint>
 *
 * Whoever has the entry, the key of the log and this text knows that the author signed a log with the entry at this place;
 * with a policy of witnesses, also that everybody is shown that log.
 *
 * Invariant: a proof has one spelling.
 */

import { assert, base64ToBytes, bytesToBase64, decodeUtf8, err, ok, utf8 } from '@hamlet/core'
import { verifyInclusion } from '../proofs.ts'
import { parseCheckpointBody, parseNote } from '../signed-note.ts'
import { HASH_BYTES, TreeHasher } from '../tree.ts'
import { openCheckpoint } from './checkpoint-policy.ts'
import { ENTRY_PROOF_BYTES_MAX, WITNESS_PROOF_HASHES_MAX } from './limits.ts'
import type { Crypto, Result } from '@hamlet/core'
import type { CheckpointPolicy, OpenedCheckpoint } from './checkpoint-policy.ts'
import type { CheckpointRefusal } from './errors.ts'

export interface EntryProof {
  readonly index: number
  readonly proof: readonly Uint8Array[]
  /** The signed note. */
  readonly checkpoint: string
  /** What helps to make the entry from something else; not signed. */
  readonly extra?: Uint8Array
}

export interface ProvenEntry {
  readonly index: number
  readonly checkpoint: OpenedCheckpoint
}

export type EntryProofRefusal =
  | CheckpointRefusal
  /** The checkpoint is good, and the entry is not at that place in its tree. */
  | { readonly code: 'TLOG_DAMAGED'; readonly message: string }

/** A log, or a reader of a published one. */
export interface InclusionSource {
  inclusionProof(
    index: number,
    length: number,
  ): Promise<readonly Uint8Array[]> | readonly Uint8Array[]
}

const HEADER = 'c2sp.org/tlog-proof@v1'
const EMPTY_LINE = '\n\n'
const INDEX = /^index (0|[1-9]\d{0,15})$/
const EXTRA = 'extra '

/** Proves entry `index` of the tree of a signed checkpoint. */
export async function proveEntry(
  source: InclusionSource,
  index: number,
  checkpoint: string,
): Promise<EntryProof> {
  const note = parseNote(utf8(checkpoint))
  const body = note && parseCheckpointBody(note.text)
  assert(body !== undefined, 'a checkpoint is a signed note')
  return { index, proof: await source.inclusionProof(index, body.length), checkpoint }
}

export function renderEntryProof({ index, proof, checkpoint, extra }: EntryProof): string {
  const lines = [
    HEADER,
    ...(extra === undefined ? [] : [EXTRA + bytesToBase64(extra)]),
    `index ${index}`,
    ...proof.map(bytesToBase64),
  ]
  return lines.map((line) => `${line}\n`).join('') + `\n${checkpoint}`
}

/** The parts of a proof, nothing verified; `undefined` unless exactly well formed. */
export function parseEntryProof(bytes: Uint8Array): EntryProof | undefined {
  if (bytes.length > ENTRY_PROOF_BYTES_MAX) return undefined
  const whole = decodeUtf8(bytes)
  const split = whole?.indexOf(EMPTY_LINE) ?? -1
  if (whole === undefined || split < 0) return undefined
  const [header, ...lines] = whole.slice(0, split).split('\n')
  const hasExtra = lines[0]?.startsWith(EXTRA) === true
  const extra = hasExtra ? base64ToBytes(lines.shift()!.slice(EXTRA.length)) : undefined
  const index = Number(INDEX.exec(lines.shift() ?? '')?.[1])
  if (header !== HEADER || !Number.isSafeInteger(index)) return undefined
  if ((hasExtra && !extra) || lines.length > WITNESS_PROOF_HASHES_MAX) return undefined
  const proof = lines.map((line) => base64ToBytes(line))
  const hashes = proof.filter((hash) => hash?.length === HASH_BYTES).map((hash) => hash!)
  const checkpoint = whole.slice(split + EMPTY_LINE.length)
  const note = parseNote(utf8(checkpoint))
  if (hashes.length < lines.length || !note || !parseCheckpointBody(note.text)) return undefined
  return { index, proof: hashes, checkpoint, ...(extra === undefined ? {} : { extra }) }
}

/** Whether `entry` is where the proof says, in a log the policy believes. */
export function verifyEntryProof(
  crypto: Crypto,
  bytes: Uint8Array,
  entry: Uint8Array,
  policy: CheckpointPolicy,
): Result<ProvenEntry, EntryProofRefusal> {
  const parsed = parseEntryProof(bytes)
  if (!parsed) return err({ code: 'TLOG_MALFORMED', message: 'expected a proof of an entry' })
  const { index, proof } = parsed
  const opened = openCheckpoint(crypto, utf8(parsed.checkpoint), policy)
  if (!opened.ok) return opened
  const { length, root } = opened.value
  const leafHash = new TreeHasher(crypto).leaf(entry)
  if (verifyInclusion(crypto, { index, length, leafHash, root, proof })) {
    return ok({ index, checkpoint: opened.value })
  }
  return err({ code: 'TLOG_DAMAGED', message: `this is not entry ${index} of the signed log` })
}
