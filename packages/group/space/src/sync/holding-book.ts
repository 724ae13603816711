/**
 * The newest holding of every device of a space: who has said to hold what (see `holding.ts`).
 *
 * Kept in the space's key-value store so that "on 3 of 5 devices" is right from the first second after a start; it is
 * only news, and losing it costs nothing but time.
 *
 * Invariants:
 * 1. A statement is kept only when its signature is valid, its device a member's and its serial newer.
 * 2. This device's own serial never goes back, across restarts and clock jumps.
 * 3. A statement may arrive before the entry that lets its device in: the newest of at most `STRANGERS_MAX` such
 *    devices wait for it.
 */

import { equalBytes, idToBytes } from '@hamlet/core'
import type { Clock, Crypto, DeviceId, Kv, Logger, Signer } from '@hamlet/core'
import {
  decodeHolding,
  isHoldingValid,
  isLaterHolding,
  peekDevice,
  signHolding,
} from './holding.ts'
import type { SignedHolding } from './holding.ts'
import { VECTOR_DEVICES_MAX } from './sync-message.ts'
import type { SyncSpace } from './sync-space.ts'

/** Devices that are not known as members' and whose statement waits. */
const STRANGERS_MAX = 64

export interface HoldingPorts {
  /** A keyspace of this book's own. */
  readonly kv: Kv
  readonly clock: Clock
  readonly crypto: Crypto
  readonly logger: Logger
}

export class HoldingBook {
  readonly #space: SyncSpace
  readonly #signer: Signer
  readonly #ports: HoldingPorts
  readonly #newest = new Map<DeviceId, SignedHolding>()
  readonly #strangers = new Map<DeviceId, SignedHolding>()

  private constructor(space: SyncSpace, signer: Signer, ports: HoldingPorts) {
    this.#space = space
    this.#signer = signer
    this.#ports = ports
  }

  static async open(space: SyncSpace, signer: Signer, ports: HoldingPorts): Promise<HoldingBook> {
    const book = new HoldingBook(space, signer, ports)
    for await (const [, bytes] of ports.kv.range({})) {
      const decoded = decodeHolding(bytes)
      if (decoded.ok) book.#newest.set(decoded.value.device, decoded.value)
    }
    return book
  }

  all(): readonly SignedHolding[] {
    return [...this.#newest.values()]
  }

  /** Member devices known to hold the entry, the one asked for its own log included. */
  holders(device: DeviceId, seq: number): DeviceId[] {
    return this.#space
      .memberDevices()
      .filter((holder) => (this.#newest.get(holder)?.lengths.get(device) ?? 0) > seq)
  }

  /** How much of every log the device has said to hold. */
  lengthsOf(device: DeviceId): ReadonlyMap<DeviceId, number> {
    return this.#newest.get(device)?.lengths ?? new Map()
  }

  /** The serial of a device's newest holding: its wall clock when it signed, unless that stood still. */
  saidAtMs(device: DeviceId): number | undefined {
    return this.#newest.get(device)?.serial
  }

  /** Signs what this device holds now, or `undefined` when that has been said already. */
  signOwn(own: DeviceId): SignedHolding | undefined {
    const previous = this.#newest.get(own)
    const lengths = new Map([...this.#space.lengths()].slice(0, VECTOR_DEVICES_MAX))
    if (previous !== undefined && isSame(previous.lengths, lengths)) return undefined
    const serial = Math.max((previous?.serial ?? 0) + 1, this.#ports.clock.wall())
    const holding = signHolding(this.#signer, {
      space: this.#space.id,
      device: own,
      serial,
      lengths,
    })
    this.#keep(holding)
    return holding
  }

  /** The statement when it is news, `undefined` when it is old, `invalid` when no honest peer passes it on. */
  receive(bytes: Uint8Array): SignedHolding | 'invalid' | undefined {
    if (this.#isKnown(bytes)) return undefined
    const decoded = decodeHolding(bytes)
    // One in the form of a later version is not passed on either: losing it only delays good news.
    if (!decoded.ok && isLaterHolding(bytes)) return undefined
    if (!decoded.ok || decoded.value.space !== this.#space.id) return 'invalid'
    const holding = decoded.value
    const newest = this.#newest.get(holding.device)
    if (newest !== undefined && newest.serial >= holding.serial) return undefined
    if (!isHoldingValid(this.#ports.crypto, holding)) return 'invalid'
    if (this.#space.deviceOwner(holding.device) === undefined) return this.#setAside(holding)
    this.#keep(holding)
    return holding
  }

  /** Members changed: the statements that waited for it, kept now. */
  admitWaiting(): readonly SignedHolding[] {
    const admitted = [...this.#strangers.values()].filter(
      ({ device }) => this.#space.deviceOwner(device) !== undefined,
    )
    for (const holding of admitted) {
      this.#strangers.delete(holding.device)
      this.#keep(holding)
    }
    return admitted
  }

  /** The same statement comes from everybody who is connected; it is read once. */
  #isKnown(bytes: Uint8Array): boolean {
    const device = peekDevice(bytes)
    const known = device && this.#newest.get(device)
    return known !== undefined && equalBytes(known.encoded, bytes)
  }

  #setAside(holding: SignedHolding): undefined {
    const { device, serial } = holding
    if ((this.#strangers.get(device)?.serial ?? -1) >= serial) return
    this.#strangers.delete(device)
    this.#strangers.set(device, holding)
    const [oldest] = this.#strangers.keys()
    if (this.#strangers.size > STRANGERS_MAX) this.#strangers.delete(oldest!)
  }

  #keep(holding: SignedHolding): void {
    this.#newest.set(holding.device, holding)
    this.#ports.kv.put(idToBytes(holding.device), holding.encoded).catch((error: unknown) => {
      this.#ports.logger.warn('a holding was not saved', { reason: String(error) })
    })
  }
}

function isSame(a: ReadonlyMap<DeviceId, number>, b: ReadonlyMap<DeviceId, number>): boolean {
  return a.size === b.size && [...a].every(([device, length]) => b.get(device) === length)
}
