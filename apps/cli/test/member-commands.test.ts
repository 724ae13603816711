/** Members by commands: what each does at the peer, what it says it did, and what it refuses. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FormerMember, Member, MembershipEvent, OwnerVotes, SpaceDetail } from '@hamlet/http'
import type { MemoryApi } from '@hamlet/http/testing'

import { asideReason, logLine } from '../src/member-words.ts'
import { startTestPeer } from './_cli.ts'
import type { TestPeer } from './_cli.ts'

interface Home {
  readonly space: string
  readonly ben: MemoryApi
  readonly cleo: MemoryApi
}

/** Ana's space with Ben and Cleo. */
async function home(peer: TestPeer): Promise<Home> {
  const { id: space } = await peer.api.createSpace('Household')
  const { link } = await peer.api.createInvite(space, { mode: 'auto', maxUses: 9 })
  const [ben, cleo] = [peer.world.addPerson('Ben'), peer.world.addPerson('Cleo')]
  for (const person of [ben, cleo]) await person.join(link!)
  return { space, ben, cleo }
}

test('a role is given by name or id, and the way back is said', async () => {
  await using peer = await startTestPeer()
  const { space, ben } = await home(peer)
  const raised = await peer.cli(['member', 'role', 'Household', 'ben', 'admin'])
  assert.equal(
    raised.stdout,
    `Ben is admin now.\nGo back with: hamlet member role ${space.slice(0, 8)} ${ben.id.slice(0, 8)} writer\n`,
  )
  const same = await peer.cli(['member', 'role', 'Household', ben.id.slice(0, 6), 'admin'])
  assert.equal(same.stdout, 'Ben is admin already.\n')
  const shown = await peer.cli(['member', 'show', 'Household', 'Ben'])
  assert.match(shown.stdout, /^Role +admin$/m)
  assert.match(shown.stdout, /^You may +remove them, or make them writer, reader, relay$/m)
  assert.match(shown.stdout, /^memory +[0-9a-f]{8} +now$/m)
  const wrong = await peer.cli(['member', 'role', 'Household', 'ben', 'king'])
  assert.deepEqual([wrong.code, wrong.stdout], [2, ''])
  const nobody = await peer.cli(['member', 'role', 'Household', 'Zoe', 'admin'])
  assert.equal(nobody.code, 1)
  assert.match(nobody.stderr, /no member "Zoe"/)
})

test('two people of one name are told apart by id, and none is taken by name', async () => {
  await using peer = await startTestPeer()
  const { space, ben } = await home(peer)
  const other = peer.world.addPerson('Ben')
  await other.join((await peer.api.createInvite(space, { mode: 'auto' })).link!)
  const refused = await peer.cli(['member', 'remove', 'Household', 'Ben'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /fits more than one member/)
  assert.equal((await peer.api.members(space)).length, 4)
  await peer.cli(['member', 'remove', 'Household', other.id.slice(0, 8)])
  const left = (await peer.api.members(space)).map(({ person }) => person)
  assert.ok(left.includes(ben.id) && !left.includes(other.id))
})

test('a removal can be looked at first, says what it did, and how to let them back in', async () => {
  await using peer = await startTestPeer()
  const { space, ben } = await home(peer)
  await ben.send(space, { text: 'mine' })
  const preview = await peer.cli(['member', 'remove', 'Household', 'Ben', '--preview'])
  assert.match(preview.stdout, /^Removing Ben \(writer\) would mean:\n- 1 device of theirs loses/)
  assert.match(preview.stdout, /They keep what they have read: that cannot be undone/)
  assert.match(preview.stdout, /1 invitation is still open, also to them/)
  assert.equal((await peer.api.members(space)).length, 3)
  const removed = await peer.cli(['member', 'remove', 'Household', 'Ben'])
  assert.match(removed.stdout, /^Removed Ben\.\n/)
  assert.match(removed.stdout, /What they wrote stays: 1 entry\./)
  assert.match(removed.stdout, /hamlet invite [0-9a-f]{8} --role writer\n$/)
  const list = await peer.cli(['member', 'list', 'Household'])
  assert.match(
    list.stdout,
    /^NOT ANY MORE +ID +WAS +HOW +WHEN\nBen +[0-9a-f]{8} +writer +removed by Ana/m,
  )
  const lists = await peer.json<{ members: Member[]; former: FormerMember[] }>(
    ...['member', 'list', 'Household'],
  )
  assert.deepEqual([lists.members.length, lists.former[0]?.name], [2, 'Ben'])
  const log = await peer.cli(['member', 'log', 'Household'])
  assert.match(log.stdout, /Ana removed Ben, who was writer\n$/)
  const events = await peer.json<MembershipEvent[]>('member', 'log', 'Household')
  assert.equal(events.at(-1)?.kind, 'removed')
})

test('what the own role does not allow is refused in words, with exit code 1', async () => {
  await using peer = await startTestPeer()
  const ben = peer.world.addPerson('Ben')
  const { id } = await ben.createSpace('Club')
  await peer.api.join((await ben.createInvite(id, { mode: 'auto' })).link!)
  const result = await peer.cli(['member', 'remove', 'Club', 'Ben'])
  assert.deepEqual([result.code, result.stdout], [1, ''])
  assert.match(result.stderr, /Your role in this space does not allow that/)
  const preview = await peer.cli(['member', 'remove', 'Club', 'Ben', '--preview'])
  assert.match(preview.stdout, /Your role does not allow it\.\n$/)
  assert.match((await peer.cli(['member', 'show', 'Club', 'Ben'])).stdout, /change nothing/)
})

test('leaving keeps the space readable; forgetting deletes it; neither comes before the other', async () => {
  await using peer = await startTestPeer()
  const ben = peer.world.addPerson('Ben')
  const { id } = await ben.createSpace('Club')
  await peer.api.join((await ben.createInvite(id, { mode: 'auto' })).link!)
  const early = await peer.cli(['space', 'forget', 'Club'])
  assert.match(early.stderr, /Leave it first: hamlet member leave SPACE/)
  const left = await peer.cli(['member', 'leave', 'Club'])
  assert.match(left.stdout, /^You left Club\. It stays readable here as it is now\.\n/)
  assert.match((await peer.cli(['space', 'list'])).stdout, /Club .* you left$/m)
  assert.match((await peer.cli(['space', 'show', 'Club'])).stdout, /^You were +writer$/m)
  const refused = await peer.cli(['send', 'Club', 'still here?'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /not a member of this space any more/)
  const forgotten = await peer.cli(['space', 'forget', 'Club'])
  assert.match(forgotten.stdout, /^Deleted Club from this device \(\d+ entr/)
  assert.match((await peer.cli(['space', 'list'])).stdout, /^No spaces yet/)
})

test('a device put back from a backup says what it waits for, and writes when told to', async () => {
  await using peer = await startTestPeer()
  const { space } = await home(peer)
  peer.api.putBack(space)
  const refused = await peer.cli(['send', 'Household', 'hello'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /put back from a backup\. Nothing was saved/)
  assert.match(refused.stderr, /hamlet space write-anyway SPACE/)
  const shown = await peer.cli(['space', 'show', 'Household'])
  assert.match(shown.stdout, /^State +waits for another device to confirm what this one has$/m)
  const told = await peer.cli(['space', 'write-anyway', 'Household'])
  assert.match(told.stdout, /^This device writes in Household again\. /)
  const again = await peer.cli(['space', 'write-anyway', 'Household'])
  assert.equal(again.stdout, 'This device does not wait for anybody in Household.\n')
  assert.equal((await peer.cli(['send', 'Household', 'hello'])).code, 0)
})

test('whoever was removed is told by whom', async () => {
  await using peer = await startTestPeer()
  const ben = peer.world.addPerson('Ben')
  const { id } = await ben.createSpace('Club')
  await peer.api.join((await ben.createInvite(id, { mode: 'auto' })).link!)
  await ben.removeMember(id, peer.api.id)
  assert.match((await peer.cli(['space', 'list'])).stdout, /Club .* you were removed by Ben$/m)
  assert.equal((await peer.json<SpaceDetail>('space', 'show', 'Club')).standing, 'removed')
})

test('whose admission does not count is told why', async () => {
  const words = {
    admitter: 'Cleo, who let you in, had lost the right to',
    invite: 'the invitation had been taken back',
    seat: 'others had used the invitation up',
  }
  for (const [admission, why] of Object.entries(words)) {
    await using peer = await startTestPeer()
    const ben = peer.world.addPerson('Ben')
    const { id } = await ben.createSpace('Club')
    await peer.api.join((await ben.createInvite(id, { mode: 'auto' })).link!)
    peer.api.letFall(id, admission as keyof typeof words, 'Cleo')
    const shown = (await peer.cli(['space', 'show', 'Club'])).stdout
    assert.match(shown, new RegExp(`^State +your admission does not count: ${why}$`, 'm'))
    assert.match(shown, /^Come back +ask somebody for a new invitation$/m)
  }
})

test('the owner hands over, and admins vote for another when the owner is lost', async () => {
  await using peer = await startTestPeer()
  const { space, ben, cleo } = await home(peer)
  const owner = await peer.cli(['member', 'leave', 'Household'])
  assert.match(owner.stderr, /Hand it over first: hamlet member transfer SPACE PERSON/)
  for (const { id } of [ben, cleo]) await peer.api.setRole(space, id, 'admin')
  const before = await peer.cli(['member', 'vote', 'Household'])
  assert.match(before.stdout, /^It takes three admins to replace an owner; there are 2\.\n/)
  const given = await peer.cli(['member', 'transfer', 'Household', 'Ben'])
  assert.match(given.stdout, /^Ben owns the space now\. You are an admin/)
  const dan = peer.world.addPerson('Dan')
  await dan.join((await ben.createInvite(space, { mode: 'auto' })).link!)
  await ben.setRole(space, dan.id, 'admin')
  await dan.voteForOwner(space, cleo.id)
  const voted = await peer.cli(['member', 'vote', 'Household', 'Cleo'])
  assert.match(
    voted.stdout,
    /^You voted for Cleo\. It takes 3 of 3 admins to replace the owner\.\n/,
  )
  assert.match(voted.stdout, /^Cleo +2 +\S/m)
  assert.equal((await peer.json<OwnerVotes>('member', 'vote', 'Household')).own, cleo.id)
  await cleo.voteForOwner(space, cleo.id)
  assert.match(
    (await peer.cli(['member', 'log', 'Household'])).stdout,
    /The admins made Cleo the owner\n$/,
  )
  const mine = await peer.cli(['member', 'vote', 'Household', 'Cleo'])
  assert.equal(mine.code, 1)
})

test('a policy is shown and set; half a setting is wrong usage', async () => {
  await using peer = await startTestPeer()
  await home(peer)
  assert.match(
    (await peer.cli(['policy', 'Household'])).stdout,
    /^history +all +all \| from-join$/m,
  )
  const set = await peer.cli(['policy', 'Household', 'history', 'from-join'])
  assert.match(set.stdout, /^history +from-join/m)
  const held = await peer.cli(['policy', 'Household', 'releaseAfterAcks', '2'])
  assert.match(held.stdout, /^releaseAfterAcks +2 +0 \| 1 \| 2 \| 3$/m)
  assert.equal((await peer.cli(['policy', 'Household', 'history'])).code, 2)
  assert.equal((await peer.cli(['policy', 'Household', 'colour', 'red'])).code, 1)
})

test('with nothing set aside, listing says so and adopting does nothing or refuses', async () => {
  await using peer = await startTestPeer()
  await home(peer)
  assert.equal((await peer.cli(['aside', 'list', 'Household'])).stdout, 'Nothing was set aside.\n')
  const all = await peer.cli(['aside', 'adopt', 'Household', '--all'])
  assert.equal(all.stdout, 'There is nothing to adopt.\n')
  assert.equal((await peer.cli(['aside', 'adopt', 'Household'])).code, 2)
  assert.equal((await peer.cli(['aside', 'adopt', 'Household', 'abcd'])).code, 1)
})

test('every event and every reason has a sentence, harmless on a terminal', () => {
  const event = {
    id: '0'.repeat(64),
    atMs: 0,
    byName: 'Ana',
    personName: 'B\u001b[2J',
    counts: true,
  }
  const line = (kind: MembershipEvent['kind'], more: Partial<MembershipEvent> = {}): string =>
    logLine({ ...event, kind, ...more })
  assert.equal(line('returned', { role: 'reader' }), 'Ana let B\ufffd[2J in again as reader')
  assert.equal(
    line('lowered', { role: 'reader', formerRole: 'admin', personName: 'Ben' }),
    'Ana made Ben reader, who was admin',
  )
  assert.equal(
    line('removed', { personName: 'Ben', counts: false }),
    'Ana removed Ben (without effect: undone by somebody of higher rank)',
  )
  assert.equal(
    line('device-added', { by: 'x', person: 'x', personName: 'Ben', deviceName: 'phone' }),
    'Ben added the device phone',
  )
  assert.equal(
    line('device-revoked', { by: 'x', person: 'y', personName: 'Ben', deviceName: 'phone' }),
    'Ana revoked the device phone of Ben',
  )
  assert.match(line('device-reset'), /write again$/)
  assert.match(line('device-forked'), /signed two histories$/)
  assert.match(
    line('removed-again', { personName: 'Ben' }),
    /decided anew what counts of what Ben wrote/,
  )
  const aside = {
    id: '0',
    person: '0',
    name: '',
    device: '0',
    atMs: 0,
    kind: 'message',
    text: '',
  } as const
  const reason = (value: 'removed' | 'lowered' | 'left' | 'ownership' | 'device-revoked'): string =>
    asideReason({ ...aside, reason: value, byName: 'Ana', canAdopt: false })
  assert.deepEqual(
    (['removed', 'lowered', 'left', 'ownership', 'device-revoked'] as const).map(reason),
    [
      'removed by Ana',
      'made reader or less by Ana',
      'had left',
      'no longer the owner',
      'device revoked by Ana',
    ],
  )
})
