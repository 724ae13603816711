/**
 * Revoked API clients, in all spaces of a person, also in those joined later: so each of their devices refuses a client that
 * one of them revoked, as soon as it shares a space with any device that knows.
 *
 * Invariants:
 * 1. What was revoked here, or was told by another device of the person in a space here, stays known on this device, also
 *    when that space is gone.
 * 2. It is written once into every space in which nobody has said it for this person.
 */

import { bytesToHex, errorCode, hexToBytes } from '@hamlet/core'
import type { Cancel, PersonId } from '@hamlet/core'
import type { ClientBook } from './client-book.ts'
import { clientRevocationDraft, revokedClients } from './client-view.ts'
import type { PeerPorts } from './peer-ports.ts'
import type { SpaceRuntime } from './space-runtime.ts'

/** Changes that come together are looked at once. */
const SETTLE_MS = 500

export interface RevocationsHost {
  readonly ports: Pick<PeerPorts, 'clock' | 'logger'>
  person(): PersonId
  runtimes(): readonly SpaceRuntime[]
  book(): Promise<ClientBook>
}

export class ClientRevocations {
  readonly #host: RevocationsHost
  #timer: Cancel | undefined
  #looking: Promise<void> = Promise.resolve()
  #closed = false

  constructor(host: RevocationsHost) {
    this.#host = host
  }

  /** Public keys in hex. */
  async all(): Promise<ReadonlySet<string>> {
    const book = await this.#host.book()
    const revoked = new Set(book.value.revoked.map(({ publicKey }) => bytesToHex(publicKey)))
    for (const runtime of this.#host.runtimes()) {
      for (const publicKey of await this.#toldIn(runtime)) revoked.add(publicKey)
    }
    return revoked
  }

  /** Resolves once it is remembered here and told wherever that can be done now. */
  async revoke(publicKey: string): Promise<void> {
    const book = await this.#host.book()
    await book.revoke(hexToBytes(publicKey), this.#host.ports.clock.wall())
    await this.#tell(new Set([publicKey]))
  }

  /** Spaces, or who is in them, changed. */
  changed(): void {
    if (this.#closed) return
    this.#timer ??= this.#host.ports.clock.after(SETTLE_MS, () => {
      this.#timer = undefined
      this.#looking = this.#looking.then(() => this.#look())
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.()
    await this.#looking
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { ports } = this.#host
    try {
      const revoked = await this.all()
      if (this.#closed || revoked.size === 0) return
      const book = await this.#host.book()
      for (const publicKey of revoked) {
        await book.revoke(hexToBytes(publicKey), ports.clock.wall())
      }
      await this.#tell(revoked)
    } catch (error) {
      ports.logger.warn('revoked clients were not looked for', { code: errorCode(error) })
    }
  }

  async #tell(revoked: ReadonlySet<string>): Promise<void> {
    for (const runtime of this.#host.runtimes()) {
      const told = await this.#toldIn(runtime)
      const missing = [...revoked].filter((publicKey) => !told.has(publicKey))
      if (missing.length > 0) await this.#tellIn(runtime, missing)
    }
  }

  /** Who may not write there, such as a relay, leaves it to the person's other devices. */
  async #tellIn(runtime: SpaceRuntime, publicKeys: readonly string[]): Promise<void> {
    if (runtime.space.ownRole === undefined) return
    try {
      await runtime.write(...publicKeys.map((key) => clientRevocationDraft(hexToBytes(key))))
    } catch (error) {
      const fields = { space: runtime.space.id, code: errorCode(error) }
      this.#host.ports.logger.info('the revocation of a client was not told', fields)
    }
  }

  async #toldIn(runtime: SpaceRuntime): Promise<ReadonlySet<string>> {
    return new Set((await revokedClients(runtime.clients, this.#host.person())).keys())
  }
}
