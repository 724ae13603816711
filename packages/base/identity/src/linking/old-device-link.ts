/**
 * The old device's side of a link: it shows the code and the number, its person decides, it certifies.
 *
 *     <- e                              the new device calls
 *     -> e, ee, s, es, [commitment]
 *     <- s, se, psk, [nonce, label]     now it has proven the code: `number`
 *     -> reveal
 *        the person compares            confirm() or refuse()
 *     -> confirm
 *     <- claim                          `claim`: certified and written into the spaces, then grant()
 *     -> grant, ticket …
 *     <- done                           `done`
 *
 * Invariants:
 * 1. Nothing is certified before the code's secret was proven and the person confirmed.
 * 2. Only the device at the other end of the stream can be certified: its claim must name it.
 */

import { assert } from '@hamlet/core'
import type { PersonId, Result } from '@hamlet/core'

import { CHECK_NONCE_BYTES, commitToNonce } from '../check-number.ts'
import { openDeviceClaim } from '../device-certificate.ts'
import type { DeviceClaim } from '../device-certificate.ts'
import type { LinkMessage } from './link-message.ts'
import { decodeIntroduction, encodeCommitment } from './link-message.ts'
import { LinkSession } from './link-session.ts'
import type { LinkEffect, LinkEnds, LinkGrant } from './link-session.ts'

export interface OldDeviceOptions extends LinkEnds {
  readonly person: PersonId
  readonly personName: string
}

type State = 'hello' | 'proof' | 'number' | 'claim' | 'certifying' | 'granted'

export class OldDeviceLink {
  readonly #options: OldDeviceOptions
  readonly #session: LinkSession
  readonly #nonce: Uint8Array
  #state: State = 'hello'

  constructor(options: OldDeviceOptions) {
    this.#options = options
    this.#session = new LinkSession(options, 'responder')
    this.#nonce = options.random.bytes(CHECK_NONCE_BYTES)
  }

  /** Whether the other device has shown that it knows the secret of the code. */
  get hasProvenCode(): boolean {
    return this.#session.isEstablished
  }

  receive(frame: Uint8Array): readonly LinkEffect[] {
    if (this.#session.hasEnded) return []
    const opened = this.#session.open(frame)
    if (!opened.ok) return opened.error
    if (this.#state === 'hello') return this.#receiveHello(opened.value)
    if (this.#state === 'proof') return this.#receiveProof(opened.value)
    return this.#receiveMessage(opened.value)
  }

  /** The person has seen the same number on both screens. */
  confirm(): readonly LinkEffect[] {
    if (this.#session.hasEnded) return []
    assert(this.#state === 'number', 'there is a number to confirm')
    this.#state = 'claim'
    return [this.#session.send({ kind: 'confirm' })]
  }

  /** The person saw another number, or does not want it. */
  refuse(): readonly LinkEffect[] {
    return this.#session.fail('LINK_REFUSED', 'the person refused it')
  }

  /** The certificate is made and the spaces know the device. */
  grant(
    grant: Pick<LinkGrant, 'certificate' | 'recoveryPublic' | 'tickets'>,
  ): readonly LinkEffect[] {
    if (this.#session.hasEnded) return []
    assert(this.#state === 'certifying', 'a grant answers a claim')
    this.#state = 'granted'
    const { certificate, recoveryPublic, tickets } = grant
    const head = { certificate, recoveryPublic, ticketCount: tickets.length }
    return [
      this.#session.send({ kind: 'grant', ...head }),
      ...tickets.map((ticket) => this.#session.send({ kind: 'ticket', ticket })),
    ]
  }

  /** What was asked for cannot be done here. */
  giveUp(): readonly LinkEffect[] {
    return this.#session.fail('LINK_FAILED', 'it could not be certified')
  }

  /** The code has expired or served for another device meanwhile. */
  close(code: 'LINK_CODE_EXPIRED' | 'LINK_CODE_USED'): readonly LinkEffect[] {
    return this.#session.fail(code, 'the code is no longer good')
  }

  /** The stream is gone. After the grant was sent the device may be linked: it will say so by itself. */
  abandon(): readonly LinkEffect[] {
    return this.#session.end('LINK_LOST', 'the connection was lost')
  }

  #receiveHello(message: Uint8Array): readonly LinkEffect[] {
    const read = this.#session.handshake.read(message)
    if (!read.ok || read.value.length > 0) return this.#broken('the first message')
    this.#state = 'proof'
    const commitment = commitToNonce(this.#options.crypto, this.#nonce)
    return [this.#session.handshakeFrame(encodeCommitment({ commitment }))]
  }

  /** The psk is mixed in last, so this is where another code shows. */
  #receiveProof(message: Uint8Array): readonly LinkEffect[] {
    const read = this.#session.handshake.read(message)
    if (!read.ok) return this.#session.fail('LINK_CODE_WRONG', 'the code is another')
    const introduction = decodeIntroduction(read.value)
    if (!introduction.ok) return this.#broken('the introduction')
    const { nonce, label } = introduction.value
    this.#session.establish()
    this.#state = 'number'
    const { person, personName } = this.#options
    return [
      this.#session.send({ kind: 'reveal', nonce: this.#nonce, person, personName }),
      { kind: 'number', digits: this.#session.digits(this.#nonce, nonce), label },
    ]
  }

  #receiveMessage(bytes: Uint8Array): readonly LinkEffect[] {
    const read: Result<LinkMessage, unknown> = this.#session.read(bytes)
    if (!read.ok) return this.#broken('a message')
    if (this.#state === 'claim' && read.value.kind === 'claim') {
      return this.#receiveClaim(read.value.claim)
    }
    if (this.#state === 'granted' && read.value.kind === 'done') return this.#session.finish()
    return this.#broken(`a ${read.value.kind} that is not due`)
  }

  #receiveClaim(bytes: Uint8Array): readonly LinkEffect[] {
    const opened = openDeviceClaim(this.#options.crypto, bytes)
    if (!opened.ok || !this.#isExpected(opened.value)) return this.#broken('the claim')
    this.#state = 'certifying'
    return [{ kind: 'claim', claim: opened.value }]
  }

  #isExpected({ person, device }: DeviceClaim): boolean {
    return person === this.#options.person && device === this.#options.newDevice
  }

  #broken(what: string): readonly LinkEffect[] {
    return this.#session.fail('LINK_BROKEN', `${what} is not one of an honest device`)
  }
}
