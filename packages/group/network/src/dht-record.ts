/**
 * The records Hamlet keeps in the DHT: address lists, signed, sequenced and expiring, so that any node of the DHT can
 * judge them without knowing what they are about.
 *
 * Two kinds share one layout. A *rendezvous* record lies under the public key of a slot (`topics.ts`) and is encrypted:
 * only those who know the secret can read it. A *peer* record lies under the device's own key and is plain: it is how
 * `connect(publicKey)` finds a device, and says publicly where that device is.
 *
 *     DHT key: "/hamlet/rendezvous/" or "/hamlet/peer/", then the Ed25519 public key in 64 lower-case hex digits
 *
 *     OFFSET  SIZE  FIELD
 *     0       1     version, 1
 *     1       1     kind: 1 rendezvous, 2 peer
 *     2       8     sequence, uint64 big-endian: the writer's clock in ms; the greatest wins
 *     10      8     expiry, uint64 big-endian, ms since 1970; at most 25 h ahead of whoever judges it
 *     18      2     length n of the payload, big-endian, 1 … 1,024
 *     20      n     payload
 *     20+n    64    Ed25519 signature over "hamlet/v1/dht-record\0" ‖ DHT key ‖ bytes 0 … 20+n
 *
 *     payload of a peer record:        list
 *     payload of a rendezvous record:  nonce (12) ‖ AES-256-GCM(sealing key, list padded with zeros to 996) ‖ tag (16);
 *                                      associated data: bytes 0 … 18 ‖ slot public key. Always 1,024 bytes: the number
 *                                      of addresses does not show.
 *     list: uint16 big-endian length m ‖ m bytes of canonical CBOR [device (32 bytes), [address, …]]; addresses are
 *           multiaddr texts without the trailing /p2p/ of the device itself, at most 8
 *
 * Invariants:
 * 1. A record is accepted only under the key that signed it, and never after its expiry.
 * 2. Whatever a record says is a hint: the device id in it is proven by the handshake, not here.
 */

import {
  bytesToHex,
  bytesToUint64,
  concatBytes,
  decodeFields,
  encodeCbor,
  err,
  hexToBytes,
  ok,
  uint64ToBytes,
  utf8,
  type Crypto,
  type Random,
  type Result,
  type Signer,
} from '@hamlet/core'
import {
  ADDRESS_CHARS_MAX,
  ADDRESSES_PER_PEER_MAX,
  RECORD_MS_MAX,
  RECORD_PAYLOAD_BYTES_MAX,
} from './limits.ts'

export type RecordKind = 'rendezvous' | 'peer'

export type RecordErrorCode =
  | 'record-bad-key'
  | 'record-bad-length'
  | 'record-bad-version'
  | 'record-bad-kind'
  | 'record-expired'
  | 'record-expires-too-late'
  | 'record-bad-signature'
  | 'record-unreadable'

export interface DhtRecord {
  readonly kind: RecordKind
  readonly sequence: number
  readonly expiryMs: number
  readonly payload: Uint8Array
}

/** A device and where it may be found. */
export interface AddressList {
  /** Hex of the device's Ed25519 public key. */
  readonly device: string
  readonly addresses: readonly string[]
}

const VERSION = 1
const KIND_BYTE: Readonly<Record<RecordKind, number>> = { rendezvous: 1, peer: 2 }
const HEADER_BYTES = 20
const SIGNATURE_BYTES = 64
const NONCE_BYTES = 12
const TAG_BYTES = 16
const LENGTH_BYTES = 2
const SEALED_LIST_BYTES = RECORD_PAYLOAD_BYTES_MAX - NONCE_BYTES - TAG_BYTES
const SIGNATURE_DOMAIN = utf8('hamlet/v1/dht-record\0')
const KEY_PATTERN = /^\/hamlet\/(rendezvous|peer)\/([0-9a-f]{64})$/

/** The DHT key of a record, as bytes of text. */
export function recordKey(kind: RecordKind, publicKey: Uint8Array): Uint8Array {
  return utf8(`/hamlet/${kind}/${bytesToHex(publicKey)}`)
}

/** Signs a record; `payload` has 1 … 1,024 bytes. */
export function signRecord(
  kind: RecordKind,
  signer: Signer,
  sequence: number,
  expiryMs: number,
  payload: Uint8Array,
): Uint8Array {
  const body = concatBytes(header(kind, sequence, expiryMs), uint16(payload.length), payload)
  const key = recordKey(kind, signer.publicKey)
  return concatBytes(body, signer.sign(concatBytes(SIGNATURE_DOMAIN, key, body)))
}

/** The record in `value` when it may stand under `key` at `nowMs`: signature, expiry and form. */
export function verifyRecord(
  crypto: Crypto,
  key: Uint8Array,
  value: Uint8Array,
  nowMs: number,
): Result<DhtRecord, RecordErrorCode> {
  const path = parseKey(key)
  if (path === undefined) return err('record-bad-key')
  const parsed = parseRecord(value)
  if (!parsed.ok) return parsed
  const record = parsed.value
  if (record.kind !== path.kind) return err('record-bad-kind')
  if (record.expiryMs <= nowMs) return err('record-expired')
  if (record.expiryMs > nowMs + RECORD_MS_MAX) return err('record-expires-too-late')
  const body = value.subarray(0, value.length - SIGNATURE_BYTES)
  const signature = value.subarray(value.length - SIGNATURE_BYTES)
  const signed = concatBytes(SIGNATURE_DOMAIN, key, body)
  return crypto.verify(path.publicKey, signed, signature) ? ok(record) : err('record-bad-signature')
}

/** Index of the record to keep among several of one key: the greatest sequence, the first of equals. */
export function newestRecord(values: readonly Uint8Array[]): number {
  let best = 0
  let bestSequence = -1
  values.forEach((value, index) => {
    const parsed = parseRecord(value)
    if (!parsed.ok || parsed.value.sequence <= bestSequence) return
    best = index
    bestSequence = parsed.value.sequence
  })
  return best
}

export interface SealOptions {
  readonly crypto: Crypto
  readonly random: Random
  readonly signer: Signer
  readonly sealingKey: Uint8Array
  readonly sequence: number
  readonly expiryMs: number
}

/** A signed rendezvous record holding `list`, as many of its addresses as fit. */
export function sealAddresses(options: SealOptions, list: AddressList): Uint8Array {
  const { crypto, random, signer, sequence, expiryMs } = options
  const plain = new Uint8Array(SEALED_LIST_BYTES)
  plain.set(encodeList(list, SEALED_LIST_BYTES))
  const nonce = random.bytes(NONCE_BYTES)
  const aad = concatBytes(header('rendezvous', sequence, expiryMs), signer.publicKey)
  const sealed = crypto.encrypt('aes-256-gcm', options.sealingKey, nonce, plain, aad)
  return signRecord('rendezvous', signer, sequence, expiryMs, concatBytes(nonce, sealed))
}

/** The address list in a verified rendezvous record, or why it cannot be read. */
export function openAddresses(
  crypto: Crypto,
  key: Uint8Array,
  record: DhtRecord,
  sealing: Uint8Array,
): Result<AddressList, RecordErrorCode> {
  const path = parseKey(key)
  if (path === undefined) return err('record-bad-key')
  if (record.payload.length !== RECORD_PAYLOAD_BYTES_MAX) return err('record-bad-length')
  const nonce = record.payload.subarray(0, NONCE_BYTES)
  const sealed = record.payload.subarray(NONCE_BYTES)
  const aad = concatBytes(header('rendezvous', record.sequence, record.expiryMs), path.publicKey)
  const plain = crypto.decrypt('aes-256-gcm', sealing, nonce, sealed, aad)
  return plain === undefined ? err('record-unreadable') : decodeList(plain)
}

/** A signed peer record: the device's own public address list. */
export function signAddresses(
  signer: Signer,
  sequence: number,
  expiryMs: number,
  addresses: readonly string[],
): Uint8Array {
  const list = { device: bytesToHex(signer.publicKey), addresses }
  const payload = encodeList(list, RECORD_PAYLOAD_BYTES_MAX)
  return signRecord('peer', signer, sequence, expiryMs, payload)
}

/** The address list in the payload of a verified peer record, or in a decrypted one. */
export function decodeList(payload: Uint8Array): Result<AddressList, RecordErrorCode> {
  if (payload.length < LENGTH_BYTES) return err('record-unreadable')
  const length = payload[0]! * 256 + payload[1]!
  if (LENGTH_BYTES + length > payload.length) return err('record-unreadable')
  const cbor = payload.subarray(LENGTH_BYTES, LENGTH_BYTES + length)
  const list = decodeFields(cbor, 'address list', (fields) => ({
    device: bytesToHex(fields.bytes(32)),
    addresses: fields.list(ADDRESSES_PER_PEER_MAX, (items) => items.text(ADDRESS_CHARS_MAX)),
  }))
  return list.ok ? ok(list.value) : err('record-unreadable')
}

function encodeList(list: AddressList, bytesMax: number): Uint8Array {
  const addresses = list.addresses.slice(0, ADDRESSES_PER_PEER_MAX)
  for (;;) {
    const cbor = encodeCbor([hexToBytes(list.device), addresses])
    if (LENGTH_BYTES + cbor.length <= bytesMax) return concatBytes(uint16(cbor.length), cbor)
    addresses.pop()
  }
}

function parseKey(key: Uint8Array): { kind: RecordKind; publicKey: Uint8Array } | undefined {
  if (key.length > 128) return undefined
  const match = KEY_PATTERN.exec(String.fromCharCode(...key))
  if (match === null) return undefined
  return { kind: match[1] as RecordKind, publicKey: hexToBytes(match[2]!) }
}

function parseRecord(value: Uint8Array): Result<DhtRecord, RecordErrorCode> {
  if (value.length <= HEADER_BYTES + SIGNATURE_BYTES) return err('record-bad-length')
  const length = value[18]! * 256 + value[19]!
  if (length > RECORD_PAYLOAD_BYTES_MAX) return err('record-bad-length')
  if (value.length !== HEADER_BYTES + length + SIGNATURE_BYTES) return err('record-bad-length')
  if (value[0] !== VERSION) return err('record-bad-version')
  const kind = value[1] === 1 ? 'rendezvous' : value[1] === 2 ? 'peer' : undefined
  const sequence = bytesToUint64(value, 2)
  const expiryMs = bytesToUint64(value, 10)
  if (kind === undefined) return err('record-bad-kind')
  if (sequence === undefined || expiryMs === undefined) return err('record-bad-length')
  const payload = value.subarray(HEADER_BYTES, HEADER_BYTES + length)
  return ok({ kind, sequence, expiryMs, payload })
}

function header(kind: RecordKind, sequence: number, expiryMs: number): Uint8Array {
  const start = Uint8Array.of(VERSION, KIND_BYTE[kind])
  return concatBytes(start, uint64ToBytes(sequence), uint64ToBytes(expiryMs))
}

function uint16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value & 0xff)
}
