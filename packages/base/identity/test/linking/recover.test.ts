/**
 * Goal: who proves to be a person's certified device is told of their spaces, and nobody learns who asks. Method: both
 * machines with the frames carried by hand, each run attacked at one place.
 */

import assert from 'node:assert/strict'
import test from 'node:test'

import { concatBytes, hexToBytes, idToBytes } from '@hamlet/core'
import type { DeviceId, PersonId } from '@hamlet/core'
import { createIdentity, openIdentity } from '@hamlet/identity'
import type { Identity } from '@hamlet/identity'
import { RecoverAsker, RecoverHelper } from '@hamlet/identity/linking'
import type { MeetingTicket, RecoverEffect } from '@hamlet/identity/linking'

import { createFixedRandom, crypto } from '../_support.ts'
import { flipped, ticket } from './_link.ts'

const anna = make(50)
const ben = make(51)
const HELPER = ben.device

function make(seed: number): Identity {
  return openIdentity(crypto, createIdentity(crypto, createFixedRandom(seed), { nowMs: 7 }))
}

interface RunOptions {
  readonly asker?: Identity
  /** The device the network has proven. */
  readonly proven?: DeviceId
  readonly people?: readonly PersonId[]
  readonly tickets?: readonly MeetingTicket[]
  readonly onWay?: (frame: Uint8Array, index: number) => Uint8Array | undefined
  readonly declines?: boolean
  readonly seed?: number
}

interface Run {
  readonly asker: RecoverEffect[]
  readonly helper: RecoverEffect[]
  readonly frames: Uint8Array[]
}

function runRecover(options: RunOptions = {}): Run {
  const identity = options.asker ?? anna
  const seed = options.seed ?? 1
  const asker = new RecoverAsker({ crypto, random: createFixedRandom(seed) }, identity, HELPER)
  const helper = new RecoverHelper(
    { crypto, random: createFixedRandom(seed + 1) },
    {
      self: HELPER,
      asker: options.proven ?? identity.device,
      people: () => options.people ?? [ben.person, anna.person],
    },
  )
  const run: Run = { asker: [], helper: [], frames: [] }
  const queue: { readonly to: 'asker' | 'helper'; readonly frame: Uint8Array }[] = []
  const take = (from: 'asker' | 'helper', effects: readonly RecoverEffect[]): void => {
    for (const effect of effects) {
      if (effect.kind !== 'send') run[from].push(effect)
      if (effect.kind === 'send') {
        const frame = options.onWay?.(effect.frame, run.frames.length) ?? effect.frame
        run.frames.push(frame)
        queue.push({ to: from === 'asker' ? 'helper' : 'asker', frame })
      } else if (effect.kind === 'proved') {
        const tickets = options.tickets ?? [ticket(1), ticket(2), ticket(3)]
        take('helper', options.declines === true ? helper.decline() : helper.answer(tickets))
      }
    }
  }
  take('asker', asker.start())
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    take(next.to, (next.to === 'asker' ? asker : helper).receive(next.frame))
  }
  return run
}

function answered(run: Run): readonly MeetingTicket[] | undefined {
  const effect = run.asker.find((each) => each.kind === 'answered')
  return effect?.kind === 'answered' && effect.known ? effect.tickets : undefined
}

function failures(run: Run): string[] {
  return [...run.asker, ...run.helper].flatMap((effect) =>
    effect.kind === 'failed' ? effect.error.code : [],
  )
}

test('a certified device of a member is told of the spaces', () => {
  const run = runRecover()
  assert.deepEqual(answered(run), [ticket(1), ticket(2), ticket(3)])
  assert.deepEqual(failures(run), [])
  const proved = run.helper.find((effect) => effect.kind === 'proved')
  assert.ok(proved?.kind === 'proved')
  assert.equal(proved.certificate.device, anna.device)
  assert.equal(proved.certificate.person, anna.person)
})

test('who does not know the person learns neither person nor certificate', () => {
  const run = runRecover({ people: [ben.person] })
  assert.equal(answered(run), undefined)
  assert.deepEqual(failures(run), [])
  const said = Buffer.from(concatBytes(...run.frames))
  assert.equal(said.includes(Buffer.from(idToBytes(anna.person))), false)
})

test('a device that was revoked is not helped', () => {
  const run = runRecover({ declines: true })
  assert.equal(answered(run), undefined)
  assert.deepEqual(failures(run), [])
})

test('a certificate shown by another device than it names proves nothing', () => {
  const run = runRecover({ proven: make(60).device })
  assert.equal(answered(run), undefined)
  assert.equal(
    run.helper.some((effect) => effect.kind === 'proved'),
    false,
  )
})

test('a proof recorded from another run is refused', () => {
  const recorded = runRecover({ seed: 20 }).frames
  const run = runRecover({ onWay: (_frame, i) => (i === 4 ? recorded[4] : undefined) })
  assert.deepEqual(failures(run), ['RECOVER_NOT_PROVED'])
  assert.equal(answered(run), undefined)
})

test('the device of another member cannot pass for one of this person', () => {
  const run = runRecover({ asker: { ...ben, person: anna.person, device: make(61).device } })
  assert.deepEqual(failures(run), ['RECOVER_NOT_PROVED'])
})

test('a helper that only says it knows the person is not shown the certificate', () => {
  const run = runRecover({
    onWay: (frame, i) => (i === 3 ? flipped(frame, -1) : undefined),
  })
  assert.deepEqual(failures(run), ['RECOVER_BROKEN'])
  assert.equal(run.frames.length, 4)
})

test('a bit changed in any frame gives no ticket that was not given', () => {
  const { length } = runRecover().frames
  assert.equal(length, 9)
  for (let index = 0; index < length; index++) {
    const frame = runRecover().frames[index]!
    for (let at = 0; at < frame.length; at += 11) {
      const run = runRecover({
        onWay: (bytes, i) => (i === index ? bytes.with(at, bytes[at]! ^ 2) : undefined),
      })
      assert.equal(answered(run), undefined, `frame ${index} byte ${at}`)
    }
  }
})

test('a ticket left out is noticed', () => {
  const run = runRecover({
    onWay: (_frame, i) => (i === 7 ? hexToBytes('820603') : undefined),
  })
  assert.deepEqual(failures(run), ['RECOVER_BROKEN'])
})
