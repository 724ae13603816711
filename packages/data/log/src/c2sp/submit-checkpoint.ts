/**
 * The side of the log: gets cosignatures of witnesses for a checkpoint.
 *
 * A witness says how far it has followed the log; what is sent is a proof from there. Whoever asks first may guess wrong
 * and is told the right size, so that nothing has to be remembered between two calls.
 */

import { utf8 } from '@hamlet/core'
import { parseCheckpointBody, parseNote, renderNote } from '../signed-note.ts'
import { verifyCosignature } from './cosignature.ts'
import { TlogError } from './errors.ts'
import { decodeConflict, decodeCosignatures, encodeAddCheckpoint } from './witness-messages.ts'
import type { Crypto } from '@hamlet/core'
import type { NoteSignature } from '../signed-note.ts'
import type { CosignerKey } from './cosignature.ts'

/** A log, or a reader of a published one, that can prove how it grew. */
export interface ProofSource {
  consistencyProof(from: number, to: number): Promise<readonly Uint8Array[]> | readonly Uint8Array[]
}

export interface SubmitOptions {
  readonly crypto: Crypto
  /** The signed note. */
  readonly checkpoint: string
  readonly source: ProofSource
  readonly witness: CosignerKey
  /** Takes a request to the witness, by HTTP or otherwise. */
  readonly post: (
    request: Uint8Array,
  ) => Promise<{ readonly status: number; readonly body: Uint8Array }>
  /** Size of the checkpoint this witness cosigned last. @default 0: it will say */
  readonly oldLength?: number
}

/** Requests to one witness: another try after it told the size, and one more if somebody was faster. */
const TRIES = 3

/**
 * The witness's line on the checkpoint, verified.
 * @throws TlogError `TLOG_REFUSED` with the `status`, `TLOG_MALFORMED`, `TLOG_SIGNATURE`, `TLOG_INCONSISTENT` when the witness
 *   has followed the log further than the checkpoint goes
 */
export async function submitCheckpoint(options: SubmitOptions): Promise<NoteSignature> {
  const { source, post } = options
  const checkpoint = utf8(options.checkpoint)
  const { text, length } = readText(checkpoint)
  let { oldLength = 0 } = options
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const proof = oldLength === 0 ? [] : await source.consistencyProof(oldLength, length)
    const answer = await post(encodeAddCheckpoint({ oldLength, proof, checkpoint }))
    if (answer.status === 200) return cosignatureIn(options, text, answer.body)
    const told = answer.status === 409 ? decodeConflict(answer.body) : undefined
    if (told === undefined || told === oldLength) throw refused(options, answer.status)
    if (told > length) {
      throw new TlogError('TLOG_INCONSISTENT', 'the witness knows a longer log', {
        fields: { witness: options.witness.name, length, told },
      })
    }
    oldLength = told
  }
  throw refused(options, 409)
}

/** The checkpoint with these lines; those of the same keys before are replaced. */
export function withCosignatures(checkpoint: string, lines: readonly NoteSignature[]): string {
  const note = parseNote(utf8(checkpoint))
  if (!note) throw new TlogError('TLOG_MALFORMED', 'expected a signed checkpoint')
  const others = note.signatures.filter(
    (old) => !lines.some(({ name, keyId }) => name === old.name && keyId === old.keyId),
  )
  return renderNote({ text: note.text, signatures: [...others, ...lines] })
}

function readText(checkpoint: Uint8Array): { readonly text: string; readonly length: number } {
  const note = parseNote(checkpoint)
  const body = note && parseCheckpointBody(note.text)
  if (!note || !body) throw new TlogError('TLOG_MALFORMED', 'expected a signed checkpoint')
  return { text: note.text, length: body.length }
}

function cosignatureIn(
  { crypto, witness }: SubmitOptions,
  text: string,
  body: Uint8Array,
): NoteSignature {
  const lines = decodeCosignatures(body)
  if (!lines) {
    throw new TlogError('TLOG_MALFORMED', 'the witness answered with something else than lines', {
      fields: { witness: witness.name },
    })
  }
  const line = lines.find((each) => verifyCosignature(crypto, witness, text, each) !== undefined)
  if (line) return line
  throw new TlogError('TLOG_SIGNATURE', 'the witness answered without a signature of its own', {
    fields: { witness: witness.name },
  })
}

function refused({ witness }: SubmitOptions, status: number): TlogError {
  return new TlogError('TLOG_REFUSED', `the witness refused the checkpoint (${status})`, {
    fields: { witness: witness.name, status },
  })
}
