/**
 * The network of a hostile device: everything it sends may be damaged, repeated, made up or a lie.
 *
 * Behind it runs the real sync engine with real keys, so the attacks arrive where honest messages do: on connections
 * that were greeted properly, about spaces both sides know, with handles that are valid. What it does is drawn from
 * the seed: bytes that are no message, bits flipped in ranges and holdings, old messages again, lengths that are too
 * great, too small or of devices that do not exist, join requests of others, and logs of people who are no members.
 */

import { bytesToHex } from '@hamlet/core'
import type { Cancel, DeviceId, NetHandler } from '@hamlet/core'
import { decodeSyncMessage, encodeSyncMessage } from '@hamlet/space'
import type { SyncMessage, VectorItem } from '@hamlet/space'
import type { SeededRandom } from './seeded-random.ts'
import type { NodeNet, SimNet } from './sim-net.ts'

export type Attack = 'garbage' | 'damage' | 'replay' | 'lie' | 'forge'

const ATTACKS: readonly Attack[] = ['garbage', 'damage', 'replay', 'lie', 'forge']
const SENT_KEPT_MAX = 200

export interface HostilePlan {
  readonly attacks: readonly Attack[]
  readonly rate: number
}

/** Half of all hostile devices do one thing only: being banned for garbage ends every other attack. */
export function drawHostilePlan(random: SeededRandom): HostilePlan {
  const attacks = random.chance(0.5) ? [random.pick(ATTACKS)] : ATTACKS
  return { attacks, rate: random.pick([0.02, 0.2, 0.8]) }
}

export class HostileNet implements NodeNet {
  readonly #net: SimNet
  readonly #random: SeededRandom
  readonly #plan: HostilePlan
  readonly #onAttack: (attack: Attack) => void
  readonly #sent: Uint8Array[] = []
  /** Ranges of logs that no member wrote, with the device they are said to be of. */
  forgeries: readonly { readonly device: DeviceId; readonly range: Uint8Array }[] = []

  constructor(
    net: SimNet,
    random: SeededRandom,
    plan: HostilePlan,
    onAttack: (attack: Attack) => void,
  ) {
    this.#net = net
    this.#random = random
    this.#plan = plan
    this.#onAttack = onAttack
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
    if (!this.#random.chance(this.#plan.rate)) return this.#net.send(peer, protocol, bytes)
    const attack = this.#random.pick(this.#plan.attacks)
    const hostile = this.#make(attack, bytes)
    if (hostile === undefined) return this.#net.send(peer, protocol, bytes)
    this.#onAttack(attack)
    if (attack !== 'damage' && attack !== 'lie') this.#net.send(peer, protocol, bytes)
    return this.#net.send(peer, protocol, hostile)
  }

  #make(attack: Attack, bytes: Uint8Array): Uint8Array | undefined {
    const random = this.#random
    switch (attack) {
      case 'garbage':
        return random.bytes(random.pick([0, 1, 8, 300, 5_000]))
      case 'damage':
        return damaged(bytes, random)
      case 'replay':
        return random.pick(this.#sent)
      case 'lie':
        return lying(bytes, random)
      case 'forge':
        return this.#forged(bytes)
    }
  }

  /** A log of a stranger, under the handle of a space that the receiver knows. */
  #forged(bytes: Uint8Array): Uint8Array | undefined {
    const message = messageOf(bytes)
    if (message === undefined || !('handle' in message) || this.forgeries.length === 0) {
      return undefined
    }
    const { device, range } = this.#random.pick(this.forgeries)
    const { handle } = message
    return this.#random.chance(0.3)
      ? encodeSyncMessage({ handle, kind: 'have', items: [{ device, length: 1_000 }] })
      : encodeSyncMessage({ handle, kind: 'range', device, range })
  }
}

function messageOf(bytes: Uint8Array): SyncMessage | undefined {
  const decoded = decodeSyncMessage(bytes)
  return decoded.ok ? decoded.value : undefined
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
function lying(bytes: Uint8Array, random: SeededRandom): Uint8Array | undefined {
  const message = messageOf(bytes)
  if (message?.kind === 'frontier') return encodeSyncMessage({ ...message, hash: random.bytes(32) })
  if (message?.kind !== 'vector' && message?.kind !== 'have') return undefined
  const items: VectorItem[] = message.items.map(({ device, length }) => ({
    device,
    length: random.pick([0, length, length + 1, length + 1_000, 2 ** 40]),
  }))
  if (random.chance(0.3)) {
    items.push({ device: bytesToHex(random.bytes(32)) as DeviceId, length: random.int(0, 100) })
  }
  return encodeSyncMessage({ ...message, items })
}
