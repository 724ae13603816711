/**
 * A space as the view runner sees it: the content that counts, in causal order, and word when that set changes.
 *
 * What does not count within a vector is a function of five things: the operations that have fallen, the cuts that the
 * vector goes beyond, the epochs this device cannot open, what of forked devices was witnessed, and rules that never change.
 * The digest is over the first four, so equal digests mean equal sets.
 */

import { bytesToHex, idToBytes, utf8 } from '@hamlet/core'
import type { Cancel, DeviceId } from '@hamlet/core'
import { compareHybridTimes } from '@hamlet/crdt'
import type { Space } from './space.ts'
import type { ContentEntry, Entry, SpaceChange, VersionVector } from './types.ts'
import type { ViewSource, ViewSourceChange } from './view/source.ts'

const BATCH_ENTRIES = 500
const CUTS_DOMAIN = utf8('cuts\0')
const LOCKED_DOMAIN = utf8('locked\0')
const FORKS_DOMAIN = utf8('forks\0')

export class SpaceViewSource implements ViewSource {
  readonly #space: Space

  constructor(space: Space) {
    this.#space = space
  }

  lengths(): VersionVector {
    return this.#space.appliedLengths()
  }

  hidden(within: VersionVector): string {
    const voided = this.#space.voidedOperations()
    const cuts = this.#space.cutsWithin(within)
    const locked = this.#space.lockedEpochs(within)
    const forks = this.#space.forksWithin(within)
    if (voided.length + cuts.length + locked.length + forks.length === 0) return ''
    // Kept apart: an operation that cut and then fell would otherwise leave the digest as it was.
    const fallen = [...voided.map(idToBytes), CUTS_DOMAIN, ...cuts.map(idToBytes)]
    const parts = [...fallen, LOCKED_DOMAIN, ...locked.map(idToBytes), FORKS_DOMAIN, utf8(forks)]
    return bytesToHex(this.#space.digest(parts))
  }

  async *entries(
    after: VersionVector,
    upTo: VersionVector,
  ): AsyncIterable<readonly ContentEntry[]> {
    let batch: ContentEntry[] = []
    for (const entry of mergeByTime(this.#space, after, upTo)) {
      const opened = this.#space.openContent(entry)
      if (opened.kind === 'content') batch.push(opened.content)
      if (batch.length < BATCH_ENTRIES) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  }

  subscribe(listener: (change: ViewSourceChange) => void): Cancel {
    return this.#space.subscribe((change) => {
      const kind = toSourceChange(change)
      if (kind !== undefined) listener(kind)
    })
  }
}

function toSourceChange(change: SpaceChange): ViewSourceChange | undefined {
  if (change.kind === 'entries') return 'grown'
  const isRewritten = ['voided', 'unlocked', 'forgotten'].includes(change.kind)
  return isRewritten ? 'rewritten' : undefined
}

/**
 * The logs' entries between two vectors, merged by time. Times increase along causality, so this order extends it.
 * The heap of log heads is a sorted array: a space has few devices.
 */
function* mergeByTime(space: Space, after: VersionVector, upTo: VersionVector): Generator<Entry> {
  const heads: { readonly entry: Entry; readonly rest: Iterator<Entry> }[] = []
  const offer = (rest: Iterator<Entry>): void => {
    const next = rest.next()
    if (next.done === true) return
    const entry = next.value
    let at = heads.length
    while (at > 0 && isLater(entry, heads[at - 1]!.entry)) at--
    heads.splice(at, 0, { entry, rest })
  }
  for (const device of [...upTo.keys()].sort()) offer(logOf(space, device, after, upTo))
  for (let head = heads.pop(); head !== undefined; head = heads.pop()) {
    yield head.entry
    offer(head.rest)
  }
}

function logOf(
  space: Space,
  device: DeviceId,
  after: VersionVector,
  upTo: VersionVector,
): Iterator<Entry> {
  return space.entries(device, after.get(device) ?? 0, upTo.get(device) ?? 0)
}

function isLater(a: Entry, b: Entry): boolean {
  const order = compareHybridTimes(a.time, b.time)
  return order > 0 || (order === 0 && a.id > b.id)
}
