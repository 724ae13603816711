/**
 * How many entries have been written under each epoch, as far as this device has applied them.
 *
 * A secret that has been used for long enough is replaced. The count need not be exact or equal anywhere: it decides only
 * when somebody makes the next epoch, never whether an entry counts.
 */

import { decodeFields, encodeCbor, idToBytes } from '@hamlet/core'
import type { EpochId } from '@hamlet/core'

/** Epochs whose count is kept; older ones are not written under any more. */
const EPOCHS_COUNTED_MAX = 64

export class EpochVolumes {
  readonly #entries = new Map<EpochId, number>()

  of(epoch: EpochId): number {
    return this.#entries.get(epoch) ?? 0
  }

  note(epoch: EpochId): void {
    const count = this.of(epoch) + 1
    // The one used last stands last.
    this.#entries.delete(epoch)
    this.#entries.set(epoch, count)
    if (this.#entries.size <= EPOCHS_COUNTED_MAX) return
    const [oldest] = this.#entries.keys()
    this.#entries.delete(oldest!)
  }

  clear(): void {
    this.#entries.clear()
  }

  /** CBOR: array of `[epoch 32 B, entries]`, least recently used first. */
  encode(): Uint8Array {
    return encodeCbor([...this.#entries].map(([epoch, count]) => [idToBytes(epoch), count]))
  }

  /** Takes back what `encode` gave; anything else counts as nothing. */
  restore(bytes: Uint8Array): void {
    const decoded = decodeFields(new Uint8Array([0x81, ...bytes]), 'epoch volumes', (fields) =>
      fields.list(EPOCHS_COUNTED_MAX, (items) =>
        items.tuple((pair) => [pair.id<EpochId>(), pair.uint()] as const),
      ),
    )
    if (!decoded.ok) return
    for (const [epoch, count] of decoded.value) this.#entries.set(epoch, count)
  }
}
