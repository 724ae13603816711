/**
 * Finding each other through the DHT: announcing address lists and looking them up (`topics.ts`, `dht-record.ts`).
 *
 * The idea: an announcement goes to one slot of today's topic and one of tomorrow's, so that no midnight leaves a gap;
 * a lookup reads the slots of today and yesterday. A slot held by another device is left alone while others are free.
 *
 * Invariants: nothing here is waited for on anybody's path to anything else; whatever is found is a hint; every query
 * ends after `DHT_QUERY_MS_MAX`.
 */

import type { Cancel, Clock, Crypto, Logger, Random, Signer } from '@hamlet/core'
import { hexToBytes } from '@hamlet/core'
import type { KadDHT } from '@libp2p/kad-dht'
import { backoffMs } from '../backoff.ts'
import {
  decodeList,
  openAddresses,
  recordKey,
  sealAddresses,
  signAddresses,
  verifyRecord,
  type AddressList,
} from '../dht-record.ts'
import {
  ANNOUNCE_MS,
  ANNOUNCE_RETRY_FIRST_MS,
  ANNOUNCE_RETRY_MS_MAX,
  DHT_QUERY_MS_MAX,
  RECORD_MS_MAX,
  RENDEZVOUS_SLOTS,
  SLOT_SEARCH_MS_MAX,
} from '../limits.ts'
import {
  chooseSlot,
  preferredSlot,
  rendezvousTopic,
  sealingKey,
  slotSigner,
  utcDay,
} from '../topics.ts'
import type { Announcement } from '../types.ts'
import { findProviders, provideKey, unprovideKey } from './providers.ts'
import type { Provider } from './providers.ts'

/** Records are written with a little less than the longest lifetime, for clocks that differ. */
const LIFETIME_MS = RECORD_MS_MAX - 3_600_000

export interface RendezvousOptions {
  readonly dht: KadDHT
  readonly self: string
  readonly deviceSigner: Signer
  readonly crypto: Crypto
  readonly random: Random
  readonly clock: Clock
  readonly logger: Logger
  /** Addresses to publish, the best first, without /p2p/. */
  readonly addresses: () => readonly string[]
}

interface Slot {
  readonly key: Uint8Array
  readonly signer: Signer
}

export class Rendezvous {
  readonly #options: RendezvousOptions
  readonly #stop = new AbortController()
  readonly #hurries = new Set<() => void>()

  constructor(options: RendezvousOptions) {
    this.#options = options
  }

  announce(secret: Uint8Array): Announcement {
    return this.#repeat(async () => {
      const today = utcDay(this.#options.clock.wall())
      const [stored] = await Promise.all([
        this.#announceDay(secret, today),
        this.#announceDay(secret, today + 1),
      ])
      return stored
    })
  }

  /** Publishes this device's addresses under its own public key. */
  announceSelf(): Announcement {
    return this.#repeat(async () => {
      const { deviceSigner, addresses } = this.#options
      if (addresses().length === 0) return 0
      const nowMs = this.#options.clock.wall()
      const record = signAddresses(deviceSigner, nowMs, nowMs + LIFETIME_MS, addresses())
      return await this.#put(recordKey('peer', deviceSigner.publicKey), record)
    })
  }

  /** Says that this device holds what the key stands for. */
  provide(key: Uint8Array): Announcement {
    const { dht, crypto } = this.#options
    const announced = this.#repeat(() => provideKey(dht, crypto, key, this.#deadline()))
    return {
      published: announced.published,
      stop: () => {
        announced.stop()
        unprovideKey(dht, crypto, key).catch(() => undefined)
      },
    }
  }

  /** Who says that it holds what the key stands for. */
  async *providers(key: Uint8Array, signal?: AbortSignal): AsyncGenerator<Provider> {
    const { dht, crypto, self } = this.#options
    try {
      for await (const provider of findProviders(dht, crypto, key, this.#deadline(signal))) {
        if (provider.device !== self) yield provider
      }
    } catch (error) {
      this.#options.logger.debug('DHT read failed', { error: String(error) })
    }
  }

  async *lookup(secret: Uint8Array, signal?: AbortSignal): AsyncGenerator<AddressList> {
    const { clock, crypto, self } = this.#options
    const today = utcDay(clock.wall())
    const seen = new Set([self])
    const reads = [today, today - 1].flatMap((day) => {
      const topic = rendezvousTopic(crypto, secret, Math.max(0, day))
      const key = sealingKey(crypto, topic)
      return this.#slots(topic).map((slot) => this.#readSlot(slot, key, signal))
    })
    for await (const list of inOrderOfArrival(reads)) {
      if (list === undefined || seen.has(list.device)) continue
      seen.add(list.device)
      yield list
    }
  }

  /** The addresses a device published under its own key. */
  async lookupPeer(device: string, signal?: AbortSignal): Promise<AddressList | undefined> {
    const key = recordKey('peer', hexToBytes(device))
    const value = await this.#get(key, signal)
    if (value === undefined) return undefined
    const record = verifyRecord(this.#options.crypto, key, value, this.#options.clock.wall())
    const list = record.ok ? decodeList(record.value.payload) : record
    return list.ok && list.value.device === device ? list.value : undefined
  }

  /** The addresses are others than before: what is announced is announced anew. */
  refresh(): void {
    for (const hurry of this.#hurries) hurry()
  }

  close(): void {
    this.#stop.abort()
  }

  #repeat(publish: () => Promise<number>): Announcement {
    const first = Promise.withResolvers<number>()
    let stopped = false
    let timer: Cancel | undefined
    let failures = 0
    let isRunning = false
    let isStale = false
    const run = async (): Promise<void> => {
      isRunning = true
      isStale = false
      const stored = await publish().catch(() => 0)
      isRunning = false
      if (stopped) return
      if (stored > 0) first.resolve(stored)
      failures = stored > 0 ? 0 : failures + 1
      const pauseMs = isStale ? 0 : this.#pauseMs(failures)
      timer = this.#options.clock.after(pauseMs, () => void run())
    }
    const hurry = (): void => {
      isStale = true
      failures = 0
      if (isRunning) return
      timer?.()
      void run()
    }
    this.#hurries.add(hurry)
    const stop = (): void => {
      stopped = true
      this.#hurries.delete(hurry)
      timer?.()
      first.resolve(0)
      this.#stop.signal.removeEventListener('abort', stop)
    }
    this.#stop.signal.addEventListener('abort', stop)
    void run()
    return { published: first.promise, stop }
  }

  #pauseMs(failures: number): number {
    if (failures === 0) return ANNOUNCE_MS
    const { random } = this.#options
    return backoffMs(random, failures - 1, ANNOUNCE_RETRY_FIRST_MS, ANNOUNCE_RETRY_MS_MAX)
  }

  async #announceDay(secret: Uint8Array, day: number): Promise<number> {
    const { crypto, random, clock, self, addresses } = this.#options
    const topic = rendezvousTopic(crypto, secret, day)
    const key = sealingKey(crypto, topic)
    const slots = this.#slots(topic)
    const soon = AbortSignal.timeout(SLOT_SEARCH_MS_MAX)
    const lists = await Promise.all(slots.map((slot) => this.#readSlot(slot, key, soon)))
    const holders = lists.map((list) => list?.device)
    const preferred = preferredSlot(crypto, topic, hexToBytes(self))
    const slot = slots[chooseSlot(holders, self, preferred)]!
    const sequence = clock.wall()
    const expiryMs = sequence + LIFETIME_MS
    const options = { crypto, random, signer: slot.signer, sealingKey: key, sequence, expiryMs }
    const record = sealAddresses(options, { device: self, addresses: addresses() })
    return this.#put(slot.key, record)
  }

  #slots(topic: Uint8Array): readonly Slot[] {
    return Array.from({ length: RENDEZVOUS_SLOTS }, (_, index) => {
      const signer = slotSigner(this.#options.crypto, topic, index)
      return { signer, key: recordKey('rendezvous', signer.publicKey) }
    })
  }

  async #readSlot(
    slot: Slot,
    key: Uint8Array,
    signal?: AbortSignal,
  ): Promise<AddressList | undefined> {
    const value = await this.#get(slot.key, signal)
    if (value === undefined) return undefined
    const { crypto, clock } = this.#options
    const record = verifyRecord(crypto, slot.key, value, clock.wall())
    const list = record.ok ? openAddresses(crypto, slot.key, record.value, key) : record
    return list.ok ? list.value : undefined
  }

  async #get(key: Uint8Array, signal?: AbortSignal): Promise<Uint8Array | undefined> {
    try {
      for await (const event of this.#options.dht.get(key, { signal: this.#deadline(signal) })) {
        if (event.name === 'VALUE') return event.value
      }
    } catch (error) {
      this.#options.logger.debug('DHT read failed', { error: String(error) })
    }
    return undefined
  }

  /** How many nodes took the record. */
  async #put(key: Uint8Array, value: Uint8Array): Promise<number> {
    let stored = 0
    try {
      for await (const event of this.#options.dht.put(key, value, { signal: this.#deadline() })) {
        if (event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE') stored++
      }
    } catch (error) {
      this.#options.logger.debug('DHT write failed', { error: String(error) })
    }
    return stored
  }

  #deadline(signal?: AbortSignal): AbortSignal {
    const signals = [this.#stop.signal, AbortSignal.timeout(DHT_QUERY_MS_MAX)]
    return AbortSignal.any(signal === undefined ? signals : [...signals, signal])
  }
}

/** The results of promises that never reject, as they come. */
async function* inOrderOfArrival<T>(promises: readonly Promise<T>[]): AsyncGenerator<T> {
  const pending = new Map(
    promises.map((promise, index) => [index, promise.then((value) => ({ index, value }))]),
  )
  while (pending.size > 0) {
    const { index, value } = await Promise.race(pending.values())
    pending.delete(index)
    yield value
  }
}
