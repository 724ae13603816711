/**
 * Link codes: what an old device shows, as text or QR code, and a new device reads.
 *
 *     hamlet:link#<payload>        https://any.host/path#link=<payload>
 *     payload = base64url( CBOR [1, secret 32 B, device 32 B, expires at ms, hints] )
 *
 * The secret goes into a Noise handshake and is good for one device and ten minutes. Format: `docs/formats/linking.md`.
 *
 * Invariants:
 * 1. `decodeLinkCode` takes any text and gives a code or a typed error.
 * 2. `decodeLinkCode(encodeLinkCode(code))` is the code.
 */

import { base64UrlToBytes, bytesToBase64Url, decodeFields, encodeCbor, err } from '@hamlet/core'
import { idToBytes } from '@hamlet/core'
import type { DeviceId, FieldReader, Result } from '@hamlet/core'

import { LinkError } from './errors.ts'

export interface LinkCode {
  /** 32 random bytes, the pre-shared key of the handshake. */
  readonly secret: Uint8Array
  /** The old device. */
  readonly device: DeviceId
  readonly expiresAtMs: number
  /** Multiaddrs at which it may be reached. */
  readonly hints: readonly string[]
}

export const LINK_SECRET_BYTES = 32
/** How long a code is good for. */
export const LINK_CODE_MS_MAX = 10 * 60 * 1000
export const LINK_CODE_LENGTH_MAX = 4096
export const LINK_CODE_HINTS_MAX = 8
export const LINK_CODE_HINT_BYTES_MAX = 200

const VERSION = 1
const OWN_SCHEME = 'hamlet:link#'
const WEB_FRAGMENT = '#link='

export function encodeLinkCode({ secret, device, expiresAtMs, hints }: LinkCode): string {
  const payload = encodeCbor([VERSION, secret, idToBytes(device), expiresAtMs, hints])
  return OWN_SCHEME + bytesToBase64Url(payload)
}

/** The code in `text`, which may be surrounded by white space. */
export function decodeLinkCode(text: string): Result<LinkCode, LinkError> {
  if (text.length > LINK_CODE_LENGTH_MAX) return malformed(`${text.length} characters`)
  const payload = payloadOf(text.trim())
  if (payload === undefined) return malformed('expected hamlet:link#… or …#link=…')
  const bytes = base64UrlToBytes(payload)
  if (bytes === undefined) return malformed('the part behind # is not base64url')
  const decoded = decodeFields(bytes, 'link code', readCode, { bytesMax: LINK_CODE_LENGTH_MAX })
  return decoded.ok ? decoded : malformed(decoded.error.message)
}

function payloadOf(text: string): string | undefined {
  if (text.startsWith(OWN_SCHEME)) return text.slice(OWN_SCHEME.length)
  const start = text.indexOf('#')
  if (!text.startsWith(WEB_FRAGMENT, start)) return undefined
  return text.slice(start + WEB_FRAGMENT.length)
}

function readCode(fields: FieldReader): LinkCode {
  fields.literal(VERSION)
  return {
    secret: fields.bytes(LINK_SECRET_BYTES),
    device: fields.id(),
    expiresAtMs: fields.uint(),
    hints: fields.list(LINK_CODE_HINTS_MAX, (item) => item.text(LINK_CODE_HINT_BYTES_MAX, 1)),
  }
}

function malformed(message: string): Result<never, LinkError> {
  return err(new LinkError('LINK_CODE_MALFORMED', `not a link code: ${message}`))
}
