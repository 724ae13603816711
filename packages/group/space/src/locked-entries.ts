/**
 * Which applied entries this device could not open when they were applied, or will not be able to one day: per epoch, the
 * first one of each device.
 *
 * Views need to know whether anything below their checkpoint has become readable since. One place per epoch and
 * device answers that, and the list stays as short as the list of epochs.
 */

import type { DeviceId, EpochId } from '@hamlet/core'
import type { VersionVector } from './types.ts'

export interface LockedRecord {
  readonly epoch: EpochId
  readonly device: DeviceId
  /** The first entry of the device under the epoch. */
  readonly seq: number
}

export class LockedEntries {
  readonly #records: LockedRecord[] = []
  readonly #seen = new Set<string>()
  readonly #epochs = new Set<EpochId>()

  get records(): readonly LockedRecord[] {
    return this.#records
  }

  note(epoch: EpochId, device: DeviceId, seq: number): void {
    const key = epoch + device
    if (this.#seen.has(key)) return
    this.#seen.add(key)
    this.#epochs.add(epoch)
    this.#records.push({ epoch, device, seq })
  }

  /** Whether an entry under the epoch was noted. */
  has(epoch: EpochId): boolean {
    return this.#epochs.has(epoch)
  }

  /** Epochs still locked that have entries within a vector, ascending. */
  epochsWithin(vector: VersionVector, isKnown: (epoch: EpochId) => boolean): EpochId[] {
    const epochs = new Set<EpochId>()
    for (const { epoch, device, seq } of this.#records) {
      if (!isKnown(epoch) && seq < (vector.get(device) ?? 0)) epochs.add(epoch)
    }
    return [...epochs].sort()
  }
}
