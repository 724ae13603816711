/** What this device holds of the shares of each space, told to its members (`holdings-teller.ts`). */

import type { SpaceId } from '@hamlet/core'
import { draftHoldings } from '@hamlet/files'
import type { PeerIdentity } from '../peer-identity.ts'
import type { PeerPorts } from '../peer-ports.ts'
import type { OpenSpace } from '../space-registry.ts'
import type { FilesBook } from './files-book.ts'
import { HoldingsTeller } from './holdings-teller.ts'
import type { HoldingNews } from './holdings-teller.ts'
import type { ShareRegistry } from './share-registry.ts'

const SILENT_ROLES: ReadonlySet<string | undefined> = new Set([undefined, 'relay'])

export class SpaceHoldings {
  readonly #parts: {
    readonly ports: PeerPorts
    readonly identity: PeerIdentity
    readonly shares: ShareRegistry
    readonly book: FilesBook
  }
  readonly #tellers = new Map<SpaceId, HoldingsTeller>()

  constructor(parts: {
    readonly ports: PeerPorts
    readonly identity: PeerIdentity
    readonly shares: ShareRegistry
    readonly book: FilesBook
  }) {
    this.#parts = parts
  }

  /** Something of the space's shares came or went here, or a member joined. */
  changed(open: OpenSpace): void {
    const { id } = open.runtime.space
    if (this.#parts.shares.ofSpace(id).length === 0) return
    const known = this.#tellers.get(id) ?? this.#teller(open)
    this.#tellers.set(id, known)
    known.changed()
  }

  async closeSpace(id: SpaceId): Promise<void> {
    await this.#tellers.get(id)?.close()
    this.#tellers.delete(id)
  }

  async close(): Promise<void> {
    for (const teller of this.#tellers.values()) await teller.close()
    this.#tellers.clear()
  }

  #teller(open: OpenSpace): HoldingsTeller {
    const { clock, logger } = this.#parts.ports
    return new HoldingsTeller({
      ...{ clock, logger },
      news: async () => this.#news(open),
      tell: async (holdings) => void (await open.runtime.write(...draftHoldings(holdings))),
    })
  }

  #news(open: OpenSpace): readonly HoldingNews[] {
    const { space } = open.runtime
    if (SILENT_ROLES.has(space.ownRole)) return []
    const { shares, book, identity } = this.#parts
    const { device } = identity.current
    return shares.ofSpace(space.id).map((share) => {
      const told = shares.item(share.id)?.holdings.find((each) => each.device === device)
      const isPinned = book.value.pinned.has(share.id)
      return {
        now: { share: share.id as never, heldBytes: share.heldBytes(), isPinned },
        told: told ?? { heldBytes: 0, isPinned: false },
        totalBytes: share.head.totalBytes,
      }
    })
  }
}
