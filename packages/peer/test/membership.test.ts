/** What peers do when somebody loses a right, leaves, comes back or takes over: asked through the API, on every device. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@hamlet/core'
import type { InviteRole, MembershipEvent } from '@hamlet/http/api'
import { codeOf, pass, people, Person } from './_world.ts'

interface Scene {
  readonly space: string
  readonly all: readonly Person[]
  readonly anna: Person
  readonly ben: Person
  readonly cleo: Person
}

/** Anna's space with Ben and Cleo, and whoever else. */
async function scene(roles: readonly InviteRole[] = ['writer', 'writer']): Promise<Scene> {
  const names = ['anna', 'ben', 'cleo', 'dan', 'eve'].slice(0, roles.length + 1)
  const all = await people(...names)
  const [anna, ...others] = all as [Person, ...Person[]]
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home')
  for (const [i, role] of roles.entries()) {
    const mode = role === 'admin' ? 'approve' : 'auto'
    const { link } = await anna.api.createInvite(space, { mode, role })
    await others[i]!.api.join(link!, names[i + 1]!)
    await pass(all, 3_000)
    await approveAll(anna, space)
    await pass(all, 2_000)
  }
  const [ben, cleo] = others as [Person, Person]
  return { space, all, anna, ben, cleo }
}

async function approveAll(by: Person, space: string): Promise<void> {
  for (const { id, state } of await by.api.requests(space)) {
    if (state === 'waiting') await by.api.approve(space, id)
  }
}

function disconnect(person: Person): void {
  for (const peer of person.node.net.peers()) person.node.net.disconnect(peer)
}

/** Back on the network, talking to everybody. */
async function connect(person: Person, all: readonly Person[]): Promise<void> {
  for (const { identity } of all) {
    if (identity.device !== person.identity.device) await person.node.dial(identity.device)
  }
  await pass(all, 12_000)
}

async function texts(person: Person, space: string): Promise<readonly string[]> {
  const { messages } = await person.api.messages(space)
  return messages.map(({ text }) => text)
}

function told(events: readonly MembershipEvent[]): readonly string[] {
  return events.map(({ kind, byName, personName }) =>
    `${byName} ${kind} ${personName ?? ''}`.trim(),
  )
}

test('a removal says what it will do, does it, and is told on every device', async () => {
  const { space, all, anna, ben, cleo } = await scene()
  await ben.api.send(space, { text: 'before' })
  await pass(all, 2_000)
  const person = ben.identity.person
  const preview = await anna.api.previewRemoval(space, person)
  assert.deepEqual(
    [preview.name, preview.role, preview.allowed, preview.newKey, preview.entriesElsewhere],
    ['ben', 'writer', true, true, 0],
  )
  assert.deepEqual([preview.devices.length, preview.devicesToHear, preview.openInvites], [1, 0, 0])
  assert.ok(preview.entriesKept >= 2)
  assert.equal((await cleo.api.previewRemoval(space, person)).allowed, false)
  assert.equal(await codeOf(cleo.api.removeMember(space, person)), 'SPACE_FORBIDDEN')
  assert.equal(await codeOf(anna.api.previewRemoval(space, 'x')), 'PERSON_NOT_FOUND')

  const former = await anna.api.removeMember(space, person)
  assert.deepEqual([former.name, former.how, former.byName], ['ben', 'removed', 'Anna'])
  await pass(all, 3_000)
  await cleo.api.send(space, { text: 'after' })
  await pass(all, 3_000)
  assert.deepEqual(await texts(anna, space), ['before', 'after'])
  assert.deepEqual(await texts(cleo, space), ['before', 'after'])
  assert.deepEqual(
    (await cleo.api.formerMembers(space)).map(({ name }) => name),
    ['ben'],
  )
  const events = await cleo.api.membershipLog(space)
  assert.deepEqual(told(events), [
    'Anna founded Anna',
    'Anna joined ben',
    events[2]?.byName === 'ben' ? 'ben joined cleo' : 'Anna joined cleo',
    'Anna removed ben',
  ])
  assert.equal(events.at(-1)?.formerRole, 'writer')

  // What is left on the device of who was removed: everything up to then, and the truth.
  const [summary] = await ben.api.spaces()
  assert.equal(summary?.standing, 'removed')
  assert.deepEqual([summary?.role, summary?.departure?.byName], ['writer', 'Anna'])
  assert.equal(summary?.departure?.atMs, former.atMs)
  assert.deepEqual(await texts(ben, space), ['before'])
  assert.equal(await codeOf(ben.api.send(space, { text: 'no' })), 'SPACE_NOT_MEMBER')
  assert.equal(await codeOf(ben.api.createRoom(space, 'no')), 'SPACE_NOT_MEMBER')
  await ben.reopen()
  assert.equal((await ben.api.space(space)).standing, 'removed')
})

test('roles are given and taken within what the own role allows', async () => {
  const { space, all, anna, ben, cleo } = await scene()
  const byName = async (person: Person): Promise<Record<string, readonly InviteRole[]>> => {
    const members = await person.api.members(space)
    return Object.fromEntries(members.map(({ name, canBecome }) => [name, canBecome]))
  }
  assert.deepEqual(await byName(anna), {
    Anna: [],
    ben: ['admin', 'reader', 'relay'],
    cleo: ['admin', 'reader', 'relay'],
  })
  assert.equal((await anna.api.setRole(space, ben.identity.person, 'admin')).role, 'admin')
  await pass(all, 2_000)
  assert.deepEqual(await byName(ben), { Anna: [], ben: [], cleo: ['reader', 'relay'] })
  assert.equal((await ben.api.setRole(space, cleo.identity.person, 'reader')).role, 'reader')
  await pass(all, 2_000)
  assert.equal(await codeOf(cleo.api.send(space, { text: 'no' })), 'SPACE_READ_ONLY')
  const { person } = anna.identity
  assert.equal(await codeOf(ben.api.setRole(space, person, 'reader')), 'SPACE_FORBIDDEN')
  assert.deepEqual(told(await anna.api.membershipLog(space)).slice(-2), [
    'Anna raised ben',
    'ben lowered cleo',
  ])
})

test('what was written without knowing of a removal is shown nowhere, and can be adopted once', async () => {
  const { space, all, anna, ben, cleo } = await scene()
  disconnect(ben)
  const others = [anna, cleo]
  await ben.close()
  await anna.api.removeMember(space, ben.identity.person)
  await anna.api.send(space, { text: 'while ben is away' })
  await pass(others, 2_000)
  await ben.open()
  disconnect(ben)
  const lonely = await ben.api.createRoom(space, 'on the train')
  const first = await ben.api.send(space, { room: lonely.id, text: 'what a view' })
  await ben.api.send(space, { room: lonely.id, text: 'indeed', replyTo: first.id })
  await ben.api.send(space, { text: 'hello?' })
  await connect(ben, all)

  assert.equal((await ben.api.space(space)).standing, 'removed')
  assert.deepEqual(await texts(anna, space), ['while ben is away'])
  assert.deepEqual(await texts(cleo, space), ['while ben is away'])
  assert.equal((await cleo.api.rooms(space)).length, 1)
  const aside = await cleo.api.setAside(space)
  assert.deepEqual(
    aside.map(({ kind, text, name, reason, byName, canAdopt }) => {
      return [kind, text, name, reason, byName, canAdopt]
    }),
    [
      ['room', 'on the train', 'ben', 'removed', 'Anna', true],
      ['message', 'what a view', 'ben', 'removed', 'Anna', true],
      ['message', 'indeed', 'ben', 'removed', 'Anna', true],
      ['message', 'hello?', 'ben', 'removed', 'Anna', true],
    ],
  )
  // The two messages bring their room with them.
  const after = await cleo.api.adopt(space, [aside[1]!.id, aside[2]!.id])
  assert.deepEqual(
    after.map(({ adoptedByName }) => adoptedByName),
    ['cleo', 'cleo', 'cleo', undefined],
  )
  await cleo.api.adopt(space, [aside[1]!.id])
  await pass(all, 3_000)
  const room = (await anna.api.rooms(space)).find(({ name }) => name === 'on the train')
  const { messages } = await anna.api.messages(space, { room: room!.id })
  assert.deepEqual(
    messages.map(({ text, authorName, replyTo }) => [text, authorName, replyTo?.text]),
    [
      ['what a view', 'cleo', undefined],
      ['indeed', 'cleo', 'what a view'],
    ],
  )
  assert.equal((await anna.api.setAside(space)).filter(({ canAdopt }) => canAdopt).length, 1)
  await anna.api.adopt(space, [aside[3]!.id])
  assert.deepEqual(await texts(anna, space), ['while ben is away', 'hello?'])
  assert.equal(await codeOf(anna.api.adopt(space, [space])), 'SPACE_NOT_SET_ASIDE')
})

test('who left reads on, may delete the space from the device, and comes back by an invitation', async () => {
  const { space, all, anna, ben } = await scene()
  await ben.api.send(space, { text: 'mine' })
  await pass(all, 2_000)
  assert.equal(await codeOf(anna.api.leaveSpace(space)), 'SPACE_OWNER_STAYS')
  assert.equal(await codeOf(ben.api.forgetSpace(space)), 'SPACE_STILL_MEMBER')
  assert.equal((await ben.api.leaveSpace(space)).standing, 'left')
  await pass(all, 3_000)
  assert.deepEqual(
    (await anna.api.formerMembers(space)).map(({ name, how, by }) => [name, how, by]),
    [['ben', 'left', undefined]],
  )
  assert.deepEqual(await texts(ben, space), ['mine'])
  const preview = await ben.api.previewForget(space)
  assert.deepEqual([preview.allowed, preview.onlyHere], [true, 0])
  assert.ok(preview.entries > 0)
  await ben.api.forgetSpace(space)
  assert.deepEqual(await ben.api.spaces(), [])
  assert.equal(await codeOf(ben.api.messages(space)), 'SPACE_NOT_FOUND')
  assert.deepEqual(
    [...ben.disk.files().keys()].filter((path) => path.includes(space)),
    [`spaces/${space}/written`],
  )
  await ben.reopen()
  assert.deepEqual(await ben.api.spaces(), [])

  await anna.api.send(space, { text: 'meanwhile' })
  const { link } = await anna.api.createInvite(space, { mode: 'auto' })
  await ben.api.join(link!)
  await connect(ben, all)
  assert.equal((await ben.api.space(space)).standing, 'member')
  await ben.api.send(space, { text: 'back' })
  await pass(all, 3_000)
  assert.deepEqual(await texts(anna, space), ['mine', 'meanwhile', 'back'])
  assert.deepEqual((await anna.api.inspect(space)).forks, [])
  const member = (await anna.api.members(space)).find(({ name }) => name === 'ben')
  assert.equal(member?.incarnation, 1)
})

test('who was removed comes back into the same copy of the space', async () => {
  const { space, all, anna, ben } = await scene()
  await ben.api.send(space, { text: 'first life' })
  await pass(all, 2_000)
  await anna.api.removeMember(space, ben.identity.person)
  await pass(all, 3_000)
  await anna.api.send(space, { text: 'without ben' })
  const { link } = await anna.api.createInvite(space)
  assert.equal((await ben.api.previewInvite(link!)).alreadyMember, false)
  await ben.api.join(link!)
  await pass(all, 3_000)
  assert.equal((await ben.api.joins())[0]?.state, 'asked')
  // Restarting on the way asks once, and leaves what there is readable.
  await ben.reopen()
  await connect(ben, all)
  assert.deepEqual(await texts(ben, space), ['first life'])
  const waiting = (await anna.api.requests(space)).filter(({ state }) => state === 'waiting')
  assert.equal(waiting.length, 1)
  await anna.api.approve(space, waiting[0]!.id)
  await pass(all, 12_000)
  assert.equal((await ben.api.joins())[0]?.state, 'joined')
  assert.equal((await ben.api.space(space)).standing, 'member')
  await ben.api.send(space, { text: 'second life' })
  await pass(all, 3_000)
  const expected = ['first life', 'without ben', 'second life']
  assert.deepEqual(await texts(anna, space), expected)
  assert.deepEqual(await texts(ben, space), expected)
  assert.deepEqual(told(await anna.api.membershipLog(space)).slice(-2), [
    'Anna removed ben',
    'Anna returned ben',
  ])
})

/** Ben was removed while he was away, and several keys later he comes back: nobody looks for him where he looks. */
async function longGone(): Promise<Scene> {
  const made = await scene()
  const { space, all, anna, ben, cleo } = made
  await ben.api.send(space, { text: 'long ago' })
  await pass(all, 2_000)
  await ben.close()
  await anna.api.removeMember(space, ben.identity.person)
  for (const role of ['relay', 'writer', 'relay', 'writer'] as const) {
    await anna.api.setRole(space, cleo.identity.person, role)
    await pass([anna, cleo], 2_000)
  }
  await anna.api.send(space, { text: 'without ben' })
  await pass([anna, cleo], 2_000)
  await ben.open()
  disconnect(ben)
  return made
}

test('who was removed long ago is told so by whoever they meet where they were, and reads nothing new', async () => {
  const { space, all, anna, ben, cleo } = await longGone()
  assert.equal((await ben.api.space(space)).standing, 'member')
  await ben.node.dial(cleo.identity.device)
  await pass(all, 12_000)
  const { standing, departure } = await ben.api.space(space)
  assert.deepEqual([standing, departure?.byName], ['removed', 'Anna'])
  assert.deepEqual(await texts(ben, space), ['long ago'])
  const { link } = await anna.api.createInvite(space, { mode: 'auto' })
  await ben.api.join(link!)
  await pass(all, 15_000)
  assert.equal((await ben.api.space(space)).standing, 'member')
})

test('who was removed long ago and meets nobody leaves, and comes back by an invitation', async () => {
  const { space, all, anna, ben, cleo } = await longGone()
  const { link } = await anna.api.createInvite(space, { mode: 'auto' })
  assert.equal(await codeOf(ben.api.join(link!)), 'JOIN_ALREADY_MEMBER')
  await ben.api.leaveSpace(space)
  await ben.api.join(link!)
  await pass(all, 15_000)
  assert.equal((await ben.api.space(space)).standing, 'member')
  await ben.api.send(space, { text: 'back' })
  await pass(all, 3_000)
  for (const person of [anna, ben, cleo]) {
    assert.deepEqual(await texts(person, space), ['long ago', 'without ben', 'back'])
  }
})

test('whose admission fell is told why, by name, and is let in by another invitation', async () => {
  const { space, anna, ben, cleo } = await scene(['admin', 'writer'])
  const dan = new Person('dan', anna.world)
  // Apart: Anna removes Ben, and Ben, who does not know, lets Dan in.
  await ben.close()
  await anna.api.removeMember(space, ben.identity.person)
  for (const person of [anna, cleo]) await person.close()
  await ben.open()
  await dan.open()
  const { link } = await ben.api.createInvite(space, { mode: 'auto' })
  await dan.api.join(link!, 'Dan')
  await pass([ben, dan], 12_000)
  assert.equal((await dan.api.space(space)).standing, 'member')
  await dan.api.send(space, { text: 'in at last' })
  for (const person of [anna, cleo]) await person.open()
  await connect(ben, [anna])
  await connect(dan, [anna, cleo])
  const { standing, role, departure } = await dan.api.space(space)
  assert.deepEqual([standing, role], ['removed', 'writer'])
  assert.deepEqual(
    [departure?.admission, departure?.admittedByName, departure?.byName],
    ['admitter', 'ben', 'Anna'],
  )
  assert.equal(await codeOf(dan.api.send(space, { text: 'hello?' })), 'SPACE_NOT_MEMBER')
  assert.deepEqual(await texts(anna, space), [])
  const again = await anna.api.createInvite(space, { mode: 'auto' })
  await dan.api.join(again.link!)
  await pass([anna, cleo, dan], 15_000)
  const back = await dan.api.space(space)
  assert.deepEqual([back.standing, back.departure], ['member', undefined])
  await dan.api.send(space, { text: 'rightly now' })
  await pass([anna, cleo, dan], 3_000)
  for (const person of [anna, cleo, dan]) {
    assert.deepEqual(await texts(person, space), ['rightly now'])
  }
})

test('giving up on coming back leaves the copy as it was', async () => {
  const { space, all, anna, ben } = await scene()
  await anna.api.removeMember(space, ben.identity.person)
  await pass(all, 3_000)
  const { link } = await anna.api.createInvite(space)
  await ben.api.join(link!)
  await pass(all, 3_000)
  await ben.api.cancelJoin(space)
  assert.equal((await ben.api.space(space)).standing, 'removed')
  await ben.api.join(link!)
  await pass(all, 3_000)
  assert.equal((await ben.api.joins())[0]?.state, 'asked')
  // Deleting the space gives the attempt up too.
  await ben.api.forgetSpace(space)
  assert.deepEqual(await ben.api.joins(), [])
  assert.deepEqual(await ben.api.spaces(), [])
})

test('whoever opens a link while the space is deleted from here comes back to a copy made anew', async () => {
  const { space, all, anna, ben } = await scene()
  await ben.api.send(space, { text: 'before' })
  await ben.api.leaveSpace(space)
  await pass(all, 3_000)
  const { link } = await anna.api.createInvite(space, { mode: 'auto' })
  await Promise.all([ben.api.forgetSpace(space), ben.api.join(link!)])
  await connect(ben, all)
  await pass(all, 3_000)
  assert.equal((await ben.api.space(space)).standing, 'member')
  await ben.api.send(space, { text: 'back' })
  await ben.reopen()
  assert.deepEqual((await ben.api.status()).warnings.length, 1)
  assert.deepEqual(await texts(ben, space), ['before', 'back'])
})

test('a deletion cut short by a crash is finished at the next start', async () => {
  const { space, all, ben } = await scene()
  await ben.api.leaveSpace(space)
  await pass(all, 3_000)
  await ben.close()
  await ben.disk.write(`spaces/${space}/forgotten`, utf8('1'))
  const [log] = [...ben.disk.files().keys()].filter((path) => path.includes('/logs/'))
  await ben.disk.remove(log!)
  await ben.open()
  assert.deepEqual(await ben.api.spaces(), [])
  assert.deepEqual((await ben.api.status()).warnings.length, 1)
  assert.deepEqual(
    [...ben.disk.files().keys()].filter((path) => path.includes(space)),
    [],
  )
})

test('the owner hands over, and then may leave', async () => {
  const { space, all, anna, ben } = await scene()
  assert.equal((await anna.api.transferOwnership(space, ben.identity.person)).role, 'owner')
  assert.equal((await anna.api.space(space)).role, 'admin')
  await pass(all, 2_000)
  assert.equal((await ben.api.space(space)).role, 'owner')
  await anna.api.leaveSpace(space)
  await pass(all, 2_000)
  assert.deepEqual(told(await ben.api.membershipLog(space)).slice(-2), [
    'Anna handed-over ben',
    'Anna left Anna',
  ])
})

test('three admins replace a lost owner: the last vote takes effect by itself', async () => {
  const { space, all, anna, ben } = await scene(['admin', 'admin', 'admin'])
  const [, , cleo, dan] = all as [Person, Person, Person, Person]
  await anna.close()
  const rest = [ben, cleo, dan]
  const before = await ben.api.ownerVotes(space)
  assert.deepEqual([before.needed, before.admins, before.canVote], [3, 3, true])
  const candidate = ben.identity.person
  assert.equal(
    await codeOf(ben.api.voteForOwner(space, anna.identity.person)),
    'SPACE_PERSON_UNKNOWN',
  )
  await cleo.api.voteForOwner(space, cleo.identity.person)
  await cleo.api.voteForOwner(space, candidate)
  const two = await dan.api.voteForOwner(space, candidate)
  assert.equal(two.own, candidate)
  await pass(rest, 2_000)
  const votes = await ben.api.ownerVotes(space)
  assert.deepEqual(
    votes.candidates.map(({ name, votes: given }) => [name, given.map((vote) => vote.name).sort()]),
    [['ben', ['cleo', 'dan']]],
  )
  assert.equal((await ben.api.space(space)).role, 'admin')
  await ben.api.voteForOwner(space, candidate)
  await pass(rest, 2_000)
  for (const person of rest) {
    const owner = (await person.api.members(space)).find(({ role }) => role === 'owner')
    assert.equal(owner?.name, 'ben')
    assert.deepEqual((await person.api.ownerVotes(space)).candidates, [])
  }
  // The lost owner turns up, and is an admin.
  await anna.open()
  await connect(anna, all)
  assert.equal((await anna.api.space(space)).role, 'admin')
  assert.equal(told(await anna.api.membershipLog(space)).at(-1), 'ben owner-replaced ben')
})

test('votes that only meet later take effect on the device that sees them together', async () => {
  const { space, all, anna, ben, cleo } = await scene(['admin', 'admin', 'admin'])
  const dan = all[3]!
  await anna.close()
  const rest = [ben, cleo, dan]
  const candidate = ben.identity.person
  for (const person of rest) disconnect(person)
  for (const person of rest) await person.api.voteForOwner(space, candidate)
  assert.equal((await ben.api.space(space)).role, 'admin')
  // Cleo and Dan meet without the candidate, who comes later; nobody votes any more.
  for (const person of rest) await connect(person, rest)
  await pass(rest, 15_000)
  assert.equal((await ben.api.space(space)).role, 'owner')
  assert.equal((await dan.api.members(space)).find(({ role }) => role === 'owner')?.name, 'ben')
})

test('an owner decides what newcomers read; others cannot', async () => {
  const { space, all, anna, ben } = await scene()
  assert.deepEqual(await anna.api.policies(space), [
    { name: 'history', value: 'all', choices: ['all', 'from-join'] },
    { name: 'releaseAfterAcks', value: '0', choices: ['0', '1', '2', '3'] },
  ])
  assert.equal((await anna.api.setPolicy(space, 'releaseAfterAcks', '1'))[1]?.value, '1')
  assert.equal(
    await codeOf(anna.api.setPolicy(space, 'releaseAfterAcks', '4')),
    'POLICY_VALUE_INVALID',
  )
  assert.equal((await anna.api.setPolicy(space, 'history', 'from-join'))[0]?.value, 'from-join')
  await pass(all, 2_000)
  assert.equal((await ben.api.space(space)).history, 'from-join')
  assert.equal(await codeOf(ben.api.setPolicy(space, 'history', 'all')), 'SPACE_FORBIDDEN')
  assert.equal(await codeOf(anna.api.setPolicy(space, 'colour', 'red')), 'POLICY_UNKNOWN')
  assert.equal(await codeOf(anna.api.setPolicy(space, 'toString', 'x')), 'POLICY_UNKNOWN')
  assert.equal(await codeOf(anna.api.setPolicy(space, 'history', 'x')), 'POLICY_VALUE_INVALID')
  assert.deepEqual((await ben.api.membershipLog(space)).at(-1)?.policy, {
    name: 'history',
    value: 'from-join',
  })
})

test('a newcomer whom an admin lets in gets names at once, and the history when the owner knows', async () => {
  const [anna, ben, dan] = (await people('anna', 'ben', 'dan')) as [Person, Person, Person]
  const { id: space } = await anna.api.createSpace('Home')
  const invited = await anna.api.createInvite(space, { mode: 'approve', role: 'admin' })
  await ben.api.join(invited.link!, 'Ben')
  await pass([anna, ben], 3_000)
  await approveAll(anna, space)
  await pass([anna, ben], 3_000)
  await anna.api.setPolicy(space, 'releaseAfterAcks', '1')
  await anna.api.send(space, { text: 'before Dan' })
  await pass([anna, ben], 3_000)
  disconnect(anna)
  const { link } = await ben.api.createInvite(space, { mode: 'approve', role: 'writer' })
  await dan.api.join(link!, 'Dan')
  const here = [ben, dan]
  await pass(here, 3_000)
  await approveAll(ben, space)
  await ben.api.send(space, { text: 'for Dan too' })
  await pass(here, 30_000)
  assert.equal((await dan.api.space(space)).name, 'Home')
  assert.deepEqual(await texts(dan, space), ['for Dan too'])
  await connect(anna, [anna, ben, dan])
  await pass([anna, ben, dan], 20_000)
  assert.deepEqual(await texts(dan, space), ['before Dan', 'for Dan too'])
})

test('a removal is told as an event, and what became void leaves the screen', async () => {
  const { space, all, anna, ben, cleo } = await scene()
  await ben.api.send(space, { text: 'unseen by Anna' })
  await pass([ben, cleo], 1_000)
  const before = cleo.events.length
  await anna.api.removeMember(space, ben.identity.person)
  await pass(all, 3_000)
  const types = new Set(cleo.events.slice(before).map(({ type }) => type))
  for (const type of ['members', 'space', 'spaces'] as const) assert.ok(types.has(type), type)
})
