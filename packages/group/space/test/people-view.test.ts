/** Votes and adoptions as registers: the newest vote, the first adopter, in whatever order entries are folded. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CborValue, DeviceId, EntryId, PersonId } from '@hamlet/core'
import {
  ADOPTED_PREFIX,
  adoptedDraft,
  OWNER_VOTE_PREFIX,
  ownerVoteDraft,
  PEOPLE_VIEW,
  registerAdopter,
  registerVote,
  toPersonSignature,
} from '@hamlet/space'
import type { ContentDraft, ContentEntry, PeopleChange } from '@hamlet/space'
import type { ViewState } from '@hamlet/space/view'
import { join, Peer, syncAll } from './_world.ts'

const ANNA = 'aa'.repeat(32) as PersonId
const BEN = 'bb'.repeat(32) as PersonId
const ENTRY = 'ee'.repeat(32) as EntryId
const SIGNATURE = new Uint8Array(64).fill(7)

function entryOf(draft: ContentDraft, person: PersonId, atMs: number): ContentEntry {
  return {
    id: String(atMs).padStart(64, '0') as EntryId,
    device: 'cc'.repeat(32) as DeviceId,
    person,
    seq: 0,
    time: { milliseconds: atMs, counter: 0 },
    epoch: '00'.repeat(32) as ContentEntry['epoch'],
    role: 'admin',
    ...draft,
  }
}

function fold(...entries: readonly ContentEntry[]): {
  readonly values: Map<string, CborValue>
  readonly changes: readonly PeopleChange[]
} {
  const values = new Map<string, CborValue>()
  const changes: PeopleChange[] = []
  const state = {
    get: (key: string) => values.get(key),
    put: (key: string, value: CborValue) => void values.set(key, value),
    emit: (change: PeopleChange) => void changes.push(change),
  } as ViewState<PeopleChange>
  for (const entry of entries) {
    PEOPLE_VIEW.fold(entry, state)
    for (const key of values.keys()) assert.ok(key.length > 0)
  }
  return { values, changes }
}

test('of one voter the newest vote stands, in whatever order they come', () => {
  const first = entryOf(ownerVoteDraft(ANNA, SIGNATURE), ANNA, 1)
  const second = entryOf(ownerVoteDraft(BEN, SIGNATURE), ANNA, 2)
  const orders = [
    [first, second],
    [second, first],
  ]
  for (const order of orders) {
    const { values } = fold(...order)
    const key = OWNER_VOTE_PREFIX + ANNA
    const vote = registerVote(key, values.get(key)!)
    assert.deepEqual([vote?.voter, vote?.candidate, vote?.atMs], [ANNA, BEN, 2])
    assert.deepEqual(toPersonSignature(vote!), { person: ANNA, signature: SIGNATURE })
  }
  assert.deepEqual(fold(second, first).changes, ['vote'])
  assert.deepEqual(PEOPLE_VIEW.reads(first), [OWNER_VOTE_PREFIX + ANNA])
})

test('of an adopted entry the first adopter is remembered', () => {
  const early = entryOf(adoptedDraft([ENTRY]), ANNA, 1)
  const late = entryOf(adoptedDraft([ENTRY, ENTRY]), BEN, 2)
  const orders = [
    [early, late],
    [late, early],
  ]
  for (const order of orders) {
    const { values } = fold(...order)
    assert.equal(registerAdopter(values.get(ADOPTED_PREFIX + ENTRY)!), ANNA)
  }
})

test('what is malformed is ignored', () => {
  const values: CborValue[] = [null, [], [new Uint8Array(32)], [[new Uint8Array(31)]], ['x', 'y']]
  for (const type of ['space.owner-vote', 'space.adopted']) {
    for (const value of values) {
      assert.equal(fold(entryOf({ type, value }, ANNA, 1)).values.size, 0)
    }
  }
  assert.equal(registerVote(OWNER_VOTE_PREFIX + ANNA, ['x']), undefined)
  assert.equal(registerAdopter([1]), undefined)
})

test('votes are counted as they are valid now: of present admins, for a present admin', async () => {
  const peers = ['Ada', 'Ben', 'Cleo', 'Dan'].map((name) => new Peer(name))
  const [ada, ben, cleo, dan] = peers as [Peer, Peer, Peer, Peer]
  await ada.create()
  for (const peer of [ben, cleo, dan]) await join(ada, peer, { role: 'admin' })
  const sync = (): Promise<void> => syncAll(...peers.map(({ space }) => space))
  await sync()
  const votes = [ben, cleo, dan].map(({ person, space }) => {
    return { person, signature: space.signOwnerVote(ben.person) }
  })
  assert.deepEqual(ben.space.countOwnerVotes(ben.person, votes.slice(1)), {
    ...{ valid: votes.slice(1).sort((a, b) => (a.person < b.person ? -1 : 1)) },
    ...{ needed: 3, isEnough: false },
  })
  assert.equal(ben.space.countOwnerVotes(ben.person, votes).isEnough, true)
  assert.deepEqual(ben.space.countOwnerVotes(ada.person, votes).valid, [])
  await ada.space.setRole(dan.person, 'writer')
  await sync()
  const { valid, needed } = ben.space.countOwnerVotes(ben.person, votes)
  assert.deepEqual([valid.length, needed], [2, undefined])
})
