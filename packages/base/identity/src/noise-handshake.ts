/**
 * A Noise handshake as a state machine without input or output: bytes to send come out, bytes received go in.
 *
 * The Noise Protocol Framework (noiseprotocol.org, revision 34) for the suite 25519_ChaChaPoly_SHA256. A pattern says
 * which keys are sent and agreed on in which message; the machine follows any pattern, Hamlet uses XXpsk3: both sides
 * learn the other's static key, and the third message only opens for who knows the pre-shared key.
 *
 *     XXpsk3:  -> e                  message n is sent by the initiator when n is even
 *              <- e, ee, s, es       a message is the keys sent, each encrypted once there is a key,
 *              -> s, se, psk         and at last the payload
 *
 * Invariants:
 * 1. Public keys received are canonical and not of small order (`isStrictX25519Key`), or the message is refused.
 * 2. After the first refusal the machine refuses everything: no second try with the same ephemeral key.
 * 3. Calls out of turn are bugs of the caller: assertions.
 */

import { assert, concatBytes, err, ok } from '@hamlet/core'
import type { Crypto, Random, Result } from '@hamlet/core'

import { AEAD_TAG_BYTES, SECRET_KEY_BYTES } from './crypto-checks.ts'
import { NoiseError } from './errors.ts'
import { NOISE_MESSAGE_BYTES_MAX, NoiseSymmetric } from './noise-symmetric.ts'
import type { NoiseCipher } from './noise-symmetric.ts'
import { isStrictX25519Key, X25519_KEY_BYTES } from './x25519-rules.ts'

export type NoiseToken = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss' | 'psk'

export interface NoisePattern {
  /** As in the protocol's name: `XXpsk3`. */
  readonly name: string
  /** Whether the static key of the initiator, or of the responder, is known to the other before. */
  readonly knowsInitiator?: boolean
  readonly knowsResponder?: boolean
  readonly messages: readonly (readonly NoiseToken[])[]
}

export const NOISE_XX: NoisePattern = {
  name: 'XX',
  messages: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se']],
}

export const NOISE_XX_PSK3: NoisePattern = {
  name: 'XXpsk3',
  messages: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se', 'psk']],
}

export interface NoiseOptions {
  readonly pattern: NoisePattern
  readonly role: 'initiator' | 'responder'
  /** What both sides believe about each other already; they fail when they do not agree. */
  readonly prologue: Uint8Array
  /** X25519 private key, for patterns in which this side has one. */
  readonly staticPrivate?: Uint8Array
  /** X25519 public key of the other side, for patterns in which it is known before. */
  readonly remoteStatic?: Uint8Array
  /** 32 bytes each, one for each `psk` of the pattern. */
  readonly presharedKeys?: readonly Uint8Array[]
}

/** What a finished handshake leaves: two ciphers and what both sides can bind to it. */
export interface NoiseSession {
  readonly send: NoiseCipher
  readonly receive: NoiseCipher
  /** The same on both sides, different for every handshake: 32 bytes. */
  readonly handshakeHash: Uint8Array
  readonly remoteStatic: Uint8Array | undefined
}

interface KeyPair {
  readonly privateKey: Uint8Array
  readonly publicKey: Uint8Array
}

export class NoiseHandshake {
  readonly #crypto: Crypto
  readonly #random: Random
  readonly #options: NoiseOptions
  readonly #symmetric: NoiseSymmetric
  readonly #hasPsk: boolean
  readonly #psks: Uint8Array[]
  readonly #static: KeyPair | undefined
  #ephemeral: KeyPair | undefined
  #remoteStatic: Uint8Array | undefined
  #remoteEphemeral: Uint8Array | undefined
  #messageIndex = 0
  #hasFailed = false

  constructor(crypto: Crypto, random: Random, options: NoiseOptions) {
    const { pattern, prologue, staticPrivate, remoteStatic, presharedKeys = [] } = options
    const pskCount = pattern.messages.flat().filter((token) => token === 'psk').length
    assert(presharedKeys.length === pskCount, `${pattern.name} takes ${pskCount} pre-shared keys`)
    for (const psk of presharedKeys) assert(psk.length === 32, 'a pre-shared key has 32 bytes')
    this.#crypto = crypto
    this.#random = random
    this.#options = options
    this.#hasPsk = pskCount > 0
    this.#psks = [...presharedKeys]
    this.#static = staticPrivate && keyPair(crypto, staticPrivate)
    this.#remoteStatic = remoteStatic
    const name = `Noise_${pattern.name}_25519_ChaChaPoly_SHA256`
    this.#symmetric = new NoiseSymmetric(crypto, name, prologue)
    this.#mixKnownKeys()
  }

  get isOurTurn(): boolean {
    if (this.isComplete || this.#hasFailed) return false
    return (this.#messageIndex % 2 === 0) === this.#isInitiator
  }

  get isComplete(): boolean {
    return this.#messageIndex === this.#options.pattern.messages.length
  }

  /** The next message, with a payload that is as secret as the pattern has made it by then. */
  write(payload: Uint8Array): Uint8Array {
    assert(this.isOurTurn, 'it is the other side that sends now')
    const parts = this.#tokens().flatMap((token) => this.#writeToken(token) ?? [])
    parts.push(this.#symmetric.encryptAndHash(payload))
    this.#messageIndex++
    const message = concatBytes(...parts)
    assert(message.length <= NOISE_MESSAGE_BYTES_MAX, 'the payload does not fit into a message')
    return message
  }

  /** The payload of the other side's message. */
  read(message: Uint8Array): Result<Uint8Array, NoiseError> {
    if (this.#hasFailed) return refuse('NOISE_ENDED', 'an earlier message was refused')
    assert(!this.isOurTurn && !this.isComplete, 'it is our side that sends now')
    const payload = this.#readMessage(message)
    if (payload.ok) this.#messageIndex++
    else this.#hasFailed = true
    return payload
  }

  /** After the last message. */
  finish(): NoiseSession {
    assert(this.isComplete, 'the handshake has not ended')
    const [first, second] = this.#symmetric.split()
    return {
      send: this.#isInitiator ? first : second,
      receive: this.#isInitiator ? second : first,
      handshakeHash: this.#symmetric.hash,
      remoteStatic: this.#remoteStatic,
    }
  }

  get #isInitiator(): boolean {
    return this.#options.role === 'initiator'
  }

  #tokens(): readonly NoiseToken[] {
    return this.#options.pattern.messages[this.#messageIndex]!
  }

  /** Pre-messages (section 7.1), initiator's first. */
  #mixKnownKeys(): void {
    const { knowsInitiator = false, knowsResponder = false } = this.#options.pattern
    const own = this.#static?.publicKey
    const [initiator, responder] = this.#isInitiator
      ? [own, this.#remoteStatic]
      : [this.#remoteStatic, own]
    if (knowsInitiator) this.#mixKnown(initiator)
    if (knowsResponder) this.#mixKnown(responder)
  }

  #mixKnown(publicKey: Uint8Array | undefined): void {
    assert(publicKey !== undefined && isStrictX25519Key(publicKey), 'a known key is needed')
    this.#symmetric.mixHash(publicKey)
  }

  #writeToken(token: NoiseToken): Uint8Array | undefined {
    if (token === 'e') return this.#writeEphemeral()
    if (token === 's') {
      assert(this.#static !== undefined, 'the pattern sends a static key')
      return this.#symmetric.encryptAndHash(this.#static.publicKey)
    }
    assert(this.#mixToken(token), 'keys that were received are strict')
    return undefined
  }

  #writeEphemeral(): Uint8Array {
    this.#ephemeral = keyPair(this.#crypto, this.#random.bytes(SECRET_KEY_BYTES))
    const { publicKey } = this.#ephemeral
    this.#mixEphemeral(publicKey)
    return publicKey
  }

  /** Section 9.2: with a pre-shared key ephemeral keys are mixed in twice. */
  #mixEphemeral(publicKey: Uint8Array): void {
    this.#symmetric.mixHash(publicKey)
    if (this.#hasPsk) this.#symmetric.mixKey(publicKey)
  }

  #readMessage(message: Uint8Array): Result<Uint8Array, NoiseError> {
    if (message.length > NOISE_MESSAGE_BYTES_MAX) return refuse('NOISE_MALFORMED', 'too long')
    let rest = message
    for (const token of this.#tokens()) {
      if (token === 'e' || token === 's') {
        const read = token === 'e' ? this.#readEphemeral(rest) : this.#readStatic(rest)
        if (!read.ok) return read
        rest = read.value
      } else if (!this.#mixToken(token)) {
        return refuse('NOISE_BAD_KEY', 'no secret can be agreed on')
      }
    }
    return this.#symmetric.decryptAndHash(rest)
  }

  #readEphemeral(bytes: Uint8Array): Result<Uint8Array, NoiseError> {
    const publicKey = bytes.slice(0, X25519_KEY_BYTES)
    const judged = judgeKey(publicKey)
    if (!judged.ok) return judged
    this.#remoteEphemeral = publicKey
    this.#mixEphemeral(publicKey)
    return ok(bytes.subarray(X25519_KEY_BYTES))
  }

  #readStatic(bytes: Uint8Array): Result<Uint8Array, NoiseError> {
    const length = X25519_KEY_BYTES + (this.#symmetric.hasKey ? AEAD_TAG_BYTES : 0)
    if (bytes.length < length) return refuse('NOISE_MALFORMED', 'it ends inside a key')
    const opened = this.#symmetric.decryptAndHash(bytes.subarray(0, length))
    if (!opened.ok) return opened
    const judged = judgeKey(opened.value)
    if (!judged.ok) return judged
    this.#remoteStatic = opened.value
    return ok(bytes.subarray(length))
  }

  /** `false` when the keys give no secret. The first letter is the initiator's key, the second the responder's. */
  #mixToken(token: Exclude<NoiseToken, 'e' | 's'>): boolean {
    if (token === 'psk') {
      this.#symmetric.mixKeyAndHash(this.#psks.shift()!)
      return true
    }
    const [ours, theirs] = this.#isInitiator ? [token[0], token[1]] : [token[1], token[0]]
    const own = ours === 'e' ? this.#ephemeral : this.#static
    const remote = theirs === 'e' ? this.#remoteEphemeral : this.#remoteStatic
    assert(own !== undefined && remote !== undefined, 'the pattern agrees on keys that are there')
    const secret = this.#crypto.agree(own.privateKey, remote)
    if (secret === undefined) return false
    this.#symmetric.mixKey(secret)
    return true
  }
}

function keyPair(crypto: Crypto, privateKey: Uint8Array): KeyPair {
  return { privateKey, publicKey: crypto.agreementKey(privateKey) }
}

function judgeKey(publicKey: Uint8Array): Result<Uint8Array, NoiseError> {
  if (publicKey.length !== X25519_KEY_BYTES) return refuse('NOISE_MALFORMED', 'it ends in a key')
  if (!isStrictX25519Key(publicKey)) {
    return refuse('NOISE_BAD_KEY', 'a key is not canonical or of small order')
  }
  return ok(publicKey)
}

function refuse(code: NoiseError['code'], message: string): Result<never, NoiseError> {
  return err(new NoiseError(code, `noise: ${message}`))
}
