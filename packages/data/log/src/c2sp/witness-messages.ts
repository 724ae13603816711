/**
 * What a log and a witness say to each other (C2SP tlog-witness, `add-checkpoint`): bodies of HTTP messages, which travel
 * as well over any other stream.
 *
 *     request     old <size of the last checkpoint this witness cosigned, 0 for none>\n
 *                 <hash of the consistency proof, base64>\n        at most 63 lines
 *                 \n
 *                 <checkpoint>
 *
 *     200         signature lines of a note
 *     409         <size of the last checkpoint it cosigned>\n      content type text/x.tlog.size
 *     400, 403, 404, 422   anything
 *
 * Invariant: a request and an answer have one spelling each.
 */

import { base64ToBytes, bytesToBase64, concatBytes, decodeUtf8, utf8 } from '@hamlet/core'
import { HASH_BYTES } from '../tree.ts'
import { parseCheckpointBody, parseNote } from '../signed-note.ts'
import { parseSignatures } from './cosignature.ts'
import {
  WITNESS_ANSWER_BYTES_MAX,
  WITNESS_PROOF_HASHES_MAX,
  WITNESS_REQUEST_BYTES_MAX,
} from './limits.ts'
import type { CheckpointBody, NoteSignature, SignedNote } from '../signed-note.ts'

export interface AddCheckpoint {
  /** Size of the last checkpoint the witness cosigned, as far as the sender knows. */
  readonly oldLength: number
  readonly proof: readonly Uint8Array[]
  /** The bytes of the signed note. */
  readonly checkpoint: Uint8Array
}

export interface DecodedAddCheckpoint extends AddCheckpoint {
  readonly note: SignedNote
  readonly body: CheckpointBody
}

export type WitnessStatus = 200 | 400 | 403 | 404 | 409 | 422

export interface WitnessAnswer {
  readonly status: WitnessStatus
  readonly contentType: 'text/plain; charset=utf-8' | 'text/x.tlog.size'
  readonly body: Uint8Array
}

const EMPTY_LINE = '\n\n'
const OLD = /^old (0|[1-9]\d{0,15})$/
const SIZE = /^(0|[1-9]\d{0,15})\n$/

export function encodeAddCheckpoint({ oldLength, proof, checkpoint }: AddCheckpoint): Uint8Array {
  const lines = [`old ${oldLength}\n`, ...proof.map((hash) => `${bytesToBase64(hash)}\n`), '\n']
  return concatBytes(utf8(lines.join('')), checkpoint)
}

/** The request, nothing verified; `undefined` unless exactly well formed. */
export function decodeAddCheckpoint(bytes: Uint8Array): DecodedAddCheckpoint | undefined {
  if (bytes.length > WITNESS_REQUEST_BYTES_MAX) return undefined
  const whole = decodeUtf8(bytes)
  const split = whole?.indexOf(EMPTY_LINE) ?? -1
  if (whole === undefined || split < 0) return undefined
  const [first = '', ...lines] = whole.slice(0, split).split('\n')
  const oldLength = Number(OLD.exec(first)?.[1])
  if (!Number.isSafeInteger(oldLength) || lines.length > WITNESS_PROOF_HASHES_MAX) return undefined
  const proof: Uint8Array[] = []
  for (const line of lines) {
    const hash = base64ToBytes(line)
    if (hash?.length !== HASH_BYTES) return undefined
    proof.push(hash)
  }
  const checkpoint = utf8(whole.slice(split + EMPTY_LINE.length))
  const note = parseNote(checkpoint)
  const body = note && parseCheckpointBody(note.text)
  return note && body && { oldLength, proof, checkpoint, note, body }
}

/** The size in a 409 answer; `undefined` unless exactly well formed. */
export function decodeConflict(body: Uint8Array): number | undefined {
  if (body.length > WITNESS_ANSWER_BYTES_MAX) return undefined
  const length = Number(SIZE.exec(decodeUtf8(body) ?? '')?.[1])
  return Number.isSafeInteger(length) ? length : undefined
}

/** The signatures in a 200 answer, nothing verified; `undefined` unless exactly well formed. */
export function decodeCosignatures(body: Uint8Array): readonly NoteSignature[] | undefined {
  return body.length > WITNESS_ANSWER_BYTES_MAX ? undefined : parseSignatures(body)
}

export function answerOf(status: Exclude<WitnessStatus, 409>, text: string): WitnessAnswer {
  return { status, contentType: 'text/plain; charset=utf-8', body: utf8(text) }
}

export function conflictOf(length: number): WitnessAnswer {
  return { status: 409, contentType: 'text/x.tlog.size', body: utf8(`${length}\n`) }
}
