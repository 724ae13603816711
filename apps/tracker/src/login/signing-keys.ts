/**
 * The keys that sign tokens: one a day, the same for all processes of the tracker, and the one before it.
 *
 * The idea: a key's id follows from the day, so processes need not agree on who makes the next one; the table keeps the
 * first that comes. A token whose key is not known here was signed by a process that turned the day earlier: the table
 * is read again, at most once a second.
 */

import { bytesToBase64Url } from '@hamlet/core'
import type { Clock, Crypto, Random } from '@hamlet/core'
import type { JWK } from 'jose'

import type { LoginStore } from '../data/login-store.ts'
import type { SigningKeyTable } from '../data/schema.ts'
import { SIGNING_KEY_MS } from '../limits.ts'

export interface SigningKey {
  readonly id: string
  readonly privateKey: JWK
  readonly publicKey: JWK
}

export interface SigningKeyPorts {
  readonly store: LoginStore
  readonly clock: Clock
  readonly random: Random
  readonly crypto: Crypto
}

const SEED_BYTES = 32
const RELOAD_MS = 1000

export class SigningKeys {
  readonly #ports: SigningKeyPorts
  #keys: ReadonlyMap<string, SigningKey> = new Map()
  #loadedAtMs = Number.NEGATIVE_INFINITY

  constructor(ports: SigningKeyPorts) {
    this.#ports = ports
  }

  /** The key of today, made when it is the first to be asked for. */
  async current(): Promise<SigningKey> {
    const nowMs = this.#ports.clock.wall()
    const id = `k${Math.floor(nowMs / SIGNING_KEY_MS)}`
    const known = this.#keys.get(id)
    if (known !== undefined) return known
    const seed = this.#ports.random.bytes(SEED_BYTES)
    this.#take(await this.#ports.store.rotate({ id, seed, created_at_ms: nowMs }))
    const made = this.#keys.get(id)
    if (made !== undefined) return made
    // Only a wall clock that runs behind gets here: a newer key signs as well.
    return [...this.#keys.values()][0]!
  }

  /** The key of a token, one of the two newest; looked up in a map and nowhere else. */
  async find(id: string): Promise<SigningKey | undefined> {
    const nowMs = this.#ports.clock.monotonic()
    if (!this.#keys.has(id) && nowMs - this.#loadedAtMs >= RELOAD_MS) {
      this.#loadedAtMs = nowMs
      this.#take(await this.#ports.store.newestKeys())
    }
    return this.#keys.get(id)
  }

  /** The keys that verify now, today's first. */
  async all(): Promise<readonly SigningKey[]> {
    await this.current()
    return [...this.#keys.values()]
  }

  #take(rows: readonly SigningKeyTable[]): void {
    this.#keys = new Map(rows.map((row) => [row.id, this.#toKey(row)]))
  }

  #toKey({ id, seed }: SigningKeyTable): SigningKey {
    const bytes = new Uint8Array(seed)
    const x = bytesToBase64Url(this.#ports.crypto.signer(bytes).publicKey)
    const publicKey = { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', x }
    return { id, publicKey, privateKey: { ...publicKey, d: bytesToBase64Url(bytes) } }
  }
}
