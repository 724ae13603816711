/**
 * Links to shares: everything that somebody who has nothing else needs to fetch one.
 *
 *     hamlet:share#<payload>        https://any.host/path#share=<payload>
 *     payload = base64url( CBOR [1, root, size, key, name, bytes, files, space, devices, addresses, trackers, web seeds] )
 *
 * Root and size name the manifest; whoever has the root can ask the swarm for it, and whoever has the key can read it. Both
 * stand behind the `#`, which no server, proxy or log sees. A link with a space is of a share of that space: only its members
 * are asked. One without a key is of a public share. Name, bytes and number of files are for the preview, the rest are hints.
 * Format: `docs/formats/share.md`.
 *
 * Invariants:
 * 1. `decodeShareLink` takes any text and gives a link or a typed error.
 * 2. `decodeShareLink(encodeShareLink(link))` is the link; one link has one text of each of the two forms.
 */

import { base64UrlToBytes, bytesToBase64Url, decodeFields, encodeCbor, err } from '@hamlet/core'
import { idToBytes } from '@hamlet/core'
import type { DeviceId, FieldReader, Result, SpaceId } from '@hamlet/core'
import { FILE_NAME_BYTES_MAX } from '../names/limits.ts'
import { ShareError } from '../shares/errors.ts'
import { MANIFEST_BYTES_MAX, SHARE_BYTES_MAX, SHARE_FILES_MAX } from '../shares/limits.ts'
import {
  SHARE_LINK_ADDRESS_BYTES_MAX,
  SHARE_LINK_ADDRESSES_MAX,
  SHARE_LINK_DEVICES_MAX,
  SHARE_LINK_TEXT_MAX,
  SHARE_LINK_WEB_MAX,
} from './limits.ts'

const VERSION = 1
const OWN_SCHEME = 'hamlet:share#'
const WEB_FRAGMENT = '#share='
const HASH_BYTES = 32
const KEY_BYTES = 32

export interface ShareLink {
  /** 32 bytes: the root of the manifest as it is stored. */
  readonly root: Uint8Array
  /** Of the manifest as it is stored. */
  readonly sizeBytes: number
  /** 32 bytes; `undefined`: the share is public. */
  readonly key: Uint8Array | undefined
  readonly name: string
  readonly totalBytes: number
  readonly fileCount: number
  /** Only members of this space are asked. */
  readonly space: SpaceId | undefined
  readonly devices: readonly DeviceId[]
  /** Multiaddrs. */
  readonly addresses: readonly string[]
  /** Web addresses of trackers. */
  readonly trackers: readonly string[]
  /** Web addresses that serve the blobs. */
  readonly webSeeds: readonly string[]
}

/** `hamlet:share#…`; with `webAddress`, that address with the fragment `#share=…`. */
export function encodeShareLink(link: ShareLink, webAddress?: string): string {
  const payload = bytesToBase64Url(encodePayload(link))
  if (webAddress === undefined) return OWN_SCHEME + payload
  const [address] = webAddress.split('#')
  return `${address}${WEB_FRAGMENT}${payload}`
}

/** The link in `text`, which may be surrounded by white space. */
export function decodeShareLink(text: string): Result<ShareLink, ShareError> {
  if (text.length > SHARE_LINK_TEXT_MAX) return malformed(`${text.length} characters`)
  const payload = payloadOf(text.trim())
  if (payload === undefined) return malformed('expected hamlet:share#… or …#share=…')
  const bytes = base64UrlToBytes(payload)
  if (bytes === undefined) return malformed('the part behind # is not base64url')
  const decoded = decodeFields(bytes, 'link to a share', readLink, {
    bytesMax: SHARE_LINK_TEXT_MAX,
  })
  return decoded.ok ? decoded : malformed(decoded.error.message)
}

function payloadOf(text: string): string | undefined {
  if (text.startsWith(OWN_SCHEME)) return text.slice(OWN_SCHEME.length)
  const start = text.indexOf('#')
  if (!text.startsWith(WEB_FRAGMENT, start)) return undefined
  return text.slice(start + WEB_FRAGMENT.length)
}

function encodePayload(link: ShareLink): Uint8Array {
  return encodeCbor([
    VERSION,
    link.root,
    link.sizeBytes,
    link.key ?? null,
    link.name,
    link.totalBytes,
    link.fileCount,
    link.space === undefined ? null : idToBytes(link.space),
    link.devices.map(idToBytes),
    link.addresses,
    link.trackers,
    link.webSeeds,
  ])
}

function readLink(fields: FieldReader): ShareLink {
  fields.literal(VERSION)
  return {
    root: fields.bytes(HASH_BYTES),
    sizeBytes: fields.uint(2 * MANIFEST_BYTES_MAX),
    key: fields.optional(() => fields.bytes(KEY_BYTES)),
    name: fields.text(FILE_NAME_BYTES_MAX, 1),
    totalBytes: fields.uint(SHARE_BYTES_MAX),
    fileCount: fields.uint(SHARE_FILES_MAX),
    space: fields.optional(() => fields.id<SpaceId>()),
    devices: fields.list(SHARE_LINK_DEVICES_MAX, (item) => item.id<DeviceId>()),
    addresses: readAddresses(fields, SHARE_LINK_ADDRESSES_MAX),
    trackers: readAddresses(fields, SHARE_LINK_WEB_MAX),
    webSeeds: readAddresses(fields, SHARE_LINK_WEB_MAX),
  }
}

function readAddresses(fields: FieldReader, countMax: number): readonly string[] {
  return fields.list(countMax, (item) => item.text(SHARE_LINK_ADDRESS_BYTES_MAX, 1))
}

function malformed(message: string): Result<never, ShareError> {
  return err(new ShareError('SHARE_LINK_MALFORMED', `not a link to a share: ${message}`))
}
