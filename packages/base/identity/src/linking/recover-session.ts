/**
 * The two machines of the recovery protocol: the asker, a person's certified device, and the helper, any device that
 * shares a space with that person.
 *
 *     -> hello            the asker calls
 *     <- hello
 *     -> ask              a tag only who knows the person can make
 *     <- known            a tag only who knows the person can make; or `unknown`, and nothing more
 *     -> proof            certificate and signature over both nonces
 *     <- ticket …, end    sealed to the asker's prekey
 *
 * Invariants:
 * 1. The asker shows its certificate only to who knows its person already.
 * 2. The helper answers only the device that the network has proven to be at the other end, certified by a person who
 *    is a member here. A recorded proof holds for no other nonce and no other helper.
 */

import { assert, bytesToHex, equalBytesConstantTime, idToBytes } from '@hamlet/core'
import type { Crypto, DeviceId, PersonId, Random, Signer } from '@hamlet/core'

import { openDeviceCertificate } from '../device-certificate.ts'
import type { DeviceCertificate } from '../device-certificate.ts'
import { signDomain, verifyDomain } from '../domain.ts'
import { openSealed, sealTo } from '../hpke.ts'
import { RecoverError } from './errors.ts'
import type { RecoverErrorCode } from './errors.ts'
import { decodeTicket, encodeTicket, TICKETS_MAX } from './meeting-ticket.ts'
import type { MeetingTicket } from './meeting-ticket.ts'
import {
  askTag,
  decodeRecoverMessage,
  encodeRecoverMessage,
  knownTag,
  proofBytes,
  RECOVER_NONCE_BYTES,
  ticketSealInfo,
} from './recover-message.ts'
import type { RecoverContext, RecoverMessage } from './recover-message.ts'

export type RecoverEffect =
  | { readonly kind: 'send'; readonly frame: Uint8Array }
  /** Helper: write the device into the person's spaces, then call `answer`. */
  | {
      readonly kind: 'proved'
      readonly certificate: DeviceCertificate
      readonly certificateBytes: Uint8Array
    }
  /** Asker: what the helper knows; nothing when it does not know the person. */
  | {
      readonly kind: 'answered'
      readonly known: boolean
      readonly tickets: readonly MeetingTicket[]
    }
  /** Helper: everything is sent, or there is nothing to say. */
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly error: RecoverError }

export interface RecoverPorts {
  readonly crypto: Crypto
  readonly random: Random
}

export interface RecoverIdentity {
  readonly person: PersonId
  readonly device: DeviceId
  readonly deviceSigner: Signer
  readonly certificateBytes: Uint8Array
  /** Private halves of prekeys; the certified one among them. */
  readonly prekeys: readonly { readonly privateKey: Uint8Array }[]
}

const EMPTY = new Uint8Array(0)

export class RecoverAsker {
  readonly #ports: RecoverPorts
  readonly #identity: RecoverIdentity
  readonly #helper: DeviceId
  readonly #nonce: Uint8Array
  #context: RecoverContext | undefined
  #state: 'hello' | 'known' | 'tickets' | 'ended' = 'hello'
  readonly #tickets: MeetingTicket[] = []

  constructor(ports: RecoverPorts, identity: RecoverIdentity, helper: DeviceId) {
    this.#ports = ports
    this.#identity = identity
    this.#helper = helper
    this.#nonce = ports.random.bytes(RECOVER_NONCE_BYTES)
  }

  start(): readonly RecoverEffect[] {
    return [send({ kind: 'hello', nonce: this.#nonce })]
  }

  receive(frame: Uint8Array): readonly RecoverEffect[] {
    if (this.#state === 'ended') return []
    const decoded = decodeRecoverMessage(frame)
    if (!decoded.ok) return this.#fail('not a message')
    const message = decoded.value
    if (this.#state === 'hello' && message.kind === 'hello') return this.#ask(message.nonce)
    if (this.#state === 'known' && message.kind === 'known') return this.#prove(message.tag)
    if (message.kind === 'unknown' && this.#state !== 'hello') return this.#answered(false)
    if (this.#state === 'tickets' && message.kind === 'ticket') return this.#take(message)
    if (this.#state === 'tickets' && message.kind === 'end') {
      if (message.ticketCount !== this.#tickets.length) return this.#fail('a ticket is missing')
      return this.#answered(true)
    }
    return this.#fail(`a ${message.kind} that is not due`)
  }

  #ask(helperNonce: Uint8Array): readonly RecoverEffect[] {
    const { person, device } = this.#identity
    this.#context = {
      ...{ asker: device, helper: this.#helper, askerNonce: this.#nonce, helperNonce },
    }
    this.#state = 'known'
    return [send({ kind: 'ask', tag: askTag(this.#ports.crypto, person, this.#context) })]
  }

  #prove(tag: Uint8Array): readonly RecoverEffect[] {
    const { crypto } = this.#ports
    const { person, deviceSigner, certificateBytes: certificate } = this.#identity
    if (!equalBytesConstantTime(tag, knownTag(crypto, person, this.#context!))) {
      return this.#fail('a tag that somebody made up')
    }
    this.#state = 'tickets'
    const signed = proofBytes(crypto, certificate, this.#context!)
    const signature = signDomain(deviceSigner, 'device-recover', signed)
    return [send({ kind: 'proof', certificate, signature })]
  }

  #take(message: Extract<RecoverMessage, { kind: 'ticket' }>): readonly RecoverEffect[] {
    const info = ticketSealInfo(this.#context!)
    for (const { privateKey } of this.#identity.prekeys) {
      const opened = openSealed(this.#ports.crypto, privateKey, message, info, EMPTY)
      const ticket = opened && decodeTicket(opened)
      if (ticket?.ok !== true) continue
      if (this.#tickets.length >= TICKETS_MAX) return this.#fail('too many tickets')
      this.#tickets.push(ticket.value)
      return []
    }
    return this.#fail('a ticket that cannot be opened')
  }

  #answered(known: boolean): readonly RecoverEffect[] {
    this.#state = 'ended'
    return [{ kind: 'answered', known, tickets: this.#tickets }]
  }

  #fail(what: string): readonly RecoverEffect[] {
    this.#state = 'ended'
    return [failed('RECOVER_BROKEN', what)]
  }
}

export interface RecoverHelperOptions {
  readonly self: DeviceId
  /** The device that the network has proven to be at the other end. */
  readonly asker: DeviceId
  /** Members of the spaces here, as they are when the question comes. */
  readonly people: () => Iterable<PersonId>
}

export class RecoverHelper {
  readonly #ports: RecoverPorts
  readonly #options: RecoverHelperOptions
  readonly #nonce: Uint8Array
  #context: RecoverContext | undefined
  #person: PersonId | undefined
  #certificate: DeviceCertificate | undefined
  #state: 'hello' | 'ask' | 'proof' | 'answer' | 'ended' = 'hello'

  constructor(ports: RecoverPorts, options: RecoverHelperOptions) {
    this.#ports = ports
    this.#options = options
    this.#nonce = ports.random.bytes(RECOVER_NONCE_BYTES)
  }

  receive(frame: Uint8Array): readonly RecoverEffect[] {
    if (this.#state === 'ended') return []
    const decoded = decodeRecoverMessage(frame)
    if (!decoded.ok) return this.#fail('RECOVER_BROKEN', 'not a message')
    const message = decoded.value
    if (this.#state === 'hello' && message.kind === 'hello') return this.#hello(message.nonce)
    if (this.#state === 'ask' && message.kind === 'ask') return this.#recognise(message.tag)
    if (this.#state === 'proof' && message.kind === 'proof') {
      return this.#judge(message.certificate, message.signature)
    }
    return this.#fail('RECOVER_BROKEN', `a ${message.kind} that is not due`)
  }

  /** The tickets of the spaces that know the device now. */
  answer(tickets: readonly MeetingTicket[]): readonly RecoverEffect[] {
    assert(this.#state === 'answer', 'an answer follows a proof')
    this.#state = 'ended'
    const given = tickets.slice(0, TICKETS_MAX)
    const end = send({ kind: 'end', ticketCount: given.length })
    return [...given.map((ticket) => this.#seal(ticket)), end, { kind: 'done' }]
  }

  /** The device was revoked, or cannot be helped otherwise. */
  decline(): readonly RecoverEffect[] {
    this.#state = 'ended'
    return [send({ kind: 'unknown' }), { kind: 'done' }]
  }

  #hello(askerNonce: Uint8Array): readonly RecoverEffect[] {
    const { self: helper, asker } = this.#options
    this.#context = { asker, helper, askerNonce, helperNonce: this.#nonce }
    this.#state = 'ask'
    return [send({ kind: 'hello', nonce: this.#nonce })]
  }

  #recognise(tag: Uint8Array): readonly RecoverEffect[] {
    const { crypto } = this.#ports
    const wanted = bytesToHex(tag)
    this.#person = [...this.#options.people()].find(
      (person) => bytesToHex(askTag(crypto, person, this.#context!)) === wanted,
    )
    if (this.#person === undefined) return this.decline()
    this.#state = 'proof'
    return [send({ kind: 'known', tag: knownTag(crypto, this.#person, this.#context!) })]
  }

  #judge(bytes: Uint8Array, signature: Uint8Array): readonly RecoverEffect[] {
    const { crypto } = this.#ports
    const opened = openDeviceCertificate(crypto, bytes)
    if (!opened.ok) return this.#fail('RECOVER_NOT_PROVED', 'the certificate is not valid')
    const { person, device } = opened.value
    if (person !== this.#person || device !== this.#options.asker) {
      return this.#fail('RECOVER_NOT_PROVED', 'the certificate is for somebody else')
    }
    const signed = proofBytes(crypto, bytes, this.#context!)
    if (!verifyDomain(crypto, idToBytes(device), 'device-recover', signed, signature)) {
      return this.#fail('RECOVER_NOT_PROVED', 'the signature is not valid')
    }
    this.#certificate = opened.value
    this.#state = 'answer'
    return [{ kind: 'proved', certificate: opened.value, certificateBytes: bytes }]
  }

  #seal(ticket: MeetingTicket): RecoverEffect {
    const { crypto, random } = this.#ports
    const info = ticketSealInfo(this.#context!)
    const sealed = sealTo(
      crypto,
      random,
      this.#certificate!.prekey,
      info,
      EMPTY,
      encodeTicket(ticket),
    )
    return send({ kind: 'ticket', ...sealed })
  }

  #fail(code: RecoverErrorCode, what: string): readonly RecoverEffect[] {
    this.#state = 'ended'
    return [failed(code, what)]
  }
}

function send(message: RecoverMessage): RecoverEffect {
  return { kind: 'send', frame: encodeRecoverMessage(message) }
}

function failed(code: RecoverErrorCode, what: string): RecoverEffect {
  return { kind: 'failed', error: new RecoverError(code, `recovery: ${what}`) }
}
