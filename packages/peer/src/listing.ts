/**
 * A listing: a space, made known to everybody who looks for its topic, signed by the device of an owner or admin.
 *
 * The idea: nobody owns a place where listings are kept. Whoever publishes one serves it, and says in the DHT that it
 * holds something for the topic; whoever looks asks all who say so and judges what comes by its signature alone. A
 * listing is of a person and a space: a newer version by the same person takes the place of an older, and nothing that
 * anybody else signs does. That the publisher really is a member shows when somebody joins by the link; a listing by
 * somebody who is not has a link that leads nowhere, under another person's id.
 *
 * A CBOR array of eleven (frozen since v1, `docs/formats/listing.md`):
 *
 *     FIELD  CONTENT
 *     0      version of the format, 1
 *     1      space, 32 bytes
 *     2      name of the space, text of 1 to 200 bytes
 *     3      description, text of at most 1,000 bytes
 *     4      topic, 1 to 64 of a-z, 0-9 and -
 *     5      link: an invitation to this space that asks to be let in, text of at most 8,192 bytes
 *     6      number: a higher one of the same person and space replaces a lower
 *     7      made at, milliseconds since the Unix epoch
 *     8      good until, milliseconds since the Unix epoch
 *     9      certificate of the device, which names the person
 *     10     the device's signature over fields 0 to 9 as a CBOR array, domain `listing`, 64 bytes
 *
 * A question is a CBOR array `[1, topic]`, the answer a message for each listing.
 */

import { decodeFields, encodeCbor, err, idToBytes, NAME_BYTES_MAX, ok, utf8 } from '@hamlet/core'
import type { CborValue, Crypto, PersonId, Result, Signer, SpaceId } from '@hamlet/core'
import {
  DEVICE_CERTIFICATE_BYTES_MAX,
  openDeviceCertificate,
  SIGNATURE_BYTES,
  signDomain,
  verifyDomain,
} from '@hamlet/identity'
import { decodeLink } from '@hamlet/space'
import { PeerError } from './errors.ts'

export const LISTING_BYTES_MAX = 12 * 1024
export const LISTING_DESCRIPTION_BYTES_MAX = 1_000
/** From when it is made, a listing is good for so long. */
export const LISTING_LIFE_MS = 14 * 24 * 3_600_000
const LINK_BYTES_MAX = 8_192
const TOPIC_BYTES_MAX = 64
const QUESTION_BYTES_MAX = 128
const VERSION = 1
const TOPIC = /^[a-z0-9-]{1,64}$/
const TOPIC_DOMAIN = utf8('hamlet/v1/listing-topic\0')

export interface ListingFacts {
  readonly space: SpaceId
  readonly name: string
  readonly description: string
  readonly topic: string
  readonly link: string
  readonly number: number
  readonly createdAtMs: number
  readonly expiresAtMs: number
}

export interface Listing extends ListingFacts {
  readonly certificate: Uint8Array
  readonly signature: Uint8Array
}

/** A listing that verified, with whose it is. */
export interface OpenedListing extends ListingFacts {
  readonly person: PersonId
}

export function isTopic(text: string): boolean {
  return TOPIC.test(text)
}

/** Under which holders of listings are found in the DHT. */
export function topicKey(crypto: Crypto, topic: string): Uint8Array {
  return crypto.hash(TOPIC_DOMAIN, utf8(topic))
}

/** `device` must be the signer of the device that `certificate` is for. */
export function signListing(
  device: Signer,
  certificate: Uint8Array,
  facts: ListingFacts,
): Uint8Array {
  const fields = factFields({ ...facts, certificate })
  return encodeCbor([...fields, signDomain(device, 'listing', encodeCbor(fields))])
}

export function encodeListing(listing: Listing): Uint8Array {
  return encodeCbor([...factFields(listing), listing.signature])
}

/** The form alone. */
export function decodeListing(bytes: Uint8Array): Result<Listing, PeerError> {
  const decoded = decodeFields(
    bytes,
    'listing',
    (fields) => {
      fields.literal(VERSION)
      return {
        space: fields.id<SpaceId>(),
        name: fields.text(NAME_BYTES_MAX, 1),
        description: fields.text(LISTING_DESCRIPTION_BYTES_MAX),
        topic: fields.text(TOPIC_BYTES_MAX, 1),
        link: fields.text(LINK_BYTES_MAX, 1),
        number: fields.uint(),
        createdAtMs: fields.uint(),
        expiresAtMs: fields.uint(),
        certificate: fields.bytesUpTo(DEVICE_CERTIFICATE_BYTES_MAX),
        signature: fields.bytes(SIGNATURE_BYTES),
      }
    },
    { bytesMax: LISTING_BYTES_MAX },
  )
  return decoded.ok ? ok(decoded.value) : refuse(decoded.error.message)
}

/** Decodes and verifies; a listing that is too old, from too far ahead or for too long is refused as well. */
export function openListing(
  crypto: Crypto,
  bytes: Uint8Array,
  nowMs: number,
): Result<OpenedListing, PeerError> {
  const decoded = decodeListing(bytes)
  if (!decoded.ok) return decoded
  const { certificate, signature, ...facts } = decoded.value
  const opened = openDeviceCertificate(crypto, certificate)
  if (!opened.ok) return refuse(opened.error.message)
  const { person, device } = opened.value
  const signed = encodeCbor(factFields(decoded.value))
  if (!verifyDomain(crypto, idToBytes(device), 'listing', signed, signature)) {
    return refuse('listing: bad signature')
  }
  if (!isTopic(facts.topic)) return refuse('listing: bad topic')
  const link = decodeLink(facts.link)
  if (!link.ok || link.value.space !== facts.space) return refuse('listing: a link elsewhere')
  return isTimely(facts, nowMs) ? ok({ ...facts, person }) : refuse('listing: not of now')
}

export function encodeListingQuestion(topic: string): Uint8Array {
  return encodeCbor([VERSION, topic])
}

/** The topic that is asked for. */
export function decodeListingQuestion(bytes: Uint8Array): Result<string, PeerError> {
  const read = decodeFields(
    bytes,
    'question for listings',
    (fields) => {
      fields.literal(VERSION)
      const topic = fields.text(TOPIC_BYTES_MAX, 1)
      return topic
    },
    { bytesMax: QUESTION_BYTES_MAX },
  )
  if (!read.ok) return refuse(read.error.message)
  return isTopic(read.value) ? ok(read.value) : refuse('question for listings: bad topic')
}

function isTimely({ createdAtMs, expiresAtMs }: ListingFacts, nowMs: number): boolean {
  // A number of the far future would never be replaced by an honest one.
  const isFromAhead = createdAtMs > nowMs + LISTING_LIFE_MS
  return expiresAtMs > nowMs && expiresAtMs <= createdAtMs + LISTING_LIFE_MS && !isFromAhead
}

function factFields(listing: Omit<Listing, 'signature'>): readonly CborValue[] {
  const { space, name, description, topic, link, number, createdAtMs, expiresAtMs } = listing
  return [
    ...[VERSION, idToBytes(space), name, description, topic, link],
    ...[number, createdAtMs, expiresAtMs, listing.certificate],
  ]
}

function refuse(message: string): Result<never, PeerError> {
  return err(new PeerError('LISTING_MALFORMED', message))
}
