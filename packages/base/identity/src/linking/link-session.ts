/**
 * What both ends of a link have in common: the Noise handshake, the session after it, and how a link ends.
 *
 * A machine takes events (a frame came, the person decided, something is stored) and gives effects in the order in which
 * they are to be carried out. After `done` or `failed` it takes nothing more. Timeouts and lost connections are the
 * host's to notice; it then calls `abandon`.
 */

import { assert, concatBytes, err, hexToBytes, ok, utf8 } from '@hamlet/core'
import type { CborError, Crypto, DeviceId, PersonId, Random, Result } from '@hamlet/core'

import { checkNumber } from '../check-number.ts'
import { SECRET_KEY_BYTES } from '../crypto-checks.ts'
import type { DeviceClaim } from '../device-certificate.ts'
import { NOISE_XX_PSK3, NoiseHandshake } from '../noise-handshake.ts'
import type { NoiseSession } from '../noise-handshake.ts'
import { LinkError } from './errors.ts'
import type { LinkErrorCode, LinkRefusal } from './errors.ts'
import {
  decodeLinkFrame,
  decodeLinkMessage,
  encodeLinkMessage,
  encodeNoiseFrame,
  encodeRefusal,
} from './link-message.ts'
import type { LinkMessage } from './link-message.ts'
import type { MeetingTicket } from './meeting-ticket.ts'

export type LinkEffect =
  | { readonly kind: 'send'; readonly frame: Uint8Array }
  /** Both screens show these digits now. `label`: what the other device, or the person, is called. */
  | { readonly kind: 'number'; readonly digits: string; readonly label: string }
  /** Old device: certify, write the device into the spaces, then call `grant`. */
  | { readonly kind: 'claim'; readonly claim: DeviceClaim }
  /** New device: store all of it, then call `stored`. */
  | { readonly kind: 'granted'; readonly grant: LinkGrant }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: LinkError }

export interface LinkGrant {
  /** Encoded, opened and found to be for this device's own claim. */
  readonly certificate: Uint8Array
  readonly person: PersonId
  readonly personName: string
  /** The person's recovery key, when the old device knows it. */
  readonly recoveryPublic: Uint8Array | undefined
  readonly tickets: readonly MeetingTicket[]
}

export interface LinkEnds {
  readonly crypto: Crypto
  readonly random: Random
  /** The secret of the code. */
  readonly secret: Uint8Array
  /** Devices as the network has proven them. */
  readonly oldDevice: DeviceId
  readonly newDevice: DeviceId
}

const PROLOGUE = utf8('hamlet/v1/link\0')
const NO_AAD = new Uint8Array(0)

export class LinkSession {
  readonly handshake: NoiseHandshake
  readonly #crypto: Crypto
  #session: NoiseSession | undefined
  #hasEnded = false

  constructor(ends: LinkEnds, role: 'initiator' | 'responder') {
    const { crypto, random, secret, oldDevice, newDevice } = ends
    this.#crypto = crypto
    this.handshake = new NoiseHandshake(crypto, random, {
      pattern: NOISE_XX_PSK3,
      role,
      prologue: concatBytes(PROLOGUE, hexToBytes(oldDevice), hexToBytes(newDevice)),
      // For this handshake only: devices are known by the stream, and by their signatures afterwards.
      staticPrivate: random.bytes(SECRET_KEY_BYTES),
      presharedKeys: [secret],
    })
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  get isEstablished(): boolean {
    return this.#session !== undefined
  }

  /** The Noise message in a frame; a refusal or anything else gives the effects that end the link. */
  open(frame: Uint8Array): Result<Uint8Array, readonly LinkEffect[]> {
    const decoded = decodeLinkFrame(frame)
    if (decoded === undefined) return err(this.fail('LINK_BROKEN', 'not a frame of a link'))
    if (decoded.kind === 'noise') return ok(decoded.message)
    return err(this.end(decoded.code, 'the other device ended it'))
  }

  handshakeFrame(payload: Uint8Array): LinkEffect {
    return { kind: 'send', frame: encodeNoiseFrame(this.handshake.write(payload)) }
  }

  establish(): void {
    this.#session = this.handshake.finish()
  }

  /** `committed`: the old device's nonce. `open`: the new device's. */
  digits(committed: Uint8Array, open: Uint8Array): string {
    assert(this.#session !== undefined, 'the number comes after the handshake')
    return checkNumber(this.#crypto, this.#session.handshakeHash, committed, open)
  }

  send(message: LinkMessage): LinkEffect {
    assert(this.#session !== undefined, 'the handshake comes first')
    const bytes = this.#session.send.encrypt(encodeLinkMessage(message), NO_AAD)
    return { kind: 'send', frame: encodeNoiseFrame(bytes) }
  }

  read(message: Uint8Array): Result<LinkMessage, CborError | { readonly message: string }> {
    assert(this.#session !== undefined, 'the handshake comes first')
    const opened = this.#session.receive.decrypt(message, NO_AAD)
    return opened.ok ? decodeLinkMessage(opened.value) : opened
  }

  /** Ends the link here and tells the other device why. */
  fail(code: LinkRefusal, reason: string): readonly LinkEffect[] {
    if (this.#hasEnded) return []
    return [{ kind: 'send', frame: encodeRefusal(code) }, ...this.end(code, reason)]
  }

  /** Ends the link here without a word: the other device knows, or is gone. */
  end(code: LinkErrorCode, reason: string): readonly LinkEffect[] {
    if (this.#hasEnded) return []
    this.#hasEnded = true
    return [{ kind: 'failed', error: new LinkError(code, `link: ${reason}`) }]
  }

  finish(): readonly LinkEffect[] {
    this.#hasEnded = true
    return [{ kind: 'done' }]
  }
}
