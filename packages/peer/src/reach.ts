/**
 * Reach: keeps the network pointed at the people this peer shares spaces with.
 *
 * For every space it names the members' devices as wanted (the network remembers their addresses and keeps dialing),
 * announces this device under the space's rendezvous secrets, and looks others up there while any of them is missing.
 * All of it is a hint: nothing waits for it.
 *
 * Invariant: a device is announced and looked up only under secrets that members of a space, or holders of an open
 * invitation to it, know.
 */

import { bytesToHex } from '@hamlet/core'
import type { Cancel, Clock, DeviceId, Logger } from '@hamlet/core'
import type { Announcement } from '@hamlet/network'
import type { PeerNetwork } from './peer-ports.ts'

/** The first look-up comes soon after a change, later ones ever more seldom. */
const LOOKUP_DELAYS_MS = [500, 5_000, 15_000, 60_000, 300_000]
const LOOKUP_TIMEOUT_MS = 30_000
/** Changes that come together are acted on once. */
const SETTLE_MS = 100

/** What one space asks of the network. */
export interface ReachGoal {
  readonly devices: readonly DeviceId[]
  /** Rendezvous secrets: of the space's epochs, of its open invitations, or of a join under way. */
  readonly secrets: readonly Uint8Array[]
}

export class Reach {
  readonly #network: PeerNetwork
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #goals: () => readonly ReachGoal[]
  readonly #announcements = new Map<string, Announcement>()
  readonly #stopped = new AbortController()
  #settleTimer: Cancel | undefined
  #lookupTimer: Cancel | undefined
  #round = 0

  constructor(
    network: PeerNetwork,
    clock: Clock,
    logger: Logger,
    goals: () => readonly ReachGoal[],
  ) {
    this.#network = network
    this.#clock = clock
    this.#logger = logger
    this.#goals = goals
  }

  /** Members, epochs, invitations or joins changed. */
  changed(): void {
    if (this.#stopped.signal.aborted || this.#settleTimer !== undefined) return
    this.#settleTimer = this.#clock.after(SETTLE_MS, () => {
      this.#settleTimer = undefined
      this.#apply()
    })
  }

  close(): void {
    this.#stopped.abort()
    this.#settleTimer?.()
    this.#lookupTimer?.()
    for (const announcement of this.#announcements.values()) announcement.stop()
    this.#announcements.clear()
  }

  #apply(): void {
    const goals = this.#goals()
    this.#network.want(this.#wanted(goals))
    this.#announce(goals)
    this.#round = 0
    this.#scheduleLookup()
  }

  #wanted(goals: readonly ReachGoal[]): Set<DeviceId> {
    const devices = new Set(goals.flatMap((goal) => goal.devices))
    devices.delete(this.#network.net.self as DeviceId)
    return devices
  }

  #announce(goals: readonly ReachGoal[]): void {
    const secrets = new Map(
      goals.flatMap((goal) => goal.secrets.map((secret) => [bytesToHex(secret), secret] as const)),
    )
    for (const [key, announcement] of this.#announcements) {
      if (secrets.has(key)) continue
      announcement.stop()
      this.#announcements.delete(key)
    }
    for (const [key, secret] of secrets) {
      if (!this.#announcements.has(key)) {
        this.#announcements.set(key, this.#network.announce(secret))
      }
    }
  }

  #scheduleLookup(): void {
    this.#lookupTimer?.()
    const delayMs = LOOKUP_DELAYS_MS[Math.min(this.#round, LOOKUP_DELAYS_MS.length - 1)]!
    this.#round++
    this.#lookupTimer = this.#clock.after(delayMs, () => {
      void this.#lookUp().finally(() => {
        if (!this.#stopped.signal.aborted) this.#scheduleLookup()
      })
    })
  }

  async #lookUp(): Promise<void> {
    const connected = new Set(this.#network.net.peers())
    const missing = this.#goals().filter((goal) =>
      isLonely(goal, connected, this.#network.net.self),
    )
    const secrets = missing.flatMap((goal) => goal.secrets)
    await Promise.all(secrets.map((secret) => this.#lookUpSecret(secret)))
  }

  async #lookUpSecret(secret: Uint8Array): Promise<void> {
    const round = new AbortController()
    const cancel = this.#clock.after(LOOKUP_TIMEOUT_MS, () => round.abort())
    const signal = AbortSignal.any([round.signal, this.#stopped.signal])
    try {
      for await (const found of this.#network.lookup(secret, { signal })) {
        if (found.device === this.#network.net.self) continue
        this.#network.dial(found.device, { signal }).catch(() => undefined)
      }
    } catch (error) {
      this.#logger.debug('a look-up ended early', { reason: String(error) })
    } finally {
      cancel()
    }
  }
}

/** Some device of the goal is not connected, or a join has nobody to talk to. */
function isLonely(goal: ReachGoal, connected: ReadonlySet<string>, self: string): boolean {
  if (goal.devices.length === 0) return true
  return goal.devices.some((device) => device !== self && !connected.has(device))
}
