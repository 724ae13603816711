/**
 * What a peer does when its files may be older than what it wrote: it doubts its own log in every space that others are
 * in, writes nothing there until one of them has confirmed it, and says so.
 *
 * Whether there is reason to doubt is told by the `Custody` of the files. It is written down first, so that a restart
 * before anybody was met does not make it forgotten. Why so: `docs/design/006-restored-files.md`.
 */

import { errorCode } from '@hamlet/core'
import type { Cancel, Logger } from '@hamlet/core'
import { decodeLink, isShared } from '@hamlet/space'
import type { Space, SpaceChange } from '@hamlet/space'
import type { Custody } from './custody.ts'
import type { PeerState, PeerStateFile } from './peer-state.ts'

export class Doubts {
  readonly #custody: Custody
  readonly #state: PeerStateFile
  readonly #logger: Logger

  private constructor(custody: Custody, state: PeerStateFile, logger: Logger) {
    this.#custody = custody
    this.#state = state
    this.#logger = logger
  }

  static async open(custody: Custody, state: PeerStateFile, logger: Logger): Promise<Doubts> {
    if (!custody.isUnbroken) {
      logger.warn('the data directory was copied or put back from a backup')
      await begin(custody, state).catch((error: unknown) => {
        // On a full disk, perhaps. This run knows, and the next one finds the seal as broken as it is.
        logger.warn('that was not noted', { code: errorCode(error) })
      })
    }
    return new Doubts(custody, state, logger)
  }

  /** A space of this peer, before anything is written into it. */
  opened(space: Space): void {
    const remembered = this.#custody.lengthOf(space.id)
    const isLost = remembered > ownLength(space)
    const isListed = this.#state.value.unconfirmed.includes(space.id)
    if (isLost || (isListed && isShared(space))) space.ownLogDoubt.raise(remembered)
    else if (isListed) this.#forget(space)
  }

  /** A space that others are about to give to this device, which may have been in it before. */
  begun(space: Space): void {
    if (!this.#state.value.wasRestored) return
    space.ownLogDoubt.raise()
    space.subscribe(({ kind }) => {
      if (kind === 'trusted') this.#forget(space)
    })
  }

  /** Remembers what this device writes, and when its log is trusted again. */
  watch(space: Space): Cancel {
    this.#noteLength(space)
    return space.subscribe((change) => {
      if (isOwnWriting(change) || change.kind === 'trusted') this.#noteLength(space)
      if (change.kind === 'trusted') this.#forget(space)
    })
  }

  /** Not of a log in doubt: what it lacks would be forgotten. */
  #noteLength(space: Space): void {
    if (!space.ownLogDoubt.isOpen) this.#custody.note(space.id, ownLength(space))
  }

  #forget({ id }: Space): void {
    if (!this.#state.value.unconfirmed.includes(id)) return
    this.#state
      .update(({ unconfirmed }) => ({ unconfirmed: unconfirmed.filter((each) => each !== id) }))
      .catch((error: unknown) => {
        // After the next start it is asked once more.
        this.#logger.warn('a confirmation was not noted', { space: id, code: errorCode(error) })
      })
  }
}

/** The files are said to be in order only when what is in doubt is on the disk. */
async function begin(custody: Custody, state: PeerStateFile): Promise<void> {
  await state.update((before) => ({ wasRestored: true, unconfirmed: spacesIn(before) }))
  await custody.renew()
}

/** What is here and what is on its way. */
function spacesIn({ spaces, joins, arrivals }: PeerState): PeerState['unconfirmed'] {
  const joining = joins.flatMap(({ link }) => {
    const decoded = decodeLink(link)
    return decoded.ok ? decoded.value.space : []
  })
  return [...new Set([...spaces, ...joining, ...arrivals.map(({ ticket }) => ticket.space)])]
}

function ownLength(space: Space): number {
  return space.lengths().get(space.identity.device) ?? 0
}

function isOwnWriting(change: SpaceChange): boolean {
  return change.kind === 'stored' && change.local
}
