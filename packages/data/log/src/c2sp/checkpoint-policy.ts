/**
 * When a checkpoint is believed: signed by a log that is known, and cosigned by enough of the witnesses that are known
 * (C2SP tlog-checkpoint, tlog-cosignature; of tlog-policy the case k of n).
 *
 * Invariants: the origin line is the name of the key that signed; a wrong signature of any known key spoils the whole note; a
 * public key counts once, whatever names it has.
 */

import { assert, bytesToHex, err, ok } from '@hamlet/core'
import { openNote, parseCheckpointBody, parseNote } from '../signed-note.ts'
import { verifyCosignature } from './cosignature.ts'
import type { Crypto, Result } from '@hamlet/core'
import type { CheckpointBody, NoteKey, SignedNote } from '../signed-note.ts'
import type { CosignerKey } from './cosignature.ts'
import type { CheckpointRefusal } from './errors.ts'

export interface CheckpointPolicy {
  /** Logs whose checkpoints are taken; the name of a key is the origin of its log. */
  readonly logs: readonly NoteKey[]
  /** @default none */
  readonly witnesses?: readonly CosignerKey[]
  /** How many of the witnesses have to have cosigned. @default 0 */
  readonly quorum?: number
  /** Cosignatures dated later do not count, in seconds since the Unix epoch. @default any time */
  readonly notAfterS?: number
}

export interface OpenedCosignature {
  readonly name: string
  readonly keyId: string
  /** When the witness saw it, in seconds since the Unix epoch. */
  readonly timeS: number
}

export interface OpenedCheckpoint extends CheckpointBody {
  readonly note: SignedNote
  /** Valid ones of the policy's witnesses. */
  readonly cosignatures: readonly OpenedCosignature[]
}

export function openCheckpoint(
  crypto: Crypto,
  bytes: Uint8Array,
  policy: CheckpointPolicy,
): Result<OpenedCheckpoint, CheckpointRefusal> {
  const { quorum = 0 } = policy
  const witnesses = distinctWitnesses(policy)
  const note = parseNote(bytes)
  const body = note && parseCheckpointBody(note.text)
  if (!note || !body) return err({ code: 'TLOG_MALFORMED', message: 'expected a checkpoint' })
  const keys = policy.logs.filter(({ name }) => name === body.origin)
  if (keys.length === 0) {
    return err({ code: 'TLOG_OTHER', message: 'the checkpoint is of a log that is not known' })
  }
  const opened = openNote(crypto, bytes, keys)
  if (!opened.ok) {
    return err({ code: 'TLOG_SIGNATURE', message: 'the checkpoint is not signed by its log' })
  }
  const cosignatures = cosignaturesOf(crypto, note, witnesses)
  if (!cosignatures) {
    return err({ code: 'TLOG_SIGNATURE', message: 'a cosignature on the checkpoint is wrong' })
  }
  const { notAfterS = Number.MAX_SAFE_INTEGER } = policy
  const counting = cosignatures.filter(({ timeS }) => timeS <= notAfterS)
  if (counting.length < quorum) {
    const message = `${counting.length} of ${quorum} witnesses have cosigned the checkpoint`
    return err({ code: 'TLOG_QUORUM', message })
  }
  return ok({ ...body, note, cosignatures: counting })
}

function distinctWitnesses({ witnesses = [], quorum = 0 }: CheckpointPolicy): typeof witnesses {
  const keys = new Set(witnesses.map(({ publicKey }) => bytesToHex(publicKey)))
  assert(keys.size === witnesses.length, 'a policy names each public key once')
  assert(quorum >= 0 && quorum <= witnesses.length, 'a quorum is at most the number of witnesses')
  return witnesses
}

/** One per witness that has cosigned, or `undefined` when a signature of one of them is wrong. */
function cosignaturesOf(
  crypto: Crypto,
  note: SignedNote,
  witnesses: readonly CosignerKey[],
): readonly OpenedCosignature[] | undefined {
  const found: OpenedCosignature[] = []
  for (const witness of witnesses) {
    const { name, keyId } = witness
    const line = note.signatures.find((each) => each.name === name && each.keyId === keyId)
    if (!line) continue
    const timeS = verifyCosignature(crypto, witness, note.text, line)
    if (timeS === undefined) return undefined
    found.push({ name, keyId, timeS })
  }
  return found
}
