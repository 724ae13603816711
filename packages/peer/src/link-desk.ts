/**
 * Linking a device, on both sides: the code that an old device shows, and the link that a new device makes with it.
 *
 * One link at a time. The protocol is a machine (`@hamlet/identity/linking`); here are its stream, its clock, and what
 * certifying and storing mean on this device.
 *
 * Invariants:
 * 1. A code serves once: after its secret was proven it is gone, whatever became of that link. Wrong secrets do not use
 *    it up.
 * 2. The new device's key file is replaced before anything else of the link is kept: a crash leaves it either what it was
 *    or linked. Linking again completes what is missing.
 */

import { checkName, errorCode, hexToBytes } from '@hamlet/core'
import type { Cancel, DeviceId, PersonId } from '@hamlet/core'
import type { DeviceLink } from '@hamlet/http/api'
import { certifyDevice, encodeDeviceCertificate } from '@hamlet/identity'
import type { DeviceClaim, PersonKeys } from '@hamlet/identity'
import {
  decodeLinkCode,
  encodeLinkCode,
  LINK_CODE_MS_MAX,
  LINK_PROTOCOL,
  LINK_SECRET_BYTES,
  NewDeviceLink,
  OldDeviceLink,
} from '@hamlet/identity/linking'
import type { LinkCode, LinkEffect, LinkGrant } from '@hamlet/identity/linking'
import type { RawStream } from '@hamlet/network'
import type { ArrivalDesk } from './arrival-desk.ts'
import type { DeviceCarrier } from './device-carrier.ts'
import { PeerError } from './errors.ts'
import { FrameStream } from './frame-stream.ts'
import { linkHints } from './link-hints.ts'
import { LINK_WORDS } from './link-words.ts'
import type { PeerIdentity } from './peer-identity.ts'
import type { PeerPorts } from './peer-ports.ts'
import type { PeerStateFile } from './peer-state.ts'
import type { RecoveryDesk } from './recovery-desk.ts'

/** A caller has this long to prove the code. */
export const LINK_HANDSHAKE_MS_MAX = 15_000
/** Finding and reaching the old device. */
export const LINK_CALL_MS_MAX = 30_000
/** Callers listened to at a time. */
export const LINK_CALLERS_MAX = 8

export interface LinkHost {
  readonly ports: PeerPorts
  readonly identity: PeerIdentity
  readonly state: PeerStateFile
  readonly arrivals: ArrivalDesk
  readonly carrier: DeviceCarrier
  readonly recovery: RecoveryDesk
  /** @throws PeerError `DEVICE_IN_USE` */
  assertUnused(): void
  /** Whose this device is, or what it is called, changed. */
  identityChanged(): void
  changed(): void
}

interface Offer {
  readonly code: LinkCode
  readonly expiry: Cancel
}

interface OldEnd {
  readonly machine: OldDeviceLink
  readonly stream: FrameStream
  keys: PersonKeys | undefined
}

interface NewEnd {
  readonly machine: NewDeviceLink
  readonly stream: FrameStream
}

const NONE: DeviceLink = { state: 'none' }

export class LinkDesk {
  readonly #host: LinkHost
  #view: DeviceLink = NONE
  #offer: Offer | undefined
  readonly #callers = new Set<OldEnd>()
  #old: OldEnd | undefined
  #new: NewEnd | undefined
  #dialing: AbortController | undefined
  #unhandle: Cancel | undefined

  constructor(host: LinkHost) {
    this.#host = host
  }

  async open(): Promise<void> {
    const { network } = this.#host.ports
    this.#unhandle = await network.handle(LINK_PROTOCOL, (stream) => this.#called(stream))
  }

  get view(): DeviceLink {
    return this.#view
  }

  /** Old device: a new code, in place of any other link. */
  offer(): DeviceLink {
    this.cancel()
    const { random, clock, network } = this.#host.ports
    const code: LinkCode = {
      secret: random.bytes(LINK_SECRET_BYTES),
      device: network.net.self as DeviceId,
      expiresAtMs: clock.wall() + LINK_CODE_MS_MAX,
      hints: linkHints(network, new Set()),
    }
    const expiry = clock.after(LINK_CODE_MS_MAX, () => this.#expire())
    const text = encodeLinkCode(code)
    this.#offer = { code, expiry }
    const wordsNeeded = this.#host.identity.current.personKeys === undefined
    const { expiresAtMs } = code
    return this.#show({ state: 'waiting', role: 'old', code: text, expiresAtMs, wordsNeeded })
  }

  /** New device: calls the old one. @throws LinkError, PeerError `DEVICE_IN_USE` */
  use(text: string): DeviceLink {
    const decoded = decodeLinkCode(text)
    if (!decoded.ok) throw decoded.error
    this.#host.assertUnused()
    this.cancel()
    const view = this.#show({ state: 'connecting', role: 'new' })
    const dialing = new AbortController()
    this.#dialing = dialing
    this.#call(decoded.value, dialing).catch((error: unknown) => {
      this.#host.ports.logger.info('a link could not be made', { reason: String(error) })
      if (!dialing.signal.aborted) this.#fail('new', 'LINK_LOST')
    })
    return view
  }

  /** The person at the old device has compared the numbers. `words`: when this device does not keep them. */
  confirm(words?: string): DeviceLink {
    const old = this.#old
    if (old === undefined || this.#view.state !== 'comparing') {
      throw new PeerError('LINK_NOT_WAITING', 'No device waits to be confirmed.')
    }
    old.keys = this.#host.identity.personKeys(words)
    const view = this.#show(this.#named('finishing', 'old'))
    this.#performOld(old, old.machine.confirm())
    return view
  }

  /** Gives up whatever is under way, on either side; forgets what has ended. */
  cancel(): void {
    this.#withdraw('LINK_CODE_EXPIRED')
    this.#dialing?.abort()
    const [old, fresh] = [this.#old, this.#new]
    ;[this.#old, this.#new, this.#dialing] = [undefined, undefined, undefined]
    if (old !== undefined) this.#performOld(old, old.machine.refuse())
    if (fresh !== undefined) this.#performNew(fresh, fresh.machine.refuse('LINK_REFUSED'))
    this.#show(NONE)
  }

  /** Whoever is at the other end sees the connection lost. */
  close(): void {
    this.#unhandle?.()
    this.#offer?.expiry()
    this.#dialing?.abort()
    for (const { stream } of this.#callers) stream.abort('the peer closes')
    this.#new?.stream.abort('the peer closes')
  }

  #show(view: DeviceLink): DeviceLink {
    this.#view = view
    this.#host.changed()
    return view
  }

  #fail(role: 'old' | 'new', code: string): void {
    const message = LINK_WORDS[code] ?? 'The devices could not be linked.'
    this.#show({ state: 'failed', role, error: { code, message } })
  }

  #withdraw(code: 'LINK_CODE_USED' | 'LINK_CODE_EXPIRED'): void {
    this.#offer?.expiry()
    this.#offer = undefined
    for (const caller of this.#callers) {
      if (caller !== this.#old) this.#performOld(caller, caller.machine.close(code))
    }
  }

  #expire(): void {
    this.#withdraw('LINK_CODE_EXPIRED')
    this.#fail('old', 'LINK_CODE_EXPIRED')
  }

  /** Somebody calls the old device. */
  #called(raw: RawStream): void {
    if (this.#callers.size >= LINK_CALLERS_MAX) return raw.abort('too many callers')
    const { ports, identity, state } = this.#host
    const stream = new FrameStream(raw, ports.clock, ports.logger)
    const offer = this.#offer
    const machine = new OldDeviceLink({
      ...{ crypto: ports.crypto, random: ports.random },
      // Without a code nothing can be proven; the caller is told so at once.
      secret: offer?.code.secret ?? ports.random.bytes(LINK_SECRET_BYTES),
      oldDevice: ports.network.net.self as DeviceId,
      newDevice: raw.peer as DeviceId,
      person: identity.current.person,
      personName: state.value.name,
    })
    const old: OldEnd = { machine, stream, keys: undefined }
    this.#callers.add(old)
    stream.limit(LINK_HANDSHAKE_MS_MAX)
    stream.listen({
      received: (frame) => this.#performOld(old, machine.receive(frame)),
      ended: () => {
        this.#performOld(old, machine.abandon())
        this.#callers.delete(old)
      },
    })
    if (offer === undefined) this.#performOld(old, machine.close(this.#closedCode))
  }

  get #closedCode(): 'LINK_CODE_USED' | 'LINK_CODE_EXPIRED' {
    return this.#old === undefined ? 'LINK_CODE_EXPIRED' : 'LINK_CODE_USED'
  }

  #performOld(old: OldEnd, effects: readonly LinkEffect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'send') old.stream.send(effect.frame)
      else if (effect.kind === 'number') this.#proven(old, effect.digits, effect.label)
      else if (effect.kind === 'claim') this.#inBackground(this.#certify(old, effect.claim))
      else if (effect.kind === 'done' || effect.kind === 'failed') {
        old.stream.end()
        if (this.#old !== old) continue
        this.#old = undefined
        if (effect.kind === 'failed') this.#fail('old', effect.error.code)
        else this.#show(this.#named('done', 'old'))
      }
    }
  }

  /** From here on the code is used up, and only this caller counts. */
  #proven(old: OldEnd, digits: string, label: string): void {
    if (this.#offer === undefined) {
      return this.#performOld(old, old.machine.close('LINK_CODE_USED'))
    }
    this.#old = old
    this.#withdraw('LINK_CODE_USED')
    old.stream.limit(LINK_CODE_MS_MAX)
    const wordsNeeded = this.#host.identity.current.personKeys === undefined
    const name = shownName(label, 'a device')
    this.#show({ state: 'comparing', role: 'old', number: digits, name, wordsNeeded })
  }

  async #certify(old: OldEnd, claim: DeviceClaim): Promise<void> {
    const { carrier } = this.#host
    try {
      const { rootSigner, recoveryPublic } = old.keys!
      const certificate = certifyDevice(rootSigner, claim, recoveryPublic)
      const bytes = encodeDeviceCertificate(certificate)
      const tickets = await carrier.carry(certificate, bytes)
      this.#performOld(old, old.machine.grant({ certificate: bytes, recoveryPublic, tickets }))
    } catch (error) {
      this.#host.ports.logger.error('a device could not be certified', { reason: String(error) })
      this.#performOld(old, old.machine.giveUp())
    } finally {
      old.keys = undefined
    }
  }

  async #call(code: LinkCode, dialing: AbortController): Promise<void> {
    const { network, clock } = this.#host.ports
    const { signal } = dialing
    const limit = clock.after(LINK_CALL_MS_MAX, () => {
      if (!signal.aborted) this.#fail('new', 'LINK_LOST')
      dialing.abort()
    })
    try {
      if (code.hints.length > 0) await network.dial(code.hints, { signal }).catch(() => undefined)
      const publicKey = hexToBytes(code.device)
      const raw = await network.connect(publicKey, { protocol: LINK_PROTOCOL, signal })
      if (signal.aborted) raw.abort('given up')
      else this.#begin(code, raw)
    } finally {
      limit()
    }
  }

  #begin(code: LinkCode, raw: RawStream): void {
    const { ports, state } = this.#host
    const { network, clock, crypto, random, logger } = ports
    const machine = new NewDeviceLink({
      ...{ crypto, random, secret: code.secret },
      oldDevice: code.device,
      newDevice: network.net.self as DeviceId,
      label: state.value.deviceName,
      makeClaim: (person) => this.#claim(person),
    })
    const fresh: NewEnd = { machine, stream: new FrameStream(raw, clock, logger) }
    this.#new = fresh
    fresh.stream.limit(LINK_HANDSHAKE_MS_MAX)
    fresh.stream.listen({
      received: (frame) => this.#performNew(fresh, machine.receive(frame), code),
      ended: () => this.#performNew(fresh, machine.abandon()),
    })
    this.#performNew(fresh, machine.start(), code)
  }

  /** The old device's person has confirmed. */
  #claim(person: PersonId): DeviceClaim {
    this.#show(this.#named('finishing', 'new'))
    const { identity, ports, state } = this.#host
    return identity.claimFor(person, state.value.deviceName, ports.clock.wall())
  }

  #performNew(fresh: NewEnd, effects: readonly LinkEffect[], code?: LinkCode): void {
    for (const effect of effects) {
      if (effect.kind === 'send') fresh.stream.send(effect.frame)
      else if (effect.kind === 'number') {
        const name = shownName(effect.label, '')
        fresh.stream.limit(LINK_CODE_MS_MAX)
        this.#show({
          ...{ state: 'comparing', role: 'new', number: effect.digits },
          ...(name === '' ? {} : { name }),
        })
      } else if (effect.kind === 'granted') {
        this.#inBackground(this.#keep(fresh, effect.grant, code?.hints ?? []))
      } else if (effect.kind === 'done' || effect.kind === 'failed') {
        fresh.stream.end()
        if (this.#new !== fresh) continue
        this.#new = undefined
        if (effect.kind === 'failed') this.#fail('new', effect.error.code)
        else this.#show(this.#named('done', 'new'))
      }
    }
  }

  /** The key file first; the search that comes with it finds what a crash after that leaves out. */
  async #keep(fresh: NewEnd, grant: LinkGrant, hints: readonly string[]): Promise<void> {
    const { identity, state, recovery, arrivals } = this.#host
    try {
      this.#host.assertUnused()
      const { certificate, person, personName } = grant
      if (person !== identity.current.person) await arrivals.clear()
      await identity.become({ ...identity.ring, certificate, personEntropy: undefined })
      const { recoveryPublic } = grant
      await state.update(() => ({
        recoveryPublic,
        ...(checkName(personName).ok ? { name: personName } : {}),
      }))
      this.#host.identityChanged()
      await recovery.search(hints)
      await arrivals.take(grant.tickets)
      this.#performNew(fresh, fresh.machine.stored())
    } catch (error) {
      this.#host.ports.logger.error('a link was not kept', { reason: String(error) })
      this.#performNew(fresh, fresh.machine.refuse('LINK_FAILED'))
    }
  }

  #named(state: 'finishing' | 'done', role: 'old' | 'new'): DeviceLink {
    const { name } = this.#view
    return { state, role, ...(name === undefined ? {} : { name }) }
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#host.ports.logger.warn('a link broke off', { code: errorCode(error) })
    })
  }
}

function shownName(label: string, otherwise: string): string {
  return checkName(label).ok ? label : otherwise
}
