/**
 * Memory that chunks are read into on their way out, again and again: fresh memory for each would be collected every hundred chunks, which
 * cost more than encrypting them.
 *
 * Invariant: what was taken is used by nobody else until it is given back; if it never is, it is collected as any other.
 */

import { CHUNK_BYTES } from '../limits.ts'
import { SWARM_SPARE_CHUNKS_MAX } from './swarm-limits.ts'

export class ChunkMemory {
  readonly #spares: Uint8Array[] = []

  /** Memory for one chunk, alone in its buffer. */
  take(): Uint8Array {
    return this.#spares.pop() ?? new Uint8Array(CHUNK_BYTES)
  }

  giveBack(memory: Uint8Array): void {
    if (this.#spares.length < SWARM_SPARE_CHUNKS_MAX) this.#spares.push(memory)
  }
}
