/**
 * Invitation links, and what is derived from the secret in them.
 *
 * The link is the secret's only carrier: it stands behind the `#`, which no server, proxy or log sees. Everything a
 * joiner needs to prove that they hold it, and everything members need to recognise them, is derived by HKDF. Format:
 * `docs/formats/invitation.md`.
 *
 *     hamlet:join#<payload>        https://any.host/path#join=<payload>
 *     payload = base64url( CBOR [1, space, secret, invite, inviter, expires, hints, name, name, role, mode] )
 *
 * Invariants:
 * 1. `decodeLink` takes any text and gives a link or a typed error; what is in the link is a claim until the
 *    history it leads to confirms it.
 * 2. `decodeLink(encodeLink(link))` is the link.
 */

import { base64UrlToBytes, bytesToBase64Url, decodeFields, encodeCbor, err } from '@hamlet/core'
import { idToBytes, NAME_BYTES_MAX, utf8 } from '@hamlet/core'
import type { Crypto, DeviceId, FieldReader, InviteId, Result, Signer, SpaceId } from '@hamlet/core'
import { INVITE_MODES, MEMBER_ROLES } from './control-operation.ts'
import type { MemberRole } from './control-operation.ts'
import { SpaceError } from './errors.ts'
import type { InviteMode } from './types.ts'

export const LINK_VERSION = 1
export const LINK_TEXT_MAX = 8192
export const LINK_HINTS_MAX = 8
export const LINK_HINT_BYTES_MAX = 200
export const INVITE_SECRET_BYTES = 32

const EMPTY = new Uint8Array(0)
const SIGN_INFO = utf8('hamlet/v1/invite/sign\0')
const SEAL_INFO = utf8('hamlet/v1/invite/seal\0')
const REQUEST_INFO = utf8('hamlet/v1/invite/request\0')
const MEET_INFO = utf8('hamlet/v1/invite/meet\0')
const OWN_SCHEME = 'hamlet:join#'
const WEB_FRAGMENT = '#join='

export interface InviteLink {
  readonly space: SpaceId
  /** 32 bytes, see {@link deriveInviteKeys}. */
  readonly secret: Uint8Array
  readonly invite: InviteId
  readonly inviter: DeviceId
  readonly expiresAtMs: number
  /** Multiaddrs at which a member may be reached. */
  readonly hints: readonly string[]
  readonly spaceName: string
  readonly inviterName: string
  readonly role: MemberRole
  readonly mode: InviteMode
}

export interface InviteKeys {
  /** Its public key stands in the `invite` operation. */
  readonly signer: Signer
  /** X25519 private key. */
  readonly sealPrivate: Uint8Array
  /** The key under which requests carry names. */
  readonly requestKey: Uint8Array
  readonly meetKey: Uint8Array
}

/** `secret`: 32 random bytes. */
export function deriveInviteKeys(crypto: Crypto, secret: Uint8Array): InviteKeys {
  const signer = crypto.signer(crypto.hkdf(secret, EMPTY, SIGN_INFO, 32))
  return {
    signer,
    sealPrivate: crypto.hkdf(secret, EMPTY, SEAL_INFO, 32),
    requestKey: crypto.hkdf(secret, EMPTY, REQUEST_INFO, 32),
    meetKey: deriveMeetKey(crypto, signer.publicKey),
  }
}

/** What members and holders of the link share, and strangers cannot compute: 32 bytes. */
export function deriveMeetKey(crypto: Crypto, invitePublicKey: Uint8Array): Uint8Array {
  return crypto.hkdf(invitePublicKey, EMPTY, MEET_INFO, 32)
}

/** `hamlet:join#…`; with `webAddress`, that address with the fragment `#join=…`. */
export function encodeLink(link: InviteLink, webAddress?: string): string {
  const payload = bytesToBase64Url(encodePayload(link))
  if (webAddress === undefined) return OWN_SCHEME + payload
  const [address] = webAddress.split('#')
  return `${address}${WEB_FRAGMENT}${payload}`
}

/** The link in `text`, which may be surrounded by white space. */
export function decodeLink(text: string): Result<InviteLink, SpaceError> {
  if (text.length > LINK_TEXT_MAX) return malformed(`${text.length} characters`)
  const payload = payloadOf(text.trim())
  if (payload === undefined) return malformed('expected hamlet:join#… or …#join=…')
  const bytes = base64UrlToBytes(payload)
  if (bytes === undefined) return malformed('the part behind # is not base64url')
  const decoded = decodeFields(bytes, 'invitation link', readLink, { bytesMax: LINK_TEXT_MAX })
  return decoded.ok ? decoded : malformed(decoded.error.message)
}

function payloadOf(text: string): string | undefined {
  if (text.startsWith(OWN_SCHEME)) return text.slice(OWN_SCHEME.length)
  const start = text.indexOf('#')
  if (!text.startsWith(WEB_FRAGMENT, start)) return undefined
  return text.slice(start + WEB_FRAGMENT.length)
}

function encodePayload(link: InviteLink): Uint8Array {
  return encodeCbor([
    LINK_VERSION,
    idToBytes(link.space),
    link.secret,
    idToBytes(link.invite),
    idToBytes(link.inviter),
    link.expiresAtMs,
    link.hints,
    link.spaceName,
    link.inviterName,
    link.role,
    link.mode,
  ])
}

function readLink(fields: FieldReader): InviteLink {
  fields.literal(LINK_VERSION)
  return {
    space: fields.id(),
    secret: fields.bytes(INVITE_SECRET_BYTES),
    invite: fields.id(),
    inviter: fields.id(),
    expiresAtMs: fields.uint(),
    hints: fields.list(LINK_HINTS_MAX, (items) => items.text(LINK_HINT_BYTES_MAX, 1)),
    spaceName: fields.text(NAME_BYTES_MAX),
    inviterName: fields.text(NAME_BYTES_MAX),
    role: fields.oneOf(MEMBER_ROLES),
    mode: fields.oneOf(INVITE_MODES),
  }
}

function malformed(message: string): Result<never, SpaceError> {
  return err(new SpaceError('SPACE_LINK_MALFORMED', `not an invitation link: ${message}`))
}
