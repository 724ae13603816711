/**
 * Content payloads: a value sealed under an epoch secret, padded, bound to its entry's header and to its key.
 *
 *     OFFSET  SIZE  FIELD
 *     0       16    salt, random
 *     16      32    key commitment
 *     48      N     AES-256-GCM ciphertext, nonce of twelve zero bytes
 *     48 + N  16    tag
 *
 * `key ‖ commitment = HKDF-SHA-256(epoch secret, salt, "hamlet/v1/content\0" ‖ core, 64)`; the core is also the
 * associated data. The key is used once, so the constant nonce is safe, also on a device restored from a backup. GCM
 * does not commit to its key (a ciphertext can open under two keys); the stored commitment does.
 *
 * Plaintext: L in four bytes, big-endian; L bytes of CBOR `[type, value]`; zeros up to the Padmé size of 4 + L.
 *
 * Invariants:
 * 1. One plaintext form per value: padding of another size or not of zeros is refused.
 * 2. Opening costs one HKDF and one AES-GCM, so 100,000 entries open in seconds.
 */

import { concatBytes, decodeFields, encodeCbor, equalBytesConstantTime, err } from '@hamlet/core'
import { PAYLOAD_BYTES_MAX, utf8 } from '@hamlet/core'
import type { Crypto, Result } from '@hamlet/core'
import { SpaceError } from './errors.ts'
import { padmeLength } from './padme.ts'
import type { ContentDraft } from './types.ts'

export const SALT_BYTES = 16
const COMMITMENT_BYTES = 32
const TAG_BYTES = 16
const KEY_BYTES = 32
const LENGTH_BYTES = 4
/** What {@link payloadOpening} gives. */
export const OPENING_BYTES = 32
const OVERHEAD_BYTES = SALT_BYTES + COMMITMENT_BYTES + TAG_BYTES
const ZERO_NONCE = new Uint8Array(12)
const CONTENT_INFO = utf8('hamlet/v1/content\0')

/** The largest Padmé size that fits a payload. */
const PADDED_BYTES_MAX = 63_488
/** CBOR of `[type, value]` of one content entry. */
export const CONTENT_BYTES_MAX = PADDED_BYTES_MAX - LENGTH_BYTES
export const CONTENT_TYPE_BYTES_MAX = 64

/** @throws {@link SpaceError} `SPACE_CONTENT_TOO_LARGE` beyond `CONTENT_BYTES_MAX`. */
export function encodeContent(draft: ContentDraft): Uint8Array {
  const typeBytes = utf8(draft.type).length
  const content = encodeCbor([draft.type, draft.value])
  if (content.length <= CONTENT_BYTES_MAX && typeBytes > 0 && typeBytes <= CONTENT_TYPE_BYTES_MAX) {
    return content
  }
  throw new SpaceError(
    'SPACE_CONTENT_TOO_LARGE',
    `expected at most ${CONTENT_BYTES_MAX} bytes with a type of 1 to 64, got ${content.length}`,
    { fields: { bytes: content.length, bytesMax: CONTENT_BYTES_MAX, typeBytes } },
  )
}

export function decodeContent(content: Uint8Array): Result<ContentDraft, SpaceError> {
  const decoded = decodeFields(content, 'content', (fields) => {
    const type = fields.text(CONTENT_TYPE_BYTES_MAX, 1)
    return { type, value: fields.value() }
  })
  return decoded.ok ? decoded : unreadable('no [type, value]')
}

/** `salt`: 16 fresh random bytes. `core`: the header's core. `content`: from {@link encodeContent}. */
export function sealContent(
  crypto: Crypto,
  secret: Uint8Array,
  salt: Uint8Array,
  core: Uint8Array,
  content: Uint8Array,
): Uint8Array {
  const { key, commitment } = deriveKey(crypto, secret, salt, core)
  const ciphertext = crypto.encrypt('aes-256-gcm', key, ZERO_NONCE, pad(content), core)
  return concatBytes(salt, commitment, ciphertext)
}

/** The content of a payload, or why it does not open under this secret. */
export function openContent(
  crypto: Crypto,
  secret: Uint8Array,
  core: Uint8Array,
  payload: Uint8Array,
): Result<ContentDraft, SpaceError> {
  const salt = payload.subarray(0, SALT_BYTES)
  return openWith(crypto, () => deriveKey(crypto, secret, salt, core), core, payload)
}

/**
 * What opens this one payload, and says nothing of its epoch's secret or of payloads with another salt: HKDF-Extract
 * (RFC 5869 2.2) of the secret, 32 bytes.
 */
export function payloadOpening(
  crypto: Crypto,
  secret: Uint8Array,
  payload: Uint8Array,
): Uint8Array {
  return crypto.hmac(payload.subarray(0, SALT_BYTES), secret)
}

/** As {@link openContent}, with a {@link payloadOpening}. That it is the right one is checked: the payload commits to it. */
export function openPayload(
  crypto: Crypto,
  opening: Uint8Array,
  core: Uint8Array,
  payload: Uint8Array,
): Result<ContentDraft, SpaceError> {
  return openWith(crypto, () => expandOpening(crypto, opening, core), core, payload)
}

function openWith(
  crypto: Crypto,
  keysOf: () => PayloadKeys,
  core: Uint8Array,
  payload: Uint8Array,
): Result<ContentDraft, SpaceError> {
  if (payload.length < OVERHEAD_BYTES || payload.length > PAYLOAD_BYTES_MAX) {
    return unreadable(`${payload.length} bytes`)
  }
  const { key, commitment } = keysOf()
  const stored = payload.subarray(SALT_BYTES, SALT_BYTES + COMMITMENT_BYTES)
  if (!equalBytesConstantTime(commitment, stored)) return unreadable('another key')
  const ciphertext = payload.subarray(SALT_BYTES + COMMITMENT_BYTES)
  const plaintext = crypto.decrypt('aes-256-gcm', key, ZERO_NONCE, ciphertext, core)
  if (plaintext === undefined) return unreadable('tag')
  const content = unpad(plaintext)
  return content === undefined ? unreadable('padding') : decodeContent(content)
}

interface PayloadKeys {
  readonly key: Uint8Array
  readonly commitment: Uint8Array
}

/** HKDF-Expand (RFC 5869 2.3) to two blocks. */
function expandOpening(crypto: Crypto, opening: Uint8Array, core: Uint8Array): PayloadKeys {
  const key = crypto.hmac(opening, CONTENT_INFO, core, Uint8Array.of(1))
  const commitment = crypto.hmac(opening, key, CONTENT_INFO, core, Uint8Array.of(2))
  return { key, commitment }
}

function deriveKey(
  crypto: Crypto,
  secret: Uint8Array,
  salt: Uint8Array,
  core: Uint8Array,
): PayloadKeys {
  const info = concatBytes(CONTENT_INFO, core)
  const derived = crypto.hkdf(secret, salt, info, KEY_BYTES + COMMITMENT_BYTES)
  return { key: derived.subarray(0, KEY_BYTES), commitment: derived.subarray(KEY_BYTES) }
}

function pad(content: Uint8Array): Uint8Array {
  const plaintext = new Uint8Array(padmeLength(LENGTH_BYTES + content.length))
  new DataView(plaintext.buffer).setUint32(0, content.length)
  plaintext.set(content, LENGTH_BYTES)
  return plaintext
}

function unpad(plaintext: Uint8Array): Uint8Array | undefined {
  if (plaintext.length < LENGTH_BYTES) return undefined
  const view = new DataView(plaintext.buffer, plaintext.byteOffset, plaintext.byteLength)
  const end = LENGTH_BYTES + view.getUint32(0)
  if (end > plaintext.length || padmeLength(end) !== plaintext.length) return undefined
  for (let i = end; i < plaintext.length; i++) if (plaintext[i] !== 0) return undefined
  return plaintext.subarray(LENGTH_BYTES, end)
}

function unreadable(message: string): Result<never, SpaceError> {
  return err(new SpaceError('SPACE_PAYLOAD_UNREADABLE', `payload does not open: ${message}`))
}
