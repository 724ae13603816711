/**
 * Finding devices that may have a share which is not of a space, or is public: those that a link names, those that say in the DHT
 * that they hold it, and those that trackers name. What is found is proven by nothing; the swarm finds out.
 */

import { swarmTopic } from '@hamlet/blobs'
import type { BlobId } from '@hamlet/blobs'
import { errorCode } from '@hamlet/core'
import type { Announcement } from '@hamlet/network'
import type { PeerPorts } from '../peer-ports.ts'

/** Devices of one share that are remembered. */
export const SOURCES_FOUND_MAX = 256
/** One look into the DHT. */
const LOOK_MS_MAX = 30_000

export interface FoundHolder {
  readonly device: string
  /** Those that may be dialed. */
  readonly addresses: readonly string[]
}

type Finder = (share: string, id: BlobId) => AsyncIterable<FoundHolder> | Iterable<FoundHolder>

export class ShareSources {
  readonly #ports: PeerPorts
  readonly #find: Finder
  readonly #found = new Map<string, Set<string>>()
  readonly #announced = new Map<string, Announcement>()
  readonly #stopped = new AbortController()

  /** `find`: beside the DHT; never rejects. */
  constructor(ports: PeerPorts, find: Finder = () => []) {
    this.#ports = ports
    this.#find = find
  }

  /** What was found so far. */
  of(share: string): Iterable<string> {
    return this.#found.get(share) ?? []
  }

  /** Devices and addresses as a link names them. */
  name(share: string, devices: Iterable<string>, addresses: readonly string[] = []): void {
    for (const device of devices) this.#add(share, device)
    for (const known of byDevice(addresses)) this.#dial(known)
  }

  /** Looks wherever it may be named; `found` is called for each device that is new. Never rejects. */
  async look(share: string, id: BlobId, found: () => void): Promise<void> {
    for (const device of this.of(share)) this.#dial(device)
    await Promise.all([this.#lookInDht(share, id, found), this.ask(share, id, found)])
  }

  /** Only those who may know beside the DHT. */
  async ask(share: string, id: BlobId, found: () => void): Promise<void> {
    for await (const { device, addresses } of this.#find(share, id)) {
      if (this.#stopped.signal.aborted) return
      const isNew = this.#add(share, device)
      if (addresses.length > 0) this.name(share, [], addresses)
      else this.#dial(device)
      if (isNew) found()
    }
  }

  async #lookInDht(share: string, id: BlobId, found: () => void): Promise<void> {
    const { network, crypto, clock, logger } = this.#ports
    const timeout = new AbortController()
    const cancel = clock.after(LOOK_MS_MAX, () => timeout.abort())
    const signal = AbortSignal.any([timeout.signal, this.#stopped.signal])
    try {
      for await (const device of network.providers(swarmTopic(crypto, id), { signal })) {
        if (!this.#add(share, device)) continue
        this.#dial(device)
        found()
      }
    } catch (error) {
      logger.debug('a search for holders ended early', { code: errorCode(error) })
    } finally {
      cancel()
    }
  }

  /** Says in the DHT that this device has it. */
  announce(share: string, id: BlobId): void {
    if (this.#announced.has(share)) return
    const { network, crypto } = this.#ports
    this.#announced.set(share, network.provide(swarmTopic(crypto, id)))
  }

  forget(share: string): void {
    this.#found.delete(share)
    this.#announced.get(share)?.stop()
    this.#announced.delete(share)
  }

  close(): void {
    this.#stopped.abort()
    for (const announcement of this.#announced.values()) announcement.stop()
    this.#announced.clear()
  }

  #add(share: string, device: string): boolean {
    const known = this.#found.get(share) ?? new Set()
    this.#found.set(share, known)
    if (known.has(device) || known.size >= SOURCES_FOUND_MAX) return false
    known.add(device)
    return true
  }

  #dial(target: string | readonly string[]): void {
    const { network, logger } = this.#ports
    network.dial(target, { signal: this.#stopped.signal }).catch((error: unknown) => {
      logger.debug('a holder was not reached', { code: errorCode(error) })
    })
  }
}

/** Addresses end with the name of whom they lead to: those of one device together. */
function byDevice(addresses: readonly string[]): Iterable<readonly string[]> {
  const groups = new Map<string, string[]>()
  for (const address of addresses) {
    const device = /\/p2p\/([^/]+)$/.exec(address)?.[1]
    if (device === undefined) continue
    const group = groups.get(device)
    if (group === undefined) groups.set(device, [address])
    else group.push(address)
  }
  return groups.values()
}
