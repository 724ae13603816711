/**
 * What a device tells a tracker of its shares: for each blob that something is here of its topic, sizes and runs of chunks; of public
 * shares the name, the link and the paths too.
 */

import { blobKey, swarmTopic } from '@hamlet/blobs'
import type { BlobId, BlobKey } from '@hamlet/blobs'
import { bytesToBase64, bytesToHex } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import type { KnownShare } from './known-share.ts'
import { linkOf } from './share-registry.ts'
import type { SwarmHub } from './swarm-hub.ts'
import { encodeChunkRuns } from './tracker-wire.ts'

/** Blobs that are told to one tracker; the lists of files come first. */
export const TRACKER_TOPICS_MAX = 20_000

const NAME_LENGTH_MAX = 200
const TEXT_LENGTH_MAX = 1000
const LINK_LENGTH_MAX = 2048
const PATHS_MAX = 100
const UNSHOWN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu

/** As it goes over the wire, without addresses. */
export interface TrackerEntry {
  readonly topic: string
  readonly name?: string
  readonly text?: string
  readonly link?: string
  readonly sizeBytes: number
  readonly heldBytes: number
  readonly chunks?: string
}

export class TrackerEntries {
  readonly #crypto: Crypto
  readonly #hub: SwarmHub
  /** Each costs a hash. */
  readonly #topics = new Map<BlobKey, string>()

  constructor(crypto: Crypto, hub: SwarmHub) {
    this.#crypto = crypto
    this.#hub = hub
  }

  topicOf(id: BlobId): string {
    const key = blobKey(id)
    const known = this.#topics.get(key)
    if (known !== undefined) return known
    const topic = bytesToHex(swarmTopic(this.#crypto, id))
    if (this.#topics.size >= TRACKER_TOPICS_MAX) this.#topics.clear()
    this.#topics.set(key, topic)
    return topic
  }

  /** By topic. */
  of(shares: readonly KnownShare[]): ReadonlyMap<string, TrackerEntry> {
    const entries = new Map<string, TrackerEntry>()
    const add = (id: BlobId, more: () => Partial<TrackerEntry>): void => {
      const entry = entries.size < TRACKER_TOPICS_MAX ? this.#entry(id) : undefined
      if (entry === undefined || entries.has(entry.topic)) return
      entries.set(entry.topic, { ...entry, ...more() })
    }
    for (const share of shares) add(share.manifestId, () => headWords(share))
    for (const share of shares) {
      const names = blobNames(share)
      for (const id of share.blobs()) {
        const name = names.get(blobKey(id))
        add(id, () => (name === undefined ? {} : { name }))
      }
    }
    return entries
  }

  #entry(id: BlobId): TrackerEntry | undefined {
    const heldBytes = this.#hub.heldBytes(id)
    if (heldBytes === 0) return undefined
    const { sizeBytes } = id
    const held = heldBytes < sizeBytes ? this.#hub.heldChunks(id) : undefined
    const runs = held === undefined ? undefined : encodeChunkRuns(held.runs())
    const chunks = runs === undefined ? {} : { chunks: bytesToBase64(runs) }
    return { topic: this.topicOf(id), sizeBytes, heldBytes, ...chunks }
  }
}

/** What everybody may read. */
function headWords(share: KnownShare): Partial<TrackerEntry> {
  const { head, manifest } = share
  const name = shown(head.name, NAME_LENGTH_MAX)
  if (head.key !== undefined || name === '') return {}
  const paths = manifest?.files.slice(0, PATHS_MAX).map(({ path }) => shown(path, TEXT_LENGTH_MAX))
  const text = (paths ?? []).join('\n').slice(0, TEXT_LENGTH_MAX).toWellFormed()
  const link = linkOf(head, { space: undefined, devices: [], addresses: [] })
  return {
    name,
    ...(text === '' ? {} : { text }),
    ...(link.length > LINK_LENGTH_MAX ? {} : { link }),
  }
}

/** Blobs of a public share by the file that begins in them. */
function blobNames({ head, manifest }: KnownShare): ReadonlyMap<BlobKey, string> {
  const names = new Map<BlobKey, string>()
  if (head.key !== undefined || manifest === undefined) return names
  for (const { path, blob, offset } of manifest.files) {
    const found = blob === undefined || offset > 0 ? undefined : manifest.blobs[blob]
    const name = shown(path, NAME_LENGTH_MAX)
    if (found === undefined || found.key !== undefined || name === '') continue
    names.set(blobKey({ root: found.root, sizeBytes: found.plainBytes }), name)
  }
  return names
}

/** One line that can be shown. */
function shown(text: string, lengthMax: number): string {
  return text.replaceAll(UNSHOWN, ' ').trim().slice(0, lengthMax).toWellFormed()
}
