/**
 * Challenges a peer signs to log in, kept by nobody: whatever process made one, any process can judge the answer.
 *
 *     OFFSET  SIZE  FIELD
 *     0       8     time of its end, milliseconds, big-endian
 *     8       16    random bytes: the id under which it is spent
 *     24      32    HMAC-SHA-256 over "hamlet/v1/tracker-challenge\0", the 24 bytes before and the peer's 32-byte key
 *
 * in base64url, 75 characters. The key of the HMAC is the seed of the day's signing key; an answer is judged with the
 * one before as well, so a challenge outlives the turn of a day.
 */

import {
  base64UrlToBytes,
  bytesToBase64Url,
  bytesToHex,
  bytesToUint64,
  concatBytes,
  equalBytesConstantTime,
  hexToBytes,
  uint64ToBytes,
  utf8,
} from '@hamlet/core'
import type { Clock, Crypto, Random } from '@hamlet/core'

import { CHALLENGE_MS_MAX } from '../limits.ts'
import type { SigningKey, SigningKeys } from './signing-keys.ts'

const HEAD_BYTES = 24
const CHALLENGE_BYTES = 56
const LABEL = utf8('hamlet/v1/tracker-challenge\0')

export interface Challenge {
  readonly challenge: string
  readonly expiresAtMs: number
}

export interface ChallengePorts {
  readonly keys: SigningKeys
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
}

export class Challenges {
  readonly #ports: ChallengePorts

  constructor(ports: ChallengePorts) {
    this.#ports = ports
  }

  /** `peer`: 64 hex digits. */
  async create(peer: string): Promise<Challenge> {
    const { clock, keys, random } = this.#ports
    const expiresAtMs = clock.wall() + CHALLENGE_MS_MAX
    const head = concatBytes(uint64ToBytes(expiresAtMs), random.bytes(16))
    const mac = this.#mac(await keys.current(), head, peer)
    return { challenge: bytesToBase64Url(concatBytes(head, mac)), expiresAtMs }
  }

  /** The id to spend and the end, of a challenge made for this peer that is not too old; else `undefined`. */
  async open(
    challenge: string,
    peer: string,
  ): Promise<{ readonly id: string; readonly expiresAtMs: number } | undefined> {
    const bytes = base64UrlToBytes(challenge)
    if (bytes === undefined || bytes.length !== CHALLENGE_BYTES) return undefined
    const head = bytes.subarray(0, HEAD_BYTES)
    const mac = bytes.subarray(HEAD_BYTES)
    const expiresAtMs = bytesToUint64(head)
    const nowMs = this.#ports.clock.wall()
    if (expiresAtMs === undefined || expiresAtMs <= nowMs) return undefined
    const isOurs = (await this.#ports.keys.all()).some((key) =>
      equalBytesConstantTime(mac, this.#mac(key, head, peer)),
    )
    return isOurs ? { id: bytesToHex(head.subarray(8)), expiresAtMs } : undefined
  }

  #mac(key: SigningKey, head: Uint8Array, peer: string): Uint8Array {
    const secret = base64UrlToBytes(key.privateKey.d ?? '')!
    return this.#ports.crypto.hmac(secret, LABEL, head, hexToBytes(peer))
  }
}
