/**
 * Keeps this device's prekeys young: looks at them when the peer starts and every six hours, replaces them in the key
 * file when they are due, and tells every space the newest.
 *
 * The key file comes first: what is sealed to a prekey that a space has heard of must open after a crash too. A space
 * that could not be told (a full disk, not a member yet) is told at the next look.
 */

import { errorCode } from '@hamlet/core'
import type { Cancel, Clock, Crypto, Logger, Random } from '@hamlet/core'
import { encodeSignedPrekey, renewPrekeys, signPrekey } from '@hamlet/identity'
import type { Space } from '@hamlet/space'
import type { PeerIdentity } from './peer-identity.ts'

export const PREKEY_LOOK_MS = 6 * 3_600_000

export interface PrekeyKeeperParts {
  readonly crypto: Crypto
  readonly random: Random
  readonly clock: Clock
  readonly logger: Logger
  readonly identity: PeerIdentity
  spaces(): readonly Space[]
}

export class PrekeyKeeper {
  readonly #parts: PrekeyKeeperParts
  #timer: Cancel | undefined
  #looking: Promise<void> = Promise.resolve()

  constructor(parts: PrekeyKeeperParts) {
    this.#parts = parts
  }

  /** Looks now and from time to time; what fails is tried again the next time. */
  start(): void {
    this.#timer = this.#parts.clock.after(PREKEY_LOOK_MS, () => this.start())
    this.#looking = this.#looking
      .then(() => this.#look())
      .catch((error: unknown) => {
        this.#parts.logger.warn('a prekey could not be replaced', { code: errorCode(error) })
      })
  }

  /** Resolves when the look under way is over. */
  async close(): Promise<void> {
    this.#timer?.()
    await this.#looking
  }

  async #look(): Promise<void> {
    const { crypto, random, clock, identity } = this.#parts
    const renewed = renewPrekeys(crypto, random, identity.ring, clock.wall())
    if (renewed !== identity.ring) await identity.become(renewed)
    for (const space of this.#parts.spaces()) await this.#tell(space)
  }

  async #tell(space: Space): Promise<void> {
    const { crypto, identity, logger } = this.#parts
    const { prekeys, deviceSigner } = identity.current
    const [newest] = prekeys
    const known = space.ownPrekeySerial
    // Where messages disappear the space keeps prekeys of its own.
    if (space.controlState().ephemeral !== undefined) return
    if (newest === undefined || known === undefined || known >= newest.serial) return
    try {
      const signed = encodeSignedPrekey(signPrekey(crypto, deviceSigner, newest))
      await space.announcePrekey(signed, newest.privateKey)
    } catch (error) {
      logger.info('a space could not be told of the new prekey', { code: errorCode(error) })
    }
  }
}
