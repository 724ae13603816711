/**
 * What a device does by itself in a space whose messages disappear: forgets secrets when they are due, and keeps prekeys of
 * its own for the space, so that what was sealed to it does not open again (`docs/design/005-disappearing.md`).
 *
 * Invariants:
 * 1. A secret is forgotten in memory first, then on the disk; from the first moment on nothing here gives its texts.
 * 2. The newest prekey is kept until another has been announced and `keepMs` have passed, however long the device was off:
 *    what others have sealed to it meanwhile has to open.
 */

import { errorCode } from '@hamlet/core'
import type { Cancel } from '@hamlet/core'
import { createPrekey, encodeSignedPrekey, signPrekey } from '@hamlet/identity'
import { forgottenAtMs } from './ephemeral.ts'
import type { Ephemeral } from './ephemeral.ts'
import type { SpaceCore } from './space-core.ts'
import type { SpaceWriter } from './space-writer.ts'

/** Clocks are set and devices sleep: it is looked again at least this often. */
export const EPHEMERAL_LOOK_MS_MAX = 3_600_000
const LOOK_SOON_MS = 1_000

export class EphemeralKeeper {
  readonly #core: SpaceCore
  readonly #writer: SpaceWriter
  #timer: Cancel | undefined
  /** Whether the next look is soon; whatever else comes until then does not put it off. */
  #isSoon = false
  #isAnnouncing = false
  #closed = false

  constructor(core: SpaceCore, writer: SpaceWriter) {
    this.#core = core
    this.#writer = writer
  }

  /** Epochs or devices changed, or may have before. */
  changed(): void {
    if (this.#core.state.ephemeral === undefined || this.#closed || this.#isSoon) return
    this.#timer?.()
    this.#isSoon = true
    this.#timer = this.#core.ports.clock.after(LOOK_SOON_MS, () => this.#look())
  }

  close(): void {
    this.#closed = true
    this.#timer?.()
  }

  #look(): void {
    this.#isSoon = false
    const { ephemeral } = this.#core.state
    if (ephemeral === undefined || this.#closed) return
    this.#core.forgetDue()
    const serial = this.#serial()
    if (serial !== undefined) {
      this.#core.forgetPrekeys(ephemeral.keepMs, serial)
      void this.#renewPrekey(ephemeral, serial)
    }
    const waitMs = Math.min(EPHEMERAL_LOOK_MS_MAX, Math.max(LOOK_SOON_MS, this.#dueInMs(ephemeral)))
    this.#timer = this.#core.ports.clock.after(waitMs, () => this.#look())
  }

  /** Until a secret known here is forgotten, or the own prekey is replaced. */
  #dueInMs(ephemeral: Ephemeral): number {
    const { state, keys, ports } = this.#core
    const dueMs = [...state.epochs.values()]
      .filter(({ id }) => keys.isKnown(id))
      .map(({ madeAtMs }) => forgottenAtMs(ephemeral, madeAtMs))
    const newest = keys.ownPrekeys[0]
    if (newest !== undefined) dueMs.push(newest.createdAtMs + ephemeral.keepMs)
    return Math.min(...dueMs, Number.MAX_SAFE_INTEGER) - ports.clock.wall()
  }

  async #renewPrekey({ keepMs }: Ephemeral, serial: number): Promise<void> {
    const { keys, ports, identity, graph } = this.#core
    if (this.#isAnnouncing) return
    const nowMs = ports.clock.wall()
    const newest = keys.ownPrekeys[0]
    const isYoung = newest !== undefined && nowMs - newest.createdAtMs < keepMs
    if (isYoung && newest.serial === serial) return
    this.#isAnnouncing = true
    try {
      // One that could not be announced is announced again: perhaps it is in the log all the same.
      const isLeft = newest !== undefined && newest.serial > serial
      const secret = isLeft
        ? { ...newest, createdAtMs: nowMs }
        : createPrekey(ports.random, serial + 1, nowMs)
      // The private half is durable before anybody can seal to it.
      await this.#core.keepPrekey(secret)
      const prekey = encodeSignedPrekey(signPrekey(ports.crypto, identity.deviceSigner, secret))
      const operation = { name: 'prekey', prekey } as const
      await this.#writer.submit((view) => {
        view.author()
        const counts = graph.wouldCount(identity.device, operation, view.past)
        return counts ? [{ kind: 'control', operation }] : []
      })
    } catch (error) {
      ports.logger.info('a prekey could not be announced', { code: errorCode(error) })
    } finally {
      this.#isAnnouncing = false
    }
  }

  /** Of the prekey that others seal to for this device; `undefined` while it is nobody's who holds keys. */
  #serial(): number | undefined {
    const { state, identity } = this.#core
    const devices = state.members.get(identity.person)?.devices
    return devices?.find(({ device }) => device === identity.device)?.prekeySerial
  }
}
