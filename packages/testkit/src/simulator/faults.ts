/**
 * What goes wrong in a world, and when.
 *
 * Every class has a rhythm of its own from the options; those that never come cost nothing. Nothing here begins after
 * `end`, so that the world can heal.
 */

import { DeviceFaults } from './device-faults.ts'
import type { FaultCounts, FaultWorld } from './fault-world.ts'
import { LinkFaults } from './link-faults.ts'
import { Rhythm } from './rhythm.ts'

export class Faults {
  readonly counts: FaultCounts = {
    partitions: 0,
    clogs: 0,
    crashes: 0,
    powerCuts: 0,
    pauses: 0,
    nights: 0,
    indexesLost: 0,
    diskFull: 0,
    syncsFailed: 0,
    disksLost: 0,
    disksRestored: 0,
    bitsFlipped: 0,
    readsFailed: 0,
    appendsFailed: 0,
    clockSteps: 0,
    upgrades: 0,
  }
  readonly #rhythm: Rhythm
  readonly #links: LinkFaults
  readonly devices: DeviceFaults

  constructor(world: Omit<FaultWorld, 'counts'>) {
    const counted = { ...world, counts: this.counts }
    this.#rhythm = new Rhythm(world.scheduler, world.random)
    this.#links = new LinkFaults(counted, this.#rhythm)
    this.devices = new DeviceFaults(counted, this.#rhythm)
  }

  begin(): void {
    this.#links.begin()
    this.devices.begin()
  }

  /** No fault begins after this; those under way are undone by the world. */
  end(): void {
    this.#rhythm.end()
  }
}
