/**
 * Sources that sent something wrong, by the blobs they gave something of: so that whoever looks at a transfer sees who it was.
 *
 * Only in memory: the refusal itself lasts minutes, and is kept by the engine and the network.
 */

import { blobKey } from '@hamlet/blobs'
import type { BlobId, BlobKey, SwarmFault, TransferStatus } from '@hamlet/blobs'

/** Remembered, the oldest first out. */
export const REFUSED_SOURCES_MAX = 256

export interface RefusedSource {
  readonly name: string
  readonly kind: 'peer' | 'web'
  /** Code of what it did. */
  readonly reason: string
  /** What came from it before, and was right. */
  readonly bytes: number
}

interface Refusal {
  readonly kind: RefusedSource['kind']
  readonly reason: string
  readonly bytes: ReadonlyMap<BlobKey, number>
}

export class RefusedSources {
  readonly #byName = new Map<string, Refusal>()

  /** `statuses`: of all transfers, while the source is still among theirs. */
  note(name: string, fault: SwarmFault, statuses: readonly TransferStatus[]): void {
    const given = statuses.flatMap(({ id, sources }) => {
      const source = sources.find((each) => each.name === name)
      return source === undefined ? [] : [{ key: blobKey(id), source }]
    })
    const bytes = new Map(given.map(({ key, source }) => [key, source.receivedBytes]))
    const kind = given[0]?.source.kind ?? 'peer'
    this.#byName.delete(name)
    this.#byName.set(name, { kind, reason: fault.code, bytes })
    if (this.#byName.size <= REFUSED_SOURCES_MAX) return
    const [oldest] = this.#byName.keys()
    this.#byName.delete(oldest!)
  }

  /** Those that were a source of one of these blobs. */
  of(blobs: readonly BlobId[]): readonly RefusedSource[] {
    const keys = blobs.map((id) => blobKey(id))
    return [...this.#byName].flatMap(([name, { kind, reason, bytes }]) => {
      const given = keys.flatMap((key) => bytes.get(key) ?? [])
      const sum = given.reduce((total, each) => total + each, 0)
      return given.length === 0 ? [] : [{ name, kind, reason, bytes: sum }]
    })
  }
}
