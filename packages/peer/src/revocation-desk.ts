/**
 * Revoked devices in all spaces of a person, also in those joined later.
 *
 * A revocation is written into each space on its own, and the certificate of a revoked device stays valid, so whoever
 * does not know may carry it into another space. This device remembers which of its person's devices were revoked, by
 * itself or by another of theirs as far as that is worth something elsewhere, carries none of them anywhere, and
 * revokes it in every space in which it finds it.
 *
 * Invariants:
 * 1. A device that is itself revoked somewhere carries nothing on.
 * 2. What cannot be revoked from here, because this device is the younger one there and does not keep the words, is
 *    tried again when the space changes, and named in a warning.
 */

import { errorCode } from '@hamlet/core'
import type { Cancel, DeviceId } from '@hamlet/core'
import type { OwnRevocation, Space } from '@hamlet/space'
import type { PeerIdentity } from './peer-identity.ts'
import type { PeerPorts } from './peer-ports.ts'
import type { PeerStateFile } from './peer-state.ts'

/** Changes that come together are looked at once. */
const SETTLE_MS = 500

export interface RevocationHost {
  readonly ports: Pick<PeerPorts, 'clock' | 'logger'>
  readonly identity: PeerIdentity
  readonly state: PeerStateFile
  spaces(): readonly Space[]
}

export class RevocationDesk {
  readonly #host: RevocationHost
  #timer: Cancel | undefined
  #looking: Promise<void> = Promise.resolve()
  #closed = false

  constructor(host: RevocationHost) {
    this.#host = host
  }

  has(device: DeviceId): boolean {
    return this.#host.state.value.revoked.includes(device)
  }

  /** Resolves when it is remembered. */
  async note(...devices: readonly DeviceId[]): Promise<void> {
    const news = devices.filter((device) => !this.has(device))
    if (news.length === 0) return
    await this.#host.state.update(({ revoked }) => ({ revoked: [...revoked, ...news] }))
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

  async #look(): Promise<void> {
    const { identity, ports } = this.#host
    try {
      const told = this.#host.spaces().flatMap((space) => space.ownPlace.revocations())
      const { device } = identity.current
      if (told.some((each) => each.device === device && each.isForAllSpaces)) return
      await this.note(...carriedOn(told))
      for (const space of this.#host.spaces()) await this.#apply(space)
    } catch (error) {
      ports.logger.warn('revoked devices were not looked for', { code: errorCode(error) })
    }
  }

  async #apply(space: Space): Promise<void> {
    const { identity, ports } = this.#host
    const root = identity.current.personKeys?.rootSigner
    for (const device of revokedIn(space, this.#host.state.value.revoked)) {
      try {
        await space.revokeDevice(device, root)
      } catch (error) {
        const code = errorCode(error)
        ports.logger.info('a revoked device could not be revoked here', { space: space.id, code })
      }
    }
  }
}

/** Of these devices, those that count as this person's in a space. */
export function revokedIn(space: Space, revoked: readonly DeviceId[]): DeviceId[] {
  const { person } = space.identity
  if (space.ownRole === undefined) return []
  return revoked.filter((device) => space.deviceOwner(device) === person)
}

/** What is to hold everywhere. The word of a device that is itself revoked, by one that may, is not carried on. */
function carriedOn(told: readonly OwnRevocation[]): DeviceId[] {
  const worth = told.filter(({ isForAllSpaces }) => isForAllSpaces)
  const revoked = new Set(worth.map(({ device }) => device))
  return worth.filter(({ by }) => !revoked.has(by)).map(({ device }) => device)
}
