/**
 * What people do about a device of theirs that signed two histories: they end the second process, and reset the device with
 * their words, which they type into whatever device of a member is at hand. From then on it writes again.
 *
 * Some do it twice at once: on one device, and before that is known there on another, which is out of reach for a while and
 * has a longer or shorter part of what the device wrote. By then the device may have gone on as the first reset lets it.
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
  sleep(ms: number): Promise<void>
  /** What is sent to or by the device waits. */
  silence(node: SimNode, isSilent: boolean): void
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
/** Of resets where two are possible that differ. */
const APART_RATE = 0.7
/** How long the second one is kept from the others. */
const APART_MS_MAX = 4_000

export class ForkResets {
  readonly #world: ForkResetWorld
  readonly #random: SeededRandom
  /** `undefined`: nobody resets a device twice at once. */
  readonly #apart: SeededRandom | undefined
  readonly #times = new Map<string, number>()

  constructor(world: ForkResetWorld, random: SeededRandom, isApart: boolean) {
    this.#world = world
    this.#random = random
    this.#apart = isApart ? random.fork('apart') : undefined
  }

  /** Perhaps somebody resets a device now. */
  look(): void {
    const possible = this.#world.nodes.flatMap((host) => this.#resetsAt(host))
    if (possible.length === 0 || !this.#random.chance(RESET_RATE)) return
    const reset = this.#random.pick(possible)
    const rivals = possible.filter((other) => areRivals(reset, other))
    const isApart = rivals.length > 0 && this.#apart?.chance(APART_RATE) === true
    if (isApart) void this.#resetApart(reset, this.#apart!.pick(rivals))
    else this.#reset(reset)
  }

  async #resetApart(reset: Reset, rival: Reset): Promise<void> {
    this.#world.silence(rival.host, true)
    this.#reset(reset)
    this.#reset(rival)
    await this.#world.sleep(this.#apart!.int(0, APART_MS_MAX))
    this.#world.silence(rival.host, false)
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

/** Whether they are about the same device, and name different lengths of it. */
function areRivals(a: Reset, b: Reset): boolean {
  if (a.slot !== b.slot || a.device !== b.device || a.host === b.host) return false
  return lengthAt(a) !== lengthAt(b)
}

/** Of the longest history of the device there. */
function lengthAt({ host, slot, device }: Reset): number {
  const { space } = host.space(slot)!
  const lengths = [...space.appliedLengths()].flatMap(([log, length]) => {
    const last = space.entries(log, length - 1).next().value
    return last?.device === device ? [length] : []
  })
  return Math.max(0, ...lengths)
}
