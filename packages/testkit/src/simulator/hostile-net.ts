/**
 * The network of a hostile device: what it sends may be damaged, repeated, made up, held back, far too much or a lie.
 *
 * Behind it runs the real sync engine with real keys, so the attacks arrive where honest messages do: on connections
 * that were greeted properly, about spaces both sides know, with handles that are valid. What it does is drawn from
 * the seed.
 */

import { bytesToHex } from '@hamlet/core'
import type { Cancel, DeviceId, NetHandler } from '@hamlet/core'
import { decodeLogRange } from '@hamlet/log'
import { decodeSyncMessage, encodeSyncMessage, SYNC_PROTOCOL } from '@hamlet/space'
import type { SyncMessage, VectorItem } from '@hamlet/space'
import type { SeededRandom } from './seeded-random.ts'
import type { NodeNet, SimNet } from './sim-net.ts'
import type { HostileOptions, MessageAttack } from './hostile-options.ts'
import { isMessageAttack } from './hostile-options.ts'

const SENT_KEPT_MAX = 200
/** Of a log whose beginning is held back. */
const WITHHELD_LENGTH = 3
/** Messages of one flood. */
const FLOOD_MESSAGES = 50
const FLOOD_ITEMS = 4_000
/** A flood of any kind comes so often at most. */
const FLOODS_MAX = 5

export interface Forgery {
  readonly device: DeviceId
  readonly range: Uint8Array
}

export class HostileNet implements NodeNet {
  readonly #net: SimNet
  readonly #random: SeededRandom
  readonly #attacks: readonly MessageAttack[]
  readonly #rate: number
  readonly #onAttack: (attack: MessageAttack) => void
  readonly #sent: Uint8Array[] = []
  /** Join requests of others. */
  readonly #overheard: Uint8Array[] = []
  /** By peer: the handles of what was sent, each of a space on that connection. */
  readonly #handles = new Map<string, Map<string, Uint8Array>>()
  #floods = 0
  /** Ranges of logs that no member wrote, with the device they are said to be of. */
  forgeries: readonly Forgery[] = []

  constructor(
    net: SimNet,
    random: SeededRandom,
    options: HostileOptions,
    onAttack: (attack: MessageAttack) => void,
  ) {
    this.#net = net
    this.#random = random
    this.#attacks = options.attacks.filter(isMessageAttack)
    this.#rate = options.rate
    this.#onAttack = onAttack
    net.subscribe({
      peerUp: () => undefined,
      peerDown: () => undefined,
      drain: () => undefined,
      message: (_peer, _protocol, bytes) => this.#overhear(bytes),
    })
  }

  get self(): string {
    return this.#net.self
  }

  get banned(): readonly string[] {
    return this.#net.banned
  }

  peers(): readonly string[] {
    return this.#net.peers()
  }

  subscribe(handler: NetHandler): Cancel {
    return this.#net.subscribe(handler)
  }

  disconnect(peer: string, reason: string, banMs?: number): void {
    this.#net.disconnect(peer, reason, banMs)
  }

  send(peer: string, protocol: string, bytes: Uint8Array): boolean {
    if (this.#sent.length < SENT_KEPT_MAX) this.#sent.push(bytes)
    this.#noteHandle(peer, bytes)
    if (this.#attacks.length === 0 || !this.#random.chance(this.#rate)) {
      return this.#net.send(peer, protocol, bytes)
    }
    const attack = this.#random.pick(this.#attacks)
    const hostile = this.#make(attack, bytes)
    if (hostile === undefined) return this.#net.send(peer, protocol, bytes)
    this.#onAttack(attack)
    const isInstead = ['damage', 'lie', 'flap', 'withhold'].includes(attack)
    if (!isInstead) this.#net.send(peer, protocol, bytes)
    return hostile.reduce((hasRoom, each) => this.#net.send(peer, protocol, each) && hasRoom, true)
  }

  /** Sends a range to everybody, in every space they share. */
  spread(device: DeviceId, range: Uint8Array): void {
    for (const [peer, handles] of this.#handles) {
      for (const handle of handles.values()) {
        const bytes = encodeSyncMessage({ handle, kind: 'range', device, range })
        this.#net.send(peer, SYNC_PROTOCOL, bytes)
      }
    }
  }

  #noteHandle(peer: string, bytes: Uint8Array): void {
    const handle = handleOf(bytes)
    if (handle === undefined) return
    const known = this.#handles.get(peer) ?? new Map<string, Uint8Array>()
    this.#handles.set(peer, known.set(bytesToHex(handle), handle))
  }

  /** What is sent; `undefined`: this message gives no occasion. */
  #make(attack: MessageAttack, bytes: Uint8Array): readonly Uint8Array[] | undefined {
    const random = this.#random
    switch (attack) {
      case 'garbage':
        return [random.bytes(random.pick([0, 1, 8, 300, 5_000]))]
      case 'damage':
        return [damaged(bytes, random)]
      case 'replay':
        return [random.pick(this.#sent)]
      case 'lie':
        return lying(bytes, (length) =>
          random.pick([0, length, length + 1, length + 1_000, 2 ** 40]),
        )
      case 'flap':
        return lying(bytes, (length) => (random.chance(0.5) ? 0 : length + 1_000))
      case 'withhold':
        return isBeginning(bytes) ? [] : undefined
      case 'forge':
        return this.#forged(bytes)
      case 'flood':
        return this.#flood(bytes)
      case 'borrow':
        return this.#borrowed(bytes)
    }
  }

  /** A log of a stranger, under the handle of a space that the receiver knows. */
  #forged(bytes: Uint8Array): readonly Uint8Array[] | undefined {
    const handle = handleOf(bytes)
    if (handle === undefined || this.forgeries.length === 0) return undefined
    const { device, range } = this.#random.pick(this.forgeries)
    return this.#random.chance(0.3)
      ? [encodeSyncMessage({ handle, kind: 'have', items: [{ device, length: 1_000 }] })]
      : [encodeSyncMessage({ handle, kind: 'range', device, range })]
  }

  /** Vectors of thousands of devices, or many requests for a few bytes each. */
  #flood(bytes: Uint8Array): readonly Uint8Array[] | undefined {
    const handle = handleOf(bytes)
    if (handle === undefined || this.#floods >= FLOODS_MAX) return undefined
    this.#floods++
    const random = this.#random
    if (random.chance(0.5)) {
      const items = Array.from({ length: FLOOD_ITEMS }, (_, i) => ({
        device: i.toString(16).padStart(64, '0') as DeviceId,
        length: random.int(1, 1_000),
      }))
      return [encodeSyncMessage({ handle, kind: 'vector', items })]
    }
    const device = this.#net.self as DeviceId
    return Array.from({ length: FLOOD_MESSAGES }, (_, from) =>
      encodeSyncMessage({ handle, kind: 'want', device, from: from % 4, bytesMax: 1 }),
    )
  }

  /** Somebody else's join request, handed in as one's own. */
  #borrowed(bytes: Uint8Array): readonly Uint8Array[] | undefined {
    const handle = handleOf(bytes)
    if (handle === undefined || this.#overheard.length === 0) return undefined
    const request = this.#random.pick(this.#overheard)
    return [encodeSyncMessage({ handle, kind: 'join', request })]
  }

  #overhear(bytes: Uint8Array): void {
    const message = messageOf(bytes)
    if (message?.kind === 'join') this.#overheard.push(message.request)
  }
}

function messageOf(bytes: Uint8Array): SyncMessage | undefined {
  const decoded = decodeSyncMessage(bytes)
  return decoded.ok ? decoded.value : undefined
}

function handleOf(bytes: Uint8Array): Uint8Array | undefined {
  const message = messageOf(bytes)
  return message !== undefined && 'handle' in message ? message.handle : undefined
}

function isBeginning(bytes: Uint8Array): boolean {
  const message = messageOf(bytes)
  if (message?.kind !== 'range') return false
  const range = decodeLogRange(message.range)
  return range.ok && range.value.from < WITHHELD_LENGTH
}

function damaged(bytes: Uint8Array, random: SeededRandom): Uint8Array {
  if (random.chance(0.2)) return bytes.slice(0, random.int(0, bytes.length))
  const copy = bytes.slice()
  for (let flips = random.int(1, 3); flips > 0; flips--) {
    copy[random.int(0, copy.length - 1)]! ^= 1 << random.int(0, 7)
  }
  return copy
}

/** Lengths that are not true. */
function lying(bytes: Uint8Array, lieAbout: (length: number) => number): Uint8Array[] | undefined {
  const message = messageOf(bytes)
  if (message?.kind === 'frontier') {
    const hash = message.hash.map((byte) => byte ^ lieAbout(1))
    return [encodeSyncMessage({ ...message, hash })]
  }
  if (message?.kind !== 'vector' && message?.kind !== 'have') return undefined
  const items: VectorItem[] = message.items.map(({ device, length }) => ({
    device,
    length: lieAbout(length),
  }))
  const invented = bytesToHex(new Uint8Array(32).fill(lieAbout(7))) as DeviceId
  if (items.length === 0) items.push({ device: invented, length: lieAbout(3) })
  return [encodeSyncMessage({ ...message, items })]
}
