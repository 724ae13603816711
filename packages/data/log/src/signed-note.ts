/**
 * Signed notes and checkpoints (C2SP signed-note and tlog-checkpoint), so that any witness or verifier of transparency logs can
 * check a log's head.
 *
 *     <text, ends in a newline>
 *     <empty line>
 *     — <key name> <base64 of key id (4 bytes) and signature>      one line per signature
 *
 * The key id is the first four bytes of SHA-256(name || "\n" || 0x01 || public key), 0x01 standing for Ed25519. A checkpoint
 * is a note whose text is origin, tree size and base64 root on a line each; further lines are extensions.
 *
 * Invariants: parsing is strict (UTF-8, no control characters but newline, canonical base64, no bare carriage return), unknown
 * keys are carried along unverified, a wrong signature of a known key spoils the whole note.
 */

import {
  base64ToBytes,
  bytesToBase64,
  bytesToHex,
  concatBytes,
  decodeUtf8,
  equalBytes,
  utf8,
} from '@hamlet/core'
import type { Crypto, Signer } from '@hamlet/core'
import { HASH_BYTES } from './tree.ts'

/** A note on a stream fits one frame; Go's implementation stops at the same size. */
export const NOTE_BYTES_MAX = 1_000_000
export const NOTE_SIGNATURES_MAX = 100

export interface NoteKey {
  readonly name: string
  /** Eight hex digits. */
  readonly keyId: string
  readonly publicKey: Uint8Array
}

export interface NoteSignature {
  readonly name: string
  /** Eight hex digits. */
  readonly keyId: string
  readonly signature: Uint8Array
}

export interface SignedNote {
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

export type OpenedNote =
  | {
      readonly ok: true
      readonly text: string
      readonly verified: readonly NoteSignature[]
      readonly unverified: readonly NoteSignature[]
    }
  | {
      readonly ok: false
      readonly reason: 'malformed' | 'unverified' | 'invalid-signature' | 'ambiguous-key'
    }

export interface CheckpointBody {
  readonly origin: string
  readonly length: number
  readonly root: Uint8Array
  readonly extensions: readonly string[]
}

const ED25519 = 0x01
const KEY_ID_BYTES = 4
const SIGNATURE_LINE = '\u2014 '
const SIZE = /^(?:0|[1-9]\d{0,15})$/

export function noteKeyOf(crypto: Crypto, name: string, publicKey: Uint8Array): NoteKey {
  const typed = concatBytes(new Uint8Array([ED25519]), publicKey)
  const digest = crypto.hash(concatBytes(utf8(`${name}\n`), typed))
  return { name, keyId: bytesToHex(digest.subarray(0, KEY_ID_BYTES)), publicKey }
}

/** `name+keyid+base64(type and key)`, as verifier keys are passed around; `undefined` unless exactly well formed. */
export function parseNoteKey(crypto: Crypto, text: string): NoteKey | undefined {
  const match = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(text)
  if (!match || !isKeyName(match[1]!)) return undefined
  const typed = base64ToBytes(match[3]!)
  if (typed?.length !== 33 || typed[0] !== ED25519) return undefined
  const key = noteKeyOf(crypto, match[1]!, typed.slice(1))
  return key.keyId === match[2] ? key : undefined
}

/** The lines of one signature. */
export function renderSignature(signature: NoteSignature): string {
  const keyId = Uint8Array.from(signature.keyId.match(/../g)!, (digits) =>
    Number.parseInt(digits, 16),
  )
  const value = bytesToBase64(concatBytes(keyId, signature.signature))
  return `${SIGNATURE_LINE}${signature.name} ${value}\n`
}

export function renderNote(note: SignedNote): string {
  return `${note.text}\n${note.signatures.map(renderSignature).join('')}`
}

/** The note with one signature more, or `undefined` for text that cannot be signed. */
export function signNote(
  crypto: Crypto,
  note: SignedNote,
  name: string,
  signer: Signer,
): SignedNote | undefined {
  if (!isNoteText(note.text) || !isKeyName(name)) return undefined
  const { keyId } = noteKeyOf(crypto, name, signer.publicKey)
  const signature = { name, keyId, signature: signer.sign(utf8(note.text)) }
  return { text: note.text, signatures: [...note.signatures, signature] }
}

/** The parts of a well-formed note, nothing verified. */
export function parseNote(bytes: Uint8Array): SignedNote | undefined {
  if (bytes.length > NOTE_BYTES_MAX) return undefined
  const whole = decodeUtf8(bytes)
  if (whole === undefined || hasControlCharacters(whole)) return undefined
  const split = whole.lastIndexOf('\n\n')
  if (split < 0 || !whole.endsWith('\n')) return undefined
  const lines = whole.slice(split + 2, -1).split('\n')
  if (lines.length > NOTE_SIGNATURES_MAX) return undefined
  const signatures: NoteSignature[] = []
  for (const line of lines) {
    const signature = parseSignatureLine(line)
    if (!signature) return undefined
    signatures.push(signature)
  }
  return { text: whole.slice(0, split + 1), signatures }
}

/** Parses and verifies: at least one known key must have signed, and every signature of a known key must be right. */
export function openNote(crypto: Crypto, bytes: Uint8Array, keys: readonly NoteKey[]): OpenedNote {
  const note = parseNote(bytes)
  if (!note) return { ok: false, reason: 'malformed' }
  const verified: NoteSignature[] = []
  const unverified: NoteSignature[] = []
  const seen = new Set<string>()
  for (const signature of note.signatures) {
    const { name, keyId } = signature
    const known = keys.filter((key) => key.name === name && key.keyId === keyId)
    if (known.length > 1) return { ok: false, reason: 'ambiguous-key' }
    const key = known[0]
    if (!key) {
      if (!unverified.some((other) => isSameSignature(other, signature))) {
        unverified.push(signature)
      }
      continue
    }
    if (seen.has(`${name}\n${keyId}`)) continue
    seen.add(`${name}\n${keyId}`)
    if (!crypto.verify(key.publicKey, utf8(note.text), signature.signature)) {
      return { ok: false, reason: 'invalid-signature' }
    }
    verified.push(signature)
  }
  if (verified.length === 0) return { ok: false, reason: 'unverified' }
  return { ok: true, text: note.text, verified, unverified }
}

/** The text of a checkpoint, or `undefined`: tree sizes above 2^53 - 1 are refused. */
export function parseCheckpointBody(text: string): CheckpointBody | undefined {
  if (!isNoteText(text)) return undefined
  const [origin, size, root64, ...extensions] = text.slice(0, -1).split('\n')
  if (!origin || !size || !root64 || !SIZE.test(size)) return undefined
  const length = Number(size)
  const root = base64ToBytes(root64)
  if (!Number.isSafeInteger(length) || root?.length !== HASH_BYTES) return undefined
  if (extensions.includes('')) return undefined
  return { origin, length, root, extensions }
}

function parseSignatureLine(line: string): NoteSignature | undefined {
  if (!line.startsWith(SIGNATURE_LINE)) return undefined
  const [name, value, ...rest] = line.slice(SIGNATURE_LINE.length).split(' ')
  if (!name || !value || rest.length > 0 || !isKeyName(name)) return undefined
  const bytes = base64ToBytes(value)
  if (!bytes || bytes.length <= KEY_ID_BYTES) return undefined
  const keyId = bytesToHex(bytes.subarray(0, KEY_ID_BYTES))
  return { name, keyId, signature: bytes.slice(KEY_ID_BYTES) }
}

function isSameSignature(a: NoteSignature, b: NoteSignature): boolean {
  return a.name === b.name && a.keyId === b.keyId && equalBytes(a.signature, b.signature)
}

function isKeyName(name: string): boolean {
  return name !== '' && !/[\p{White_Space}+]/u.test(name) && !hasControlCharacters(name)
}

function isNoteText(text: string): boolean {
  return text.endsWith('\n') && !hasControlCharacters(text)
}

/** Newline is the only character below a space that a note may hold. */
function hasControlCharacters(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 && code !== 0x0a) return true
  }
  return false
}
