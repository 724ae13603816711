/** Test utilities: two ends of a link, and the frames between them carried by hand. */

import assert from 'node:assert/strict'

import { bytesToId, utf8 } from '@hamlet/core'
import type { DeviceId, PersonId } from '@hamlet/core'
import {
  certifyDevice,
  claimDevice,
  derivePersonKeys,
  encodeDeviceCertificate,
  openIdentity,
  createIdentity,
} from '@hamlet/identity'
import type { DeviceClaim } from '@hamlet/identity'
import { NewDeviceLink, OldDeviceLink } from '@hamlet/identity/linking'
import type { LinkEffect, MeetingTicket } from '@hamlet/identity/linking'

import { createFixedRandom, crypto } from '../_support.ts'

export const NOW_MS = 1_800_000_000_000
export const SECRET = crypto.hash(utf8('the secret of a code'))
export const person = derivePersonKeys(crypto, new Uint8Array(32).fill(17))
export const newKeys = createIdentity(crypto, createFixedRandom(40), { nowMs: NOW_MS })
export const newDevice = openIdentity(crypto, newKeys)
export const oldDevice = openIdentity(
  crypto,
  createIdentity(crypto, createFixedRandom(41), {
    nowMs: NOW_MS,
    personEntropy: new Uint8Array(32).fill(17),
  }),
)

export function ticket(n: number): MeetingTicket {
  return {
    space: bytesToId(crypto.hash(Uint8Array.of(n))),
    founder: oldDevice.device,
    name: `Space ${n}`,
    secrets: [new Uint8Array(32).fill(n)],
    hints: [`/ip4/127.0.0.1/tcp/${1000 + n}/p2p/x`],
  }
}

export function claimFor(of: PersonId): DeviceClaim {
  return claimDevice(newDevice.deviceSigner, {
    person: of,
    prekey: newDevice.certificate.prekey,
    prekeySerial: newDevice.certificate.prekeySerial,
    label: 'Phone',
    createdAtMs: NOW_MS,
  })
}

export interface LinkOptions {
  readonly newSecret?: Uint8Array
  readonly newSeesOld?: DeviceId
  readonly makeClaim?: (person: PersonId) => DeviceClaim
  /** Changes a frame on its way; `undefined` loses it. */
  readonly onWay?: (frame: Uint8Array, index: number) => Uint8Array | undefined
  /** The person's answer to the number. @default true */
  readonly confirms?: boolean
  readonly tickets?: readonly MeetingTicket[]
}

export interface LinkRun {
  readonly old: LinkEffect[]
  readonly new: LinkEffect[]
  readonly frames: Uint8Array[]
}

/** Runs a link to its end, the hosts' parts included. */
export function runLink(options: LinkOptions = {}): LinkRun {
  const ends = { crypto, oldDevice: oldDevice.device, newDevice: newDevice.device }
  const old = new OldDeviceLink({
    ...ends,
    random: createFixedRandom(1),
    secret: SECRET,
    person: person.person,
    personName: 'Anna',
  })
  const fresh = new NewDeviceLink({
    ...ends,
    oldDevice: options.newSeesOld ?? oldDevice.device,
    random: createFixedRandom(2),
    secret: options.newSecret ?? SECRET,
    label: 'Phone',
    makeClaim: options.makeClaim ?? claimFor,
  })
  const run: LinkRun = { old: [], new: [], frames: [] }
  const queue: { readonly to: 'old' | 'new'; readonly frame: Uint8Array }[] = []
  const take = (from: 'old' | 'new', effects: readonly LinkEffect[]): void => {
    for (const effect of effects) {
      if (effect.kind !== 'send') run[from].push(effect)
      if (effect.kind === 'send') {
        const frame = options.onWay?.(effect.frame, run.frames.length) ?? effect.frame
        run.frames.push(frame)
        queue.push({ to: from === 'old' ? 'new' : 'old', frame })
      } else if (effect.kind === 'number' && from === 'old') {
        take('old', options.confirms === false ? old.refuse() : old.confirm())
      } else if (effect.kind === 'claim') {
        const certificate = certifyDevice(person.rootSigner, effect.claim)
        take(
          'old',
          old.grant({
            certificate: encodeDeviceCertificate(certificate),
            recoveryPublic: person.recoveryPublic,
            tickets: options.tickets ?? [ticket(1), ticket(2)],
          }),
        )
      } else if (effect.kind === 'granted') {
        take('new', fresh.stored())
      }
    }
  }
  take('new', fresh.start())
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    assert.ok(run.frames.length < 100)
    take(next.to, (next.to === 'old' ? old : fresh).receive(next.frame))
  }
  return run
}

export function effect<K extends LinkEffect['kind']>(
  effects: readonly LinkEffect[],
  kind: K,
): Extract<LinkEffect, { readonly kind: K }> | undefined {
  return effects.find((each) => each.kind === kind) as never
}

export function failure(effects: readonly LinkEffect[]): string | undefined {
  return effect(effects, 'failed')?.error.code
}

/** The frame with one bit of one byte changed; negative: from the end. */
export function flipped(frame: Uint8Array, at: number): Uint8Array {
  const copy = frame.slice()
  const index = at < 0 ? copy.length + at : Math.min(at, copy.length - 1)
  copy[index] = copy[index]! ^ 4
  return copy
}
