/**
 * Cosignatures: a witness's or a mirror's signature on a checkpoint of somebody else's log (C2SP tlog-cosignature, Ed25519).
 *
 * The signed message is
 *
 *     cosignature/v1\n
 *     time <seconds since the Unix epoch>\n
 *     <text of the checkpoint>
 *
 * and says: at that time this was the largest consistent tree of this log that I had seen. A mirror's key says besides that
 * the contents of that tree are durable with it and can be read there. Which of the two a key says is agreed with the key.
 *
 *     OFFSET  SIZE  FIELD of the signature in a line of a note, after the four bytes of the key id
 *          0     8  seconds since the Unix epoch, big-endian
 *          8    64  Ed25519
 *
 * The key id is the first four bytes of SHA-256(name || "\n" || 0x04 || public key). The message does not name the
 * cosigner, so a public key must serve one cosigner only: {@link cosignerSigner} derives one for each purpose.
 */

import {
  assert,
  base64ToBytes,
  bytesToBase64,
  bytesToHex,
  bytesToUint64,
  concatBytes,
  uint64ToBytes,
  utf8,
} from '@hamlet/core'
import { PUBLIC_KEY_BYTES, SIGNATURE_BYTES } from '../head.ts'
import { parseNote, parseCheckpointBody, renderSignature } from '../signed-note.ts'
import type { Crypto, Signer } from '@hamlet/core'
import type { NoteSignature } from '../signed-note.ts'

/** A cosigner as others know it. Not a `NoteKey`: its signatures are of another kind. */
export interface CosignerKey {
  readonly name: string
  /** Eight hex digits. */
  readonly keyId: string
  readonly publicKey: Uint8Array
}

const COSIGNATURE_TYPE = 0x04
const NOTE_TYPE = 0x01
const KEY_ID_BYTES = 4
const TIME_BYTES = 8
const SIGNATURE_LINES_MAX = 100
const VERIFIER_KEY = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u

export function cosignerKeyOf(crypto: Crypto, name: string, publicKey: Uint8Array): CosignerKey {
  return { name, keyId: keyIdOf(crypto, name, COSIGNATURE_TYPE, publicKey), publicKey }
}

/** The key of one cosigner of a device: another for each purpose, none of them the device's own. */
export function cosignerSigner(
  crypto: Crypto,
  seed: Uint8Array,
  purpose: 'witness' | 'mirror',
): Signer {
  const info = utf8(`hamlet/v1/cosigner/${purpose}`)
  return crypto.signer(crypto.hkdf(seed, new Uint8Array(), info, 32))
}

/** As verifier keys are passed around: `name+keyid+base64(type and key)`. */
export function renderCosignerKey({ name, keyId, publicKey }: CosignerKey): string {
  return renderKey(name, keyId, COSIGNATURE_TYPE, publicKey)
}

/** The verifier key of a log, for tools other than ours. */
export function renderNoteKey(key: {
  readonly name: string
  readonly keyId: string
  readonly publicKey: Uint8Array
}): string {
  return renderKey(key.name, key.keyId, NOTE_TYPE, key.publicKey)
}

/** The key of a cosigner, or `undefined` unless exactly well formed. */
export function parseCosignerKey(crypto: Crypto, text: string): CosignerKey | undefined {
  const [, name, keyId, base64] = VERIFIER_KEY.exec(text) ?? []
  if (name === undefined || base64 === undefined || !isCosignerName(name)) return undefined
  const typed = base64ToBytes(base64)
  if (typed?.length !== 1 + PUBLIC_KEY_BYTES || typed[0] !== COSIGNATURE_TYPE) return undefined
  const key = cosignerKeyOf(crypto, name, typed.slice(1))
  return key.keyId === keyId ? key : undefined
}

/** The line a cosigner adds to the checkpoint with this text. `timeS`: seconds since the Unix epoch, at least 1. */
export function cosign(
  crypto: Crypto,
  signer: Signer,
  name: string,
  text: string,
  timeS: number,
): NoteSignature {
  assert(isCosignerName(name), 'a cosigner has a name without spaces and plus signs')
  assert(parseCheckpointBody(text) !== undefined, 'only checkpoints are cosigned')
  assert(Number.isSafeInteger(timeS) && timeS > 0, 'a cosignature has a time')
  const { keyId } = cosignerKeyOf(crypto, name, signer.publicKey)
  const signature = signer.sign(messageOf(text, timeS))
  return { name, keyId, signature: concatBytes(uint64ToBytes(timeS), signature) }
}

/** When it was cosigned, in seconds since the Unix epoch; `undefined` unless `line` is this cosigner's on this text. */
export function verifyCosignature(
  crypto: Crypto,
  cosigner: CosignerKey,
  text: string,
  line: NoteSignature,
): number | undefined {
  if (line.name !== cosigner.name || line.keyId !== cosigner.keyId) return undefined
  if (line.signature.length !== TIME_BYTES + SIGNATURE_BYTES) return undefined
  const timeS = bytesToUint64(line.signature)
  if (timeS === undefined || timeS === 0) return undefined
  const signature = line.signature.subarray(TIME_BYTES)
  return crypto.verify(cosigner.publicKey, messageOf(text, timeS), signature) ? timeS : undefined
}

/** The text whose signature a cosignature is. */
export function cosignedText(text: string, timeS: number): string {
  return `cosignature/v1\ntime ${timeS}\n${text}`
}

export function renderSignatures(signatures: readonly NoteSignature[]): string {
  return signatures.map(renderSignature).join('')
}

/** Signature lines by themselves, as witnesses answer; `undefined` unless there are some and all are well formed. */
export function parseSignatures(bytes: Uint8Array): readonly NoteSignature[] | undefined {
  const note = parseNote(concatBytes(utf8('-\n\n'), bytes))
  if (note?.text !== '-\n' || note.signatures.length > SIGNATURE_LINES_MAX) return undefined
  return note.signatures
}

function messageOf(text: string, timeS: number): Uint8Array {
  return utf8(cosignedText(text, timeS))
}

function keyIdOf(crypto: Crypto, name: string, type: number, publicKey: Uint8Array): string {
  const digest = crypto.hash(utf8(`${name}\n`), Uint8Array.of(type), publicKey)
  return bytesToHex(digest.subarray(0, KEY_ID_BYTES))
}

function renderKey(name: string, keyId: string, type: number, publicKey: Uint8Array): string {
  return `${name}+${keyId}+${bytesToBase64(concatBytes(Uint8Array.of(type), publicKey))}`
}

function isCosignerName(name: string): boolean {
  // As for every key name: signed-note.ts refuses the lines of others.
  return name !== '' && !/[\p{White_Space}+\p{Cc}]/u.test(name)
}
