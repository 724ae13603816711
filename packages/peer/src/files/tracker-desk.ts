/**
 * The trackers of a peer: which are used for which share, what they are told, and who they say has what.
 *
 * The idea: a tracker is one more way to be found. A public share is told to the trackers that the person uses, or to those named when
 * it was shared; a sealed one only to those named; what came by a link to those of the link too. A tracker that is
 * gone costs nothing but its answers.
 *
 * Invariants:
 * 1. No tracker is asked or told of a share that it is not used for, and a share nobody named one for in a space is told to none.
 * 2. Whoever a tracker names has proven nothing, and leads no further inwards than the tracker itself is (`address-filter.ts`).
 */

import type { BlobId } from '@hamlet/blobs'
import { errorCode } from '@hamlet/core'
import type { Cancel } from '@hamlet/core'
import type { KnownTracker } from '@hamlet/http/api'
import { PeerError } from '../errors.ts'
import type { PeerIdentity } from '../peer-identity.ts'
import type { PeerPorts } from '../peer-ports.ts'
import { askNobody } from '../web-port.ts'
import type { KnownShare } from './known-share.ts'
import type { PeerAccounts } from './peer-accounts.ts'
import type { FoundHolder } from './share-sources.ts'
import type { SwarmHub } from './swarm-hub.ts'
import { KNOWN_TRACKERS_MAX, SHARE_TRACKERS_MAX } from './tracker-book.ts'
import type { TrackerBook } from './tracker-book.ts'
import { TrackerEntries } from './tracker-entries.ts'
import { TrackerLine } from './tracker-line.ts'
import { TrackerStanding } from './tracker-standing.ts'
import { toHolders } from './tracker-answer.ts'
import { decodeTrackerPeers, trackerOrigin } from './tracker-wire.ts'

/** From a change of what is here to telling it. */
export const TRACKER_SETTLE_MS = 2_000
/** Between two looks at what has to be told again, and who else has what is wanted. */
export const TRACKER_LOOK_MS = 60_000
/** Trackers spoken to at a time; those that links name beyond it are not. */
export const TRACKERS_SPOKEN_MAX = 64

export interface TrackerHost {
  readonly ports: PeerPorts
  readonly identity: PeerIdentity
  readonly hub: SwarmHub
  readonly accounts: Pick<PeerAccounts, 'receiptsIn' | 'rank'>
  readonly shares: () => Iterable<KnownShare>
  /** As the link says by which a share came. */
  readonly linkTrackers: (share: string) => readonly string[]
  /** A tracker is not used for what links name it for any more. Whether one did. */
  readonly dropLinkTracker: (isIt: (url: string) => boolean) => Promise<boolean>
  /** It is time to look again for whoever has what is wanted. */
  readonly lookAgain: () => void
}

export class TrackerDesk {
  readonly #host: TrackerHost
  readonly #book: TrackerBook
  readonly #entries: TrackerEntries
  readonly #standings = new Map<string, TrackerStanding>()
  readonly #stopped = new AbortController()
  #timer: Cancel | undefined
  #settling: Cancel | undefined
  #isStarted = false

  constructor(host: TrackerHost, book: TrackerBook) {
    this.#host = host
    this.#book = book
    this.#entries = new TrackerEntries(host.ports.crypto, host.hub)
  }

  start(): void {
    this.#isStarted = true
    this.#look()
  }

  /** All that are used, those first that the person added. */
  list(): readonly KnownTracker[] {
    const { trackers, shares } = this.#book.value
    const named = [...shares.values()].flatMap((urls) => [...urls])
    const all = new Set([...trackers, ...named, ...this.#standings.keys()])
    return [...all].map((origin) => this.#status(origin))
  }

  /** Asks it to let this device in; one that does not answer now is used all the same. */
  async add(url: string): Promise<KnownTracker> {
    const origin = toOrigin(url)
    const { trackers } = this.#book.value
    if (!trackers.has(origin) && trackers.size >= KNOWN_TRACKERS_MAX) {
      throw new PeerError('TRACKERS_FULL', `A device uses at most ${KNOWN_TRACKERS_MAX} trackers.`)
    }
    await this.#book.update((notes) => ({ trackers: new Set([...notes.trackers, origin]) }))
    const { line } = this.#standing(origin)
    line.wake()
    await line.check()
    this.changed()
    return this.#status(origin)
  }

  /** @throws PeerError `TRACKER_NOT_FOUND` */
  async remove(url: string): Promise<void> {
    const origin = toOrigin(url)
    const { trackers, shares } = this.#book.value
    const isLinked = await this.#host.dropLinkTracker(
      (each) => trackerOrigin(each, true) === origin,
    )
    const isNamed = trackers.has(origin) || [...shares.values()].some((urls) => urls.has(origin))
    if (!isNamed && !isLinked) {
      throw new PeerError('TRACKER_NOT_FOUND', 'This device does not use that tracker.')
    }
    await this.#book.update((notes) => ({
      trackers: without(notes.trackers, origin),
      shares: new Map([...notes.shares].map(([id, urls]) => [id, without(urls, origin)])),
    }))
    if (this.#isStarted) this.#tell()
  }

  /** What the person named for a share that they put together. @throws PeerError `TRACKER_URL_INVALID` */
  async name(share: string, urls: readonly string[]): Promise<void> {
    const origins = new Set(toOrigins(urls))
    await this.#book.update(({ shares }) => ({ shares: new Map([...shares, [share, origins]]) }))
  }

  async forget(share: string): Promise<void> {
    this.changed()
    if (!this.#book.value.shares.has(share)) return
    await this.#book.update(({ shares }) => ({
      shares: new Map([...shares].filter(([id]) => id !== share)),
    }))
  }

  /** Those that are used for a share. */
  of({ id, head }: KnownShare): readonly string[] {
    const { trackers, shares } = this.#book.value
    const usual = head.key === undefined ? trackers : new Set<string>()
    const linked = this.#host
      .linkTrackers(id)
      .flatMap((url) => trackerOrigin(url, trackers.has(url)) ?? [])
      .filter((origin) => this.#standings.has(origin) || this.#standings.size < TRACKERS_SPOKEN_MAX)
    return [...new Set([...(shares.get(id) ?? usual), ...linked])]
  }

  /** Who has it, as trackers say. Never rejects. */
  async *find(share: KnownShare, id: BlobId): AsyncGenerator<FoundHolder> {
    const topic = this.#entries.topicOf(id)
    const asked = this.of(share).map((origin) => this.#ask(origin, topic))
    for (const answer of asked) yield* await answer
  }

  /** Something is here that was not, or is shared no longer. */
  changed(): void {
    if (!this.#isStarted || this.#stopped.signal.aborted) return
    this.#settling ??= this.#host.ports.clock.after(TRACKER_SETTLE_MS, () => {
      this.#settling = undefined
      this.#tell()
    })
  }

  close(): void {
    this.#stopped.abort()
    this.#timer?.()
    this.#settling?.()
  }

  #look(): void {
    this.#timer = this.#host.ports.clock.after(TRACKER_LOOK_MS, () => this.#look())
    this.#tell()
    this.#host.lookAgain()
  }

  /** Brings every tracker up to date. */
  #tell(): void {
    const byOrigin = new Map<string, KnownShare[]>()
    for (const share of this.#host.shares()) {
      for (const origin of this.of(share)) {
        const shares = byOrigin.get(origin)
        if (shares === undefined) byOrigin.set(origin, [share])
        else shares.push(share)
      }
    }
    for (const origin of this.#book.value.trackers)
      if (!byOrigin.has(origin)) byOrigin.set(origin, [])
    for (const origin of byOrigin.keys()) this.#standing(origin)
    for (const [origin, standing] of this.#standings) {
      void this.#tellOne(standing, byOrigin.get(origin))
    }
  }

  /** Without shares it is a tracker that is used no longer: what it knows is taken back once, if it answers. */
  async #tellOne(
    standing: TrackerStanding,
    shares: readonly KnownShare[] | undefined,
  ): Promise<void> {
    const { clock, network, logger } = this.#host.ports
    const { origin } = standing.line
    if (shares === undefined) this.#standings.delete(origin)
    if (standing.line.isResting) return
    try {
      await standing.tell(this.#entries.of(shares ?? []), network.addresses(), clock.monotonic())
      const isInPublic = (shares ?? []).some(({ head }) => head.key === undefined)
      if (isInPublic) await standing.receipts.tell(this.#host.accounts.receiptsIn(undefined))
    } catch (error) {
      logger.debug('a tracker was not told', { tracker: origin, code: errorCode(error) })
    }
  }

  async #ask(origin: string, topic: string): Promise<readonly FoundHolder[]> {
    const { line } = this.#standing(origin)
    const self = this.#host.identity.current.device
    try {
      const peers = await line.ask(`/api/v2/lookup/${topic}`, undefined, decodeTrackerPeers)
      const { accounts } = this.#host
      return toHolders(peers ?? [], { origin, self, rankOf: (peer) => accounts.rank(peer) })
    } catch (error) {
      this.#host.ports.logger.debug('a tracker was not asked', { code: errorCode(error) })
      return []
    }
  }

  #status(origin: string): KnownTracker {
    const standing = this.#standings.get(origin)
    if (standing !== undefined) return standing.line.status(standing.count)
    return { url: origin, state: 'unknown', announced: 0 }
  }

  #standing(origin: string): TrackerStanding {
    const known = this.#standings.get(origin)
    if (known !== undefined) return known
    const { ports, identity } = this.#host
    const { clock, web = askNobody } = ports
    const signal = this.#stopped.signal
    const line = new TrackerLine({ clock, identity, web, signal }, origin)
    const standing = new TrackerStanding(line)
    this.#standings.set(origin, standing)
    return standing
  }
}

/** As the person wrote it. @throws PeerError `TRACKER_URL_INVALID` */
function toOrigin(url: string): string {
  const origin = trackerOrigin(url, true)
  if (origin !== undefined) return origin
  throw new PeerError(
    'TRACKER_URL_INVALID',
    'The web address of a tracker is https://host, without a path.',
  )
}

/** As the person wrote them, each once. @throws PeerError `TRACKER_URL_INVALID` */
export function toOrigins(urls: readonly string[]): readonly string[] {
  return [...new Set(urls.map(toOrigin))].slice(0, SHARE_TRACKERS_MAX)
}

function without(all: ReadonlySet<string>, one: string): ReadonlySet<string> {
  return new Set([...all].filter((each) => each !== one))
}
