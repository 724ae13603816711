/**
 * Blocks of a feed: a payload, encrypted or not, behind the number of bytes of payloads before it, so that a seek by bytes
 * verifies itself.
 *
 * Encoded (frozen since version 1), big-endian:
 *
 *     OFFSET  SIZE  FIELD
 *          0     1  0x01 plain, 0x02 encrypted
 *          1     8  bytes of the payloads of all blocks before, at most 2^53 - 1
 *          9     n  the payload; or a nonce of 12 bytes, the ciphertext, and a tag of 16 bytes
 *
 * Keys, from a secret of 32 bytes, with the log's id as the salt of HKDF-SHA-256:
 *
 *     block key, 32 bytes: info "hamlet/v1/feed/block"      AES-256-GCM
 *     nonce key, 32 bytes: info "hamlet/v1/feed/nonce"
 *     nonce = HMAC-SHA-256(nonce key, fork (4) || index (8) || offset (8) || payload), its first 12 bytes
 *     associated data = log id (32) || index (8) || offset (8)
 *
 * The nonce depends on everything that is encrypted, so an author who writes one place twice (after a crash, from a
 * backup) never uses one nonce for two things. A block moved to another place or log does not open.
 */

import { bytesToUint64, concatBytes, err, idToBytes, ok, utf8 } from '@hamlet/core'
import { writeUint32, writeUint64 } from '../frame.ts'
import { BLOCK_BYTES_MAX } from '../limits.ts'
import { FeedError } from './errors.ts'
import type { Crypto, LogId, Result } from '@hamlet/core'

const PLAIN = 0x01
const ENCRYPTED = 0x02
const PAYLOAD_OFFSET = 9
const NONCE_BYTES = 12
const TAG_BYTES = 16
const SECRET_BYTES = 32
const AEAD = 'aes-256-gcm'

/** So that a payload fits a block whether it is encrypted or not. */
export const FEED_PAYLOAD_BYTES_MAX = BLOCK_BYTES_MAX - PAYLOAD_OFFSET - NONCE_BYTES - TAG_BYTES

/** A block as stored, not opened yet. */
export interface FeedBlock {
  readonly isEncrypted: boolean
  /** Bytes of the payloads before. */
  readonly offset: number
  /** Bytes of the payload. */
  readonly bytes: number
  /** The payload, or what it is sealed in; shares memory with the block. */
  readonly body: Uint8Array
}

/** What a payload is bound to. */
export interface FeedPlace {
  readonly fork: number
  readonly index: number
  readonly offset: number
}

export function encodePlainBlock(offset: number, payload: Uint8Array): Uint8Array {
  return encode(PLAIN, offset, payload)
}

function encode(kind: number, offset: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const start = new Uint8Array(PAYLOAD_OFFSET)
  start[0] = kind
  writeUint64(start, 1, offset)
  return concatBytes(start, ...parts)
}

/** Only the shape is judged. */
export function decodeFeedBlock(bytes: Uint8Array): Result<FeedBlock, FeedError> {
  const kind = bytes[0]
  const isEncrypted = kind === ENCRYPTED
  const overhead = isEncrypted ? NONCE_BYTES + TAG_BYTES : 0
  const payloadBytes = bytes.length - PAYLOAD_OFFSET - overhead
  const offset = bytes.length < PAYLOAD_OFFSET ? undefined : bytesToUint64(bytes, 1)
  const isKnown = isEncrypted || kind === PLAIN
  const isBounded = payloadBytes >= 0 && payloadBytes <= FEED_PAYLOAD_BYTES_MAX
  if (!isKnown || !isBounded || offset === undefined) return malformed()
  if (!Number.isSafeInteger(offset + payloadBytes)) return malformed()
  return ok({ isEncrypted, offset, bytes: payloadBytes, body: bytes.subarray(PAYLOAD_OFFSET) })
}

function malformed(): Result<never, FeedError> {
  return err(new FeedError('FEED_MALFORMED', 'expected a block of a feed'))
}

/** The payload in a block of a feed, `undefined` when it is none, or is sealed and does not open. */
export type PayloadReader = (index: number, block: Uint8Array) => Uint8Array | undefined

/** Reads single blocks of a feed, of which nothing else is here. `secret`: 32 bytes, for what is encrypted. */
export function feedPayloads(crypto: Crypto, id: LogId, secret?: Uint8Array): PayloadReader {
  const cipher = secret && new FeedCipher(crypto, id, secret)
  return (index, block) => {
    const decoded = decodeFeedBlock(block)
    if (!decoded.ok) return undefined
    return decoded.value.isEncrypted ? cipher?.open(index, decoded.value) : decoded.value.body
  }
}

/** Seals and opens the payloads of one log. */
export class FeedCipher {
  readonly #crypto: Crypto
  readonly #id: Uint8Array
  readonly #blockKey: Uint8Array
  readonly #nonceKey: Uint8Array

  /** `secret`: 32 bytes. */
  constructor(crypto: Crypto, id: LogId, secret: Uint8Array) {
    if (secret.length !== SECRET_BYTES) throw new RangeError('the secret of a feed has 32 bytes')
    this.#crypto = crypto
    this.#id = idToBytes(id)
    this.#blockKey = crypto.hkdf(secret, this.#id, utf8('hamlet/v1/feed/block'), 32)
    this.#nonceKey = crypto.hkdf(secret, this.#id, utf8('hamlet/v1/feed/nonce'), 32)
  }

  /** The block of the payload. */
  seal(place: FeedPlace, payload: Uint8Array): Uint8Array {
    const bound = new Uint8Array(20)
    writeUint32(bound, 0, place.fork)
    writeUint64(bound, 4, place.index)
    writeUint64(bound, 12, place.offset)
    const nonce = this.#crypto.hmac(this.#nonceKey, bound, payload).slice(0, NONCE_BYTES)
    const aad = concatBytes(this.#id, bound.subarray(4))
    const sealed = this.#crypto.encrypt(AEAD, this.#blockKey, nonce, payload, aad)
    return encode(ENCRYPTED, place.offset, nonce, sealed)
  }

  /** The payload, `undefined` when the block was not sealed for this place with this secret. */
  open(index: number, block: FeedBlock): Uint8Array | undefined {
    const bound = new Uint8Array(16)
    writeUint64(bound, 0, index)
    writeUint64(bound, 8, block.offset)
    const aad = concatBytes(this.#id, bound)
    const nonce = block.body.subarray(0, NONCE_BYTES)
    const sealed = block.body.subarray(NONCE_BYTES)
    return this.#crypto.decrypt(AEAD, this.#blockKey, nonce, sealed, aad)
  }
}
