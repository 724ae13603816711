/**
 * Operations that an API client signs with a key of its own, so that a program never hands that key to the peer.
 *
 * The idea: what is signed is text, one JSON document in its one canonical form (RFC 8785, with integers as its only
 * numbers), because every language and every browser can make it. A text that is not in that form is refused, so keys
 * that occur twice, a second spelling of a number and anything else that two readers might read differently cannot
 * occur. The operation names who asks whom for what, when, and a nonce:
 *
 *     {"atMs":1790000000000,"data":{…},"device":"64 hex","nonce":"32 hex","operation":"add_expense","person":"64 hex",
 *      "space":"64 hex"}
 *
 * `device` is the peer it is meant for: what one device of a person has done, another does not do again. `space` is left
 * out where there is none. Signed are the domain `client-operation` and those bytes; the operation's id is the SHA-256
 * of the bytes alone, since a signature may be bent into another valid one (`docs/formats/client-operations.md`).
 *
 * Invariants:
 * 1. One operation has one text: `encodeClientOperation(readClientOperation(bytes))` gives `bytes`.
 * 2. What is read is bounded in bytes and depth before anything looks at its meaning.
 */

import {
  base64ToBytes,
  bytesToBase64,
  bytesToHex,
  decodeUtf8,
  err,
  ok,
  parseId,
  utf8,
} from '@hamlet/core'
import type { Crypto, DeviceId, PersonId, Random, Result, SpaceId } from '@hamlet/core'

import { CLIENT_CERTIFICATE_BYTES_MAX } from './client-certificate.ts'
import { SIGNATURE_BYTES } from './crypto-checks.ts'
import { domainMessage } from './domain.ts'
import { OperationError } from './errors.ts'

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue }

export type JsonObject = { readonly [key: string]: JsonValue }

export interface ClientOperation {
  /** Such as `add_expense`. */
  readonly operation: string
  readonly space?: SpaceId | undefined
  readonly person: PersonId
  /** The device that is to do it. */
  readonly device: DeviceId
  readonly atMs: number
  /** 16 random bytes as hex: two operations are never the same by accident. */
  readonly nonce: string
  readonly data: JsonObject
}

/** What is posted: all three in base64. */
export interface SignedOperation {
  readonly certificate: string
  readonly operation: string
  readonly signature: string
}

export interface SignedOperationBytes {
  readonly certificate: Uint8Array
  readonly operation: Uint8Array
  readonly signature: Uint8Array
}

export const OPERATION_BYTES_MAX = 32 * 1024
export const OPERATION_DEPTH_MAX = 16
export const OPERATION_NONCE_BYTES = 16

const NAME = /^[a-z][a-z_]{0,31}$/
const NONCE = /^[0-9a-f]{32}$/
const FIELDS = ['atMs', 'data', 'device', 'nonce', 'operation', 'person', 'space']

/** Signs with a key that this code never sees: a program's own, or one of WebCrypto that cannot be exported. */
export type ClientSign = (message: Uint8Array) => Uint8Array | Promise<Uint8Array>

/** The body to post. `sign` is given the message with its domain. */
export async function signClientOperation(
  operation: ClientOperation,
  certificate: Uint8Array,
  sign: ClientSign,
): Promise<SignedOperation> {
  const bytes = encodeClientOperation(operation)
  const signature = await sign(domainMessage('client-operation', bytes))
  return {
    certificate: bytesToBase64(certificate),
    operation: bytesToBase64(bytes),
    signature: bytesToBase64(signature),
  }
}

export function createOperationNonce(random: Random): string {
  return bytesToHex(random.bytes(OPERATION_NONCE_BYTES))
}

/** 64 hex digits, by which an operation is refused when it comes again. */
export function clientOperationId(crypto: Crypto, operation: Uint8Array): string {
  return bytesToHex(crypto.hash(operation))
}

/** @throws OperationError `OPERATION_MALFORMED` for what no peer would read */
export function encodeClientOperation(operation: ClientOperation): Uint8Array {
  const { space, ...rest } = operation
  const bytes = utf8(canonicalJson({ ...rest, ...(space === undefined ? {} : { space }) }))
  const read = readClientOperation(bytes)
  if (!read.ok) throw read.error
  return bytes
}

export function readClientOperation(bytes: Uint8Array): Result<ClientOperation, OperationError> {
  if (bytes.length > OPERATION_BYTES_MAX) {
    return malformed(`expected at most ${OPERATION_BYTES_MAX} bytes`)
  }
  const text = decodeUtf8(bytes)
  if (text === undefined) return malformed('expected UTF-8')
  const value = parseCanonical(text)
  if (!value.ok) return value
  return toOperation(value.value)
}

/** The three parts of a request, none of them judged but for its length. */
export function decodeSignedOperation(
  signed: SignedOperation,
): Result<SignedOperationBytes, OperationError> {
  const certificate = readBase64(signed.certificate, CLIENT_CERTIFICATE_BYTES_MAX)
  const operation = readBase64(signed.operation, OPERATION_BYTES_MAX)
  const signature = readBase64(signed.signature, SIGNATURE_BYTES)
  if (certificate === undefined || operation === undefined || signature === undefined) {
    return malformed('expected certificate, operation and signature in base64')
  }
  if (signature.length !== SIGNATURE_BYTES) {
    return malformed(`expected a signature of ${SIGNATURE_BYTES} bytes`)
  }
  return ok({ certificate, operation, signature })
}

/** JSON as RFC 8785 writes it. @throws OperationError `OPERATION_MALFORMED` for what has no such form here */
export function canonicalJson(value: JsonValue): string {
  return writeJson(value, 0)
}

function writeJson(value: JsonValue, depth: number): string {
  if (depth > OPERATION_DEPTH_MAX) throw refusal(`expected a depth of ${OPERATION_DEPTH_MAX}`)
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return JSON.stringify(value)
    throw refusal('expected numbers to be safe integers')
  }
  if (typeof value === 'string') return writeText(value)
  if (isArray(value)) return `[${value.map((item) => writeJson(item, depth + 1)).join(',')}]`
  if (typeof value !== 'object') throw refusal(`expected JSON, got ${typeof value}`)
  // `sort` compares UTF-16 code units, which is the order of RFC 8785.
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${writeText(key)}:${writeJson(value[key]!, depth + 1)}`)
  return `{${fields.join(',')}}`
}

function writeText(text: string): string {
  if (text.isWellFormed()) return JSON.stringify(text)
  throw refusal('expected well-formed Unicode')
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value)
}

function parseCanonical(text: string): Result<JsonValue, OperationError> {
  let value: JsonValue
  try {
    value = JSON.parse(text) as JsonValue
  } catch (cause) {
    return err(new OperationError('OPERATION_MALFORMED', 'operation: expected JSON', { cause }))
  }
  try {
    if (canonicalJson(value) === text) return ok(value)
  } catch (error) {
    if (error instanceof OperationError) return err(error)
    throw error
  }
  return malformed('expected the canonical form: sorted keys, no spaces, integers')
}

function toOperation(value: JsonValue): Result<ClientOperation, OperationError> {
  if (!isObject(value)) return malformed('expected an object')
  const unknown = Object.keys(value).find((key) => !FIELDS.includes(key))
  if (unknown !== undefined) return malformed('expected no other fields')
  const { operation, space, person, device, atMs, nonce, data } = value
  if (typeof operation !== 'string' || !NAME.test(operation)) return malformed('operation')
  if (space !== undefined && !isIdText(space)) return malformed('space: expected 64 hex digits')
  if (!isIdText(person)) return malformed('person: expected 64 hex digits')
  if (!isIdText(device)) return malformed('device: expected 64 hex digits')
  if (typeof atMs !== 'number' || atMs < 0) return malformed('atMs: expected milliseconds')
  if (typeof nonce !== 'string' || !NONCE.test(nonce)) {
    return malformed('nonce: expected 32 hex digits')
  }
  if (!isObject(data)) return malformed('data: expected an object')
  return ok({
    ...{ operation, atMs, nonce, data },
    ...(space === undefined ? {} : { space: space as string as SpaceId }),
    person: person as string as PersonId,
    device: device as string as DeviceId,
  })
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !isArray(value)
}

function isIdText(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && parseId(value) !== undefined
}

function readBase64(text: string, bytesMax: number): Uint8Array | undefined {
  return text.length > Math.ceil(bytesMax / 3) * 4 ? undefined : base64ToBytes(text)
}

function malformed(message: string): Result<never, OperationError> {
  return err(refusal(message))
}

function refusal(message: string): OperationError {
  return new OperationError('OPERATION_MALFORMED', `operation: ${message}`)
}
