/**
 * Goal: the state of a set of control operations is a function of the set.
 *
 * Method: a few people with real keys write random operations, legal or not, each having seen a random part of what the
 * others wrote. The state is then computed for the set in several insertion orders, and for every subset that a device
 * could hold.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, bytesToId } from '@hamlet/core'
import type { Crypto, DeviceId, EntryId, SpaceId } from '@hamlet/core'
import fc from 'fast-check'
import { createJoinRequest, evaluateControl, makeEpoch } from '@hamlet/space'
import type { ControlOperation, ControlRecord, ControlState, MemberRole } from '@hamlet/space'
import { crypto as plainCrypto, identityOf, NOW_MS, seededRandom } from './_world.ts'

const PEOPLE = 5
const verified = new Map<string, boolean>()
/** The same signatures are checked in every order: each is checked once. */
const crypto: Crypto = {
  ...plainCrypto,
  verify(publicKey, message, signature) {
    const key = bytesToHex(plainCrypto.hash(publicKey, message, signature))
    const known = verified.get(key) ?? plainCrypto.verify(publicKey, message, signature)
    verified.set(key, known)
    return known
  },
}
const random = seededRandom('people')
const people = Array.from({ length: PEOPLE }, () => identityOf(crypto, random))
const inviteSigner = crypto.signer(random.bytes(32))
const ROLES: readonly MemberRole[] = ['admin', 'writer', 'reader', 'relay']

function idOf(text: string): EntryId {
  return bytesToId<EntryId>(crypto.hash(new TextEncoder().encode(text)))
}

const SPACE = idOf('genesis') as string as SpaceId

/** One step: who acts, what they first hear from whom, and what they do with which targets. */
const step = fc.record({
  actor: fc.nat(PEOPLE - 1),
  hears: fc.option(fc.nat(PEOPLE - 1), { nil: undefined, freq: 3 }),
  action: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('request', 'admit', 'admit') },
    {
      weight: 2,
      arbitrary: fc.constantFrom(
        'invite',
        'revoke',
        'revoke',
        'decline',
        'grant',
        'epoch',
        'policy',
      ),
    },
  ),
  target: fc.nat(50),
  role: fc.constantFrom(...ROLES),
  auto: fc.boolean(),
})

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

/** Plays steps; gives the records of all operations written. */
function play(steps: readonly Step[]): ControlRecord[] {
  const records: ControlRecord[] = []
  const seen = people.map(() => new Map<DeviceId, number>())
  const counts = people.map(() => 0)
  const write = (actor: number, operation: ControlOperation, id: EntryId): void => {
    const { device } = people[actor]!
    const past = new Map(seen[actor])
    const seq = counts[actor]!
    const timeMs = NOW_MS + records.length
    records.push({ id, device, seq, timeMs, operation, past, hasSeenBeyond: () => false })
    counts[actor] = seq + 1
    seen[actor]!.set(device, seq + 1)
  }
  const [founder] = people
  const { person, certificate } = founder!
  const nonce = new Uint8Array(16)
  write(0, { name: 'genesis', person, certificate, history: 'all', nonce }, idOf('genesis'))
  write(0, epochOf(0, 0, records), idOf('epoch'))
  for (const role of ['writer', 'admin'] as const) {
    write(0, inviteOf(role, role === 'writer', idOf('epoch')), idOf(`invite ${role}`))
  }
  for (const [who, role] of [
    [1, 'writer'],
    [2, 'admin'],
  ] as const) {
    const [invite, request] = [idOf('invite admin'), idOf(`request ${who}`)]
    write(0, { name: 'join-request', request: paperOf(invite, who, 0) }, request)
    write(0, { name: 'admit', request, role, incarnation: 0, seals: [] }, idOf(`admit ${who}`))
  }
  for (const other of seen.slice(1)) other.set(founder!.device, counts[0]!)
  for (const [i, next] of steps.entries()) {
    if (next.hears !== undefined) {
      for (const [device, count] of seen[next.hears]!) {
        seen[next.actor]!.set(device, Math.max(count, seen[next.actor]!.get(device) ?? 0))
      }
    }
    const operation = operationOf(next, records, i)
    if (operation !== undefined) write(next.actor, operation, idOf(`step ${i}`))
  }
  return records
}

function operationOf(
  { action, actor, target, role, auto }: Step,
  records: readonly ControlRecord[],
  i: number,
): ControlOperation | undefined {
  const pick = (name: ControlOperation['name']): EntryId | undefined => {
    const ids = records.filter(({ operation }) => operation.name === name).map(({ id }) => id)
    return ids[target % Math.max(1, ids.length)]
  }
  const someone = people[target % PEOPLE]!
  const epoch = pick('epoch') ?? idOf('none')
  switch (action) {
    case 'invite':
      return inviteOf(role, auto, epoch)
    case 'revoke':
      return { name: 'invite-revoke', invite: pick('invite') ?? idOf('none') }
    case 'request': {
      const invite = pick('invite')
      return invite && { name: 'join-request', request: paperOf(invite, target % PEOPLE, i) }
    }
    case 'admit': {
      const request = pick('join-request')
      return request && { name: 'admit', request, role: 'writer', incarnation: 0, seals: [] }
    }
    case 'decline':
      return { name: 'join-decline', request: pick('join-request') ?? idOf('none') }
    case 'grant':
      return { name: 'grant', person: someone.person, role }
    case 'epoch':
      return epochOf(actor, target, records)
    case 'policy':
      return { name: 'policy', policy: 'history', value: auto ? 'all' : 'from-join' }
  }
}

function inviteOf(role: MemberRole, auto: boolean, epoch: EntryId): ControlOperation {
  return {
    name: 'invite',
    publicKey: inviteSigner.publicKey,
    role,
    mode: auto ? 'auto' : 'approve',
    expiresAtMs: NOW_MS,
    maxUses: 2,
    sealedRequestKey: new Uint8Array(48),
    epoch,
    sealedSecret: undefined,
  }
}

const papers = new Map<string, Uint8Array>()

/** Signing is slow: papers are made once. */
function paperOf(invite: EntryId, who: number, i: number): Uint8Array {
  const key = `${invite}/${who}/${i % 3}`
  const known = papers.get(key)
  if (known !== undefined) return known
  const { person, certificate, deviceSigner } = people[who]!
  const paper = createJoinRequest(
    { crypto, random: seededRandom(key) },
    { inviteSigner, requestKey: new Uint8Array(32), device: deviceSigner },
    { space: SPACE, invite, person, certificate, name: 'someone' },
  )
  papers.set(key, paper)
  return paper
}

/** Sealed to the first few people: right for some sets of members, wrong for others. */
function epochOf(
  actor: number,
  target: number,
  records: readonly ControlRecord[],
): ControlOperation {
  const recipients = people.slice(0, 1 + (target % PEOPLE)).map(({ device, prekeyPrivate }) => {
    return { id: device, publicKey: crypto.agreementKey(prekeyPrivate) }
  })
  const epochs = records.filter(({ operation }) => operation.name === 'epoch')
  const parents = epochs.slice(-1).map(({ id }) => ({ id, secret: undefined }))
  const ports = { crypto, random: seededRandom(`epoch ${actor} ${target}`) }
  return makeEpoch(ports, SPACE, recipients, parents, 'all').operation
}

/** Everything about a state that can be compared, as text. */
function describe(state: ControlState): string {
  return JSON.stringify(state, (_, value: unknown) => {
    if (value instanceof Map) return [...value].sort(([a], [b]) => (a < b ? -1 : 1))
    if (value instanceof Set) return [...value].map(String).sort()
    return value instanceof Uint8Array ? bytesToHex(value) : value
  })
}

/** What precedes each record, as sets of ids. */
function isBefore(a: ControlRecord, b: ControlRecord): boolean {
  return (b.past.get(a.device) ?? 0) > a.seq
}

function shuffledCausally(records: readonly ControlRecord[], seed: number): ControlRecord[] {
  const waiting = [...records]
  const order: ControlRecord[] = []
  let state = seed
  while (waiting.length > 0) {
    const ready = waiting.filter((record) => !waiting.some((other) => isBefore(other, record)))
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    const next = ready[state % ready.length]!
    order.push(next)
    waiting.splice(waiting.indexOf(next), 1)
  }
  return order
}

const history = fc.array(step, { minLength: 5, maxLength: 40, size: 'max' })

test('insertion order does not change the state', () => {
  fc.assert(
    fc.property(history, fc.nat(), (steps, seed) => {
      const records = play(steps)
      const expected = describe(evaluateControl(crypto, SPACE, records))
      const shuffled = shuffledCausally(records, seed)
      assert.equal(describe(evaluateControl(crypto, SPACE, shuffled)), expected)
      assert.equal(describe(evaluateControl(crypto, SPACE, records.toReversed())), expected)
    }),
    { numRuns: 30 },
  )
})

test('nobody but the founder ever is owner', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const state = evaluateControl(crypto, SPACE, play(steps))
      const owners = [...state.members.values()].filter(({ role }) => role === 'owner')
      assert.deepEqual(
        owners.map(({ person }) => person),
        [people[0]!.person],
      )
    }),
    { numRuns: 30 },
  )
})

test('an invitation never lets in more people than it says, whoever admits at the same time', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const state = evaluateControl(crypto, SPACE, play(steps))
      for (const invite of state.invites.values()) assert.ok(invite.uses <= invite.maxUses)
    }),
    { numRuns: 30 },
  )
})

test('what a non-member writes changes nothing', () => {
  fc.assert(
    fc.property(history, (steps) => {
      const records = play(steps)
      const state = evaluateControl(crypto, SPACE, records)
      const ever = new Set(
        people
          .slice(1)
          .filter(({ person }) => !state.members.has(person))
          .map(({ device }) => device),
      )
      // Only those of whom nobody has heard can be left out and leave a set that is closed under the past.
      const heardOf = new Set(
        records.flatMap(({ device, past }) => [...past.keys()].filter((other) => other !== device)),
      )
      const kept = records.filter(({ device }) => !ever.has(device) || heardOf.has(device))
      const without = evaluateControl(crypto, SPACE, kept)
      assert.equal(describe(without), describe(state))
    }),
    { numRuns: 30 },
  )
})

test('the histories played here reach what the rules are about', () => {
  const reached = { members: 0, voided: 0, revoked: 0, epochs: 0 }
  for (const steps of fc.sample(history, { numRuns: 80, seed: 7 })) {
    const state = evaluateControl(crypto, SPACE, play(steps))
    if (state.members.size > 1) reached.members++
    if (state.voided.size > 0) reached.voided++
    if ([...state.invites.values()].some(({ revoked }) => revoked)) reached.revoked++
    if (state.epochs.size > 1) reached.epochs++
  }
  for (const [what, count] of Object.entries(reached)) assert.ok(count > 0, `${what} never happens`)
})
