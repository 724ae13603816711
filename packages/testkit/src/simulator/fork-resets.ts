/**
 * What people do about a device of theirs that signed two histories: they end the second process, and reset the device with
 * their words, which they type into whatever device of a member is at hand. From then on it writes again.
 */

import type { DeviceId } from '@hamlet/core'
import type { Reached } from './reached.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { SimNode } from './sim-node.ts'

export interface ForkResetWorld {
  readonly reached: Reached
  readonly nodes: readonly SimNode[]
  isHonest(node: SimNode): boolean
  /** Runs an act of a person, and counts what becomes of it. */
  perform(node: SimNode, name: string, run: () => Promise<void>): void
  /** Only one process of the device goes on. */
  endTwin(device: DeviceId): void
}

interface Reset {
  readonly slot: number
  readonly device: DeviceId
  readonly host: SimNode
}

/** Of those that could be made, looked at from time to time. */
const RESET_RATE = 0.4
/** So often a device is reset in one space. */
const RESETS_EACH_MAX = 2

export class ForkResets {
  readonly #world: ForkResetWorld
  readonly #random: SeededRandom
  readonly #times = new Map<string, number>()

  constructor(world: ForkResetWorld, random: SeededRandom) {
    this.#world = world
    this.#random = random
  }

  /** Perhaps somebody resets a device now. */
  look(): void {
    const possible = this.#world.nodes.flatMap((host) => this.#resetsAt(host))
    if (possible.length === 0 || !this.#random.chance(RESET_RATE)) return
    this.#reset(this.#random.pick(possible))
  }

  #resetsAt(host: SimNode): Reset[] {
    if (!host.isReady || !this.#world.isHonest(host)) return []
    return host.slots.flatMap((slot) => {
      const copy = host.space(slot)
      if (copy?.space.ownRole === undefined || copy.space.ownRole === 'relay') return []
      const frozen = copy.forkedDevices().filter((device) => {
        const isMembers = copy.space.deviceOwner(device) !== undefined
        const isFrozen = Number.isFinite(copy.space.forkLimit(device))
        const times = this.#times.get(`${slot} ${device}`) ?? 0
        return isMembers && isFrozen && device !== host.device && times < RESETS_EACH_MAX
      })
      return frozen.map((device) => ({ slot, device, host }))
    })
  }

  #reset({ slot, device, host }: Reset): void {
    const { space } = host.space(slot)!
    const owner = space.deviceOwner(device)
    const root = this.#world.nodes
      .filter(({ person }) => person === owner)
      .flatMap(({ identity }) => identity.personKeys?.rootSigner ?? [])[0]
    if (root === undefined) return
    const key = `${slot} ${device}`
    this.#times.set(key, (this.#times.get(key) ?? 0) + 1)
    this.#world.perform(host, 'reset device', async () => {
      this.#world.endTwin(device)
      await space.resetDevice(device, root)
      this.#world.reached.count('forked device reset')
    })
  }
}
