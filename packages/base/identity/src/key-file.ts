/**
 * The key file: everything a device must keep secret, in one small file, as pure encoding and decoding.
 *
 * Reading and writing it safely is `node/key-file-store.ts`; deriving a key from a passphrase is the platform's
 * business too, so the functions here take the derived key.
 *
 * Format (frozen since v1, big-endian, worked example in `docs/formats/identity.md`):
 *
 *     OFFSET    SIZE    FIELD
 *     0         10      magic, ASCII "hamlet-key"
 *     10        1       version, 1
 *     11        1       protection: 0 none, 1 passphrase
 *     protection 0:
 *     12        n       keys, CBOR
 *     protection 1:
 *     12        16      salt of argon2id (RFC 9106)
 *     28        4       memory in KiB
 *     32        4       passes
 *     36        4       lanes
 *     40        12      nonce
 *     52        n + 16  keys under AES-256-GCM, then the tag; additional data: bytes 0 to 51
 *     both:
 *     size-32   32      SHA-256 of everything before it
 *
 * Keys are a CBOR array of five: version 1; the person's entropy, 32 bytes, or null once it is kept elsewhere; the
 * device's Ed25519 seed, 32 bytes; prekeys, 1 to 16 arrays of [serial, X25519 private key, created at in ms], serials
 * rising; the device certificate as bytes.
 *
 * Invariants:
 * 1. The checksum is judged first, so a damaged file is never taken for a wrong passphrase: with the checksum intact a
 *    tag that does not match means the passphrase.
 * 2. The costs in a file are bounded before anything is derived from them.
 */

import {
  assert,
  concatBytes,
  decodeFields,
  encodeCbor,
  equalBytes,
  err,
  ok,
  uint32ToBytes,
  utf8,
} from '@hamlet/core'
import type { CborValue, Crypto, FieldReader, Result } from '@hamlet/core'

import { AEAD_NONCE_BYTES, AEAD_TAG_BYTES, SECRET_KEY_BYTES } from './crypto-checks.ts'
import { DEVICE_CERTIFICATE_BYTES_MAX } from './device-certificate.ts'
import { KeyFileError } from './errors.ts'
import type { KeyFileErrorCode } from './errors.ts'
import { PREKEY_SERIAL_MAX } from './keys.ts'
import type { PrekeySecret } from './keys.ts'
import { ENTROPY_BYTES } from './words.ts'

export interface KeyRing {
  /** The 32 bytes behind the recovery words; absent once the person keeps them elsewhere. */
  readonly personEntropy?: Uint8Array | undefined
  /** Ed25519 seed, 32 bytes. */
  readonly deviceSeed: Uint8Array
  /** Serials rising: the last one is current, earlier ones still open what was sealed to them. */
  readonly prekeys: readonly PrekeySecret[]
  /** Encoded device certificate. */
  readonly certificate: Uint8Array
}

/** Cost of argon2id. */
export interface PassphraseCost {
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
}

export interface PassphraseLock {
  /** 16 random bytes. */
  readonly salt: Uint8Array
  /** 12 random bytes. */
  readonly nonce: Uint8Array
  readonly cost: PassphraseCost
}

export type KeyFile =
  | { readonly protection: 'none'; readonly keys: KeyRing }
  | { readonly protection: 'passphrase'; readonly locked: LockedKeys }

export interface LockedKeys {
  readonly lock: PassphraseLock
  /** Bytes 0 to 51 of the file. */
  readonly header: Uint8Array
  readonly ciphertext: Uint8Array
}

export const KEY_FILE_BYTES_MAX = 16 * 1024
export const PREKEYS_MAX = 16
export const PASSPHRASE_SALT_BYTES = 16
/** RFC 9106 section 4, second recommendation, with one lane: about 0.4 s on a slow core. */
export const PASSPHRASE_COST: PassphraseCost = { memoryKib: 64 * 1024, passes: 3, lanes: 1 }
/** The most a file may ask for: 1 GiB. */
export const PASSPHRASE_MEMORY_KIB_MAX = 1024 * 1024
export const PASSPHRASE_PASSES_MAX = 16
export const PASSPHRASE_LANES_MAX = 8

const MAGIC = utf8('hamlet-key')
const VERSION = 1
const KEYS_VERSION = 1
const PROTECTION_NONE = 0
const PROTECTION_PASSPHRASE = 1
const PREFIX_BYTES = 12
const LOCKED_HEADER_BYTES = 52
const CHECKSUM_BYTES = 32

export function encodeKeyFile(crypto: Crypto, keys: KeyRing): Uint8Array {
  return withChecksum(crypto, prefix(PROTECTION_NONE), encodeKeys(keys))
}

/** `key`: 32 bytes derived from the passphrase with `lock.salt` and `lock.cost`. */
export function encodeLockedKeyFile(
  crypto: Crypto,
  keys: KeyRing,
  lock: PassphraseLock,
  key: Uint8Array,
): Uint8Array {
  assert(lock.salt.length === PASSPHRASE_SALT_BYTES, 'a passphrase salt has 16 bytes')
  const { memoryKib, passes, lanes } = lock.cost
  assert(isCostAllowed(lock.cost), 'the passphrase cost is out of range')
  const numbers = [memoryKib, passes, lanes].map(uint32ToBytes)
  const header = concatBytes(prefix(PROTECTION_PASSPHRASE), lock.salt, ...numbers, lock.nonce)
  const sealed = crypto.encrypt('aes-256-gcm', key, lock.nonce, encodeKeys(keys), header)
  return withChecksum(crypto, header, sealed)
}

/** The keys, or what is needed to unlock them. Errors: `KEY_FILE_CORRUPT`. */
export function decodeKeyFile(crypto: Crypto, bytes: Uint8Array): Result<KeyFile, KeyFileError> {
  const end = bytes.length - CHECKSUM_BYTES
  if (bytes.length > KEY_FILE_BYTES_MAX || end < PREFIX_BYTES) return refuse('wrong size')
  if (!equalBytes(bytes.slice(0, MAGIC.length), MAGIC)) return refuse('not a key file')
  if (!equalBytes(crypto.hash(bytes.slice(0, end)), bytes.slice(end))) {
    return refuse('the checksum does not match')
  }
  if (bytes[10] !== VERSION) return refuse(`version ${VERSION} expected, got ${bytes[10]}`)
  if (bytes[11] === PROTECTION_PASSPHRASE) return decodeLocked(bytes.slice(0, end))
  if (bytes[11] !== PROTECTION_NONE) return refuse(`unknown protection ${bytes[11]}`)
  const keys = decodeKeys(bytes.slice(PREFIX_BYTES, end))
  return keys.ok ? ok({ protection: 'none', keys: keys.value }) : keys
}

/** Errors: `KEY_FILE_PASSPHRASE_WRONG`, `KEY_FILE_CORRUPT`. */
export function unlockKeyFile(
  crypto: Crypto,
  locked: LockedKeys,
  key: Uint8Array,
): Result<KeyRing, KeyFileError> {
  const { header, ciphertext, lock } = locked
  const opened = crypto.decrypt('aes-256-gcm', key, lock.nonce, ciphertext, header)
  return opened === undefined
    ? refuse('the passphrase does not open it', 'KEY_FILE_PASSPHRASE_WRONG')
    : decodeKeys(opened)
}

function decodeLocked(body: Uint8Array): Result<KeyFile, KeyFileError> {
  if (body.length < LOCKED_HEADER_BYTES + AEAD_TAG_BYTES) return refuse('wrong size')
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const cost = {
    memoryKib: view.getUint32(28),
    passes: view.getUint32(32),
    lanes: view.getUint32(36),
  }
  if (!isCostAllowed(cost)) return refuse('the passphrase cost is out of range')
  const lock = { salt: body.slice(12, 28), nonce: body.slice(40, 40 + AEAD_NONCE_BYTES), cost }
  const header = body.slice(0, LOCKED_HEADER_BYTES)
  const ciphertext = body.slice(LOCKED_HEADER_BYTES)
  return ok({ protection: 'passphrase', locked: { lock, header, ciphertext } })
}

/** RFC 9106 section 3.1 asks for at least 8 KiB a lane. */
function isCostAllowed({ memoryKib, passes, lanes }: PassphraseCost): boolean {
  return (
    lanes >= 1 &&
    lanes <= PASSPHRASE_LANES_MAX &&
    passes >= 1 &&
    passes <= PASSPHRASE_PASSES_MAX &&
    memoryKib >= 8 * lanes &&
    memoryKib <= PASSPHRASE_MEMORY_KIB_MAX
  )
}

function encodeKeys(keys: KeyRing): Uint8Array {
  assert(keys.prekeys.length >= 1 && keys.prekeys.length <= PREKEYS_MAX, '1 to 16 prekeys')
  const prekeys: CborValue[] = keys.prekeys.map((prekey) => [
    prekey.serial,
    prekey.privateKey,
    prekey.createdAtMs,
  ])
  const { personEntropy, deviceSeed, certificate } = keys
  return encodeCbor([KEYS_VERSION, personEntropy ?? null, deviceSeed, prekeys, certificate])
}

function decodeKeys(bytes: Uint8Array): Result<KeyRing, KeyFileError> {
  const decoded = decodeFields(bytes, 'keys', readKeys, { bytesMax: KEY_FILE_BYTES_MAX })
  if (decoded.ok) return decoded
  return refuse(decoded.error.message)
}

function readKeys(fields: FieldReader): KeyRing {
  fields.literal(KEYS_VERSION)
  const personEntropy = fields.optional(() => fields.bytes(ENTROPY_BYTES))
  const deviceSeed = fields.bytes(SECRET_KEY_BYTES)
  const prekeys = fields.list(PREKEYS_MAX, (item) => item.tuple(readPrekey), 1)
  for (let i = 1; i < prekeys.length; i++) {
    if (prekeys[i]!.serial <= prekeys[i - 1]!.serial)
      throw fields.refuse('prekey serials must rise')
  }
  const certificate = fields.bytesUpTo(DEVICE_CERTIFICATE_BYTES_MAX)
  return { personEntropy, deviceSeed, prekeys, certificate }
}

function readPrekey(fields: FieldReader): PrekeySecret {
  return {
    serial: fields.uint(PREKEY_SERIAL_MAX),
    privateKey: fields.bytes(SECRET_KEY_BYTES),
    createdAtMs: fields.uint(),
  }
}

function prefix(protection: number): Uint8Array {
  return concatBytes(MAGIC, Uint8Array.of(VERSION, protection))
}

function withChecksum(crypto: Crypto, ...parts: readonly Uint8Array[]): Uint8Array {
  return concatBytes(...parts, crypto.hash(...parts))
}

function refuse(
  reason: string,
  code: KeyFileErrorCode = 'KEY_FILE_CORRUPT',
): Result<never, KeyFileError> {
  return err(new KeyFileError(code, `key file: ${reason}`))
}
