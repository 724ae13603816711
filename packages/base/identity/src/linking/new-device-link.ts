/**
 * The new device's side of a link: it has read the code, calls the old device, shows the number and waits.
 *
 * The steps are those of `old-device-link.ts`, seen from the other end. Its keys are its own: what it gets is a
 * certificate for them, never a key.
 *
 * Invariants:
 * 1. A number is shown only after the old device opened its commitment to its half of it.
 * 2. What is granted is opened and compared with this device's own claim before anybody hears of it.
 */

import { assert, equalBytes } from '@hamlet/core'
import type { PersonId } from '@hamlet/core'

import { CHECK_NONCE_BYTES, isNonceCommitted } from '../check-number.ts'
import { encodeDeviceClaim, openDeviceCertificate } from '../device-certificate.ts'
import type { DeviceClaim } from '../device-certificate.ts'
import type { LinkMessage } from './link-message.ts'
import { decodeCommitment, encodeIntroduction } from './link-message.ts'
import { LinkSession } from './link-session.ts'
import type { LinkEffect, LinkEnds, LinkGrant } from './link-session.ts'
import type { MeetingTicket } from './meeting-ticket.ts'

export interface NewDeviceOptions extends LinkEnds {
  /** What this device is called. */
  readonly label: string
  /** This device signs that it belongs to the person. */
  readonly makeClaim: (person: PersonId) => DeviceClaim
}

type State = 'commitment' | 'reveal' | 'confirm' | 'grant' | 'tickets' | 'storing'
type Grant = Extract<LinkMessage, { readonly kind: 'grant' }>
type Reveal = Extract<LinkMessage, { readonly kind: 'reveal' }>

export class NewDeviceLink {
  readonly #options: NewDeviceOptions
  readonly #session: LinkSession
  readonly #nonce: Uint8Array
  #state: State = 'commitment'
  #commitment: Uint8Array | undefined
  #reveal: Reveal | undefined
  #claim: DeviceClaim | undefined
  #grant: Grant | undefined
  readonly #tickets: MeetingTicket[] = []

  constructor(options: NewDeviceOptions) {
    this.#options = options
    this.#session = new LinkSession(options, 'initiator')
    this.#nonce = options.random.bytes(CHECK_NONCE_BYTES)
  }

  /** The first message, once the stream is open. */
  start(): readonly LinkEffect[] {
    return [this.#session.handshakeFrame(new Uint8Array(0))]
  }

  receive(frame: Uint8Array): readonly LinkEffect[] {
    if (this.#session.hasEnded) return []
    const opened = this.#session.open(frame)
    if (!opened.ok) return opened.error
    if (this.#state === 'commitment') return this.#receiveCommitment(opened.value)
    const read = this.#session.read(opened.value)
    if (!read.ok) return this.#broken('a message')
    return this.#receiveMessage(read.value)
  }

  /** Everything granted is on the disk. */
  stored(): readonly LinkEffect[] {
    if (this.#session.hasEnded) return []
    assert(this.#state === 'storing', 'something was granted')
    return [this.#session.send({ kind: 'done' }), ...this.#session.finish()]
  }

  /** The person does not want it any more, or it could not be stored. */
  refuse(code: 'LINK_REFUSED' | 'LINK_FAILED'): readonly LinkEffect[] {
    return this.#session.fail(code, 'it was given up on the new device')
  }

  /** The stream is gone. */
  abandon(): readonly LinkEffect[] {
    return this.#session.end('LINK_LOST', 'the connection was lost')
  }

  #receiveCommitment(message: Uint8Array): readonly LinkEffect[] {
    const read = this.#session.handshake.read(message)
    const decoded = read.ok ? decodeCommitment(read.value) : read
    if (!decoded.ok) return this.#broken('the second message')
    this.#commitment = decoded.value.commitment
    const { label } = this.#options
    const frame = this.#session.handshakeFrame(encodeIntroduction({ nonce: this.#nonce, label }))
    this.#session.establish()
    this.#state = 'reveal'
    return [frame]
  }

  #receiveMessage(message: LinkMessage): readonly LinkEffect[] {
    if (this.#state === 'reveal' && message.kind === 'reveal') return this.#receiveReveal(message)
    if (this.#state === 'confirm' && message.kind === 'confirm') return this.#sendClaim()
    if (this.#state === 'grant' && message.kind === 'grant') return this.#receiveGrant(message)
    if (this.#state === 'tickets' && message.kind === 'ticket') {
      this.#tickets.push(message.ticket)
      return this.#grantIfWhole()
    }
    return this.#broken(`a ${message.kind} that is not due`)
  }

  #receiveReveal(reveal: Reveal): readonly LinkEffect[] {
    if (!isNonceCommitted(this.#options.crypto, reveal.nonce, this.#commitment!)) {
      return this.#broken('a number that was not committed to')
    }
    this.#reveal = reveal
    this.#state = 'confirm'
    const digits = this.#session.digits(reveal.nonce, this.#nonce)
    return [{ kind: 'number', digits, label: reveal.personName }]
  }

  #sendClaim(): readonly LinkEffect[] {
    this.#claim = this.#options.makeClaim(this.#reveal!.person)
    this.#state = 'grant'
    return [this.#session.send({ kind: 'claim', claim: encodeDeviceClaim(this.#claim) })]
  }

  #receiveGrant(grant: Grant): readonly LinkEffect[] {
    if (!this.#isForUs(grant.certificate)) return this.#broken('a certificate for something else')
    this.#grant = grant
    this.#state = 'tickets'
    return this.#grantIfWhole()
  }

  #isForUs(bytes: Uint8Array): boolean {
    const opened = openDeviceCertificate(this.#options.crypto, bytes)
    if (!opened.ok) return false
    const claimed = encodeDeviceClaim(this.#claim!)
    return equalBytes(encodeDeviceClaim(opened.value), claimed)
  }

  #grantIfWhole(): readonly LinkEffect[] {
    const { certificate, recoveryPublic, ticketCount } = this.#grant!
    if (this.#tickets.length < ticketCount) return []
    this.#state = 'storing'
    const { person, personName } = this.#reveal!
    const grant: LinkGrant = {
      ...{ certificate, person, personName, recoveryPublic },
      tickets: this.#tickets,
    }
    return [{ kind: 'granted', grant }]
  }

  #broken(what: string): readonly LinkEffect[] {
    return this.#session.fail('LINK_BROKEN', `${what} came that no honest device sends`)
  }
}
