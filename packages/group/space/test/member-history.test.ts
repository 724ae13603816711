/** What is told of members: one list on every device, by whom and to whom, with what did not stand marked. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MemberEvent } from '@hamlet/space'
import { INVITE, join, Peer, pull, syncAll } from './_world.ts'

async function group(): Promise<{ Ada: Peer; Ben: Peer; Cleo: Peer }> {
  const [Ada, Ben, Cleo] = [new Peer('Ada'), new Peer('Ben'), new Peer('Cleo')]
  await Ada.create()
  await join(Ada, Ben, { role: 'admin' })
  Ada.clock.pass(1000)
  await join(Ada, Cleo)
  await syncAll(Ada.space, Ben.space, Cleo.space)
  return { Ada, Ben, Cleo }
}

function told(events: readonly MemberEvent[], peers: readonly Peer[]): string[] {
  const name = (person: string | undefined): string =>
    peers.find((peer) => peer.person === person)?.name ?? '–'
  return events.map(({ kind, by, person, formerRole, role, counts }) => {
    const change = [formerRole, role].filter(Boolean).join('>')
    return `${name(by)} ${kind} ${name(person)} ${change}${counts ? '' : ' (void)'}`.trim()
  })
}

test('who joined, was raised, lowered, removed, came back and left is told in order', async () => {
  const { Ada, Ben, Cleo } = await group()
  const peers = [Ada, Ben, Cleo]
  const then = async (action: Promise<unknown>): Promise<void> => {
    await action
    await syncAll(Ada.space, Ben.space, Cleo.space)
    for (const { clock } of peers) clock.pass(1000)
  }
  await then(Ada.space.setRole(Cleo.person, 'admin'))
  await then(Ada.space.setRole(Cleo.person, 'reader'))
  await then(Ben.space.remove(Cleo.person))
  const { link } = await Ada.space.createInvite(INVITE)
  const submitted = await Ada.space.submitRequest(Cleo.request(link))
  assert.ok(submitted.ok)
  await then(Ada.space.approve(submitted.value))
  await then(Cleo.space.leave())
  await then(Ada.space.setPolicy('history', 'from-join'))
  await then(Ada.space.transferOwnership(Ben.person))
  assert.deepEqual(told(Ada.space.memberHistory(), peers), [
    'Ada founded Ada owner',
    'Ada joined Ben admin',
    'Ada joined Cleo writer',
    'Ada raised Cleo writer>admin',
    'Ada lowered Cleo admin>reader',
    'Ben removed Cleo reader',
    'Ada returned Cleo writer',
    'Cleo left Cleo',
    'Ada policy –',
    'Ada handed-over Ben admin>owner',
  ])
  assert.deepEqual(Ben.space.memberHistory(), Ada.space.memberHistory())
  assert.deepEqual(Ada.space.memberHistory()[8]?.policy, { name: 'history', value: 'from-join' })
})

test('what somebody of higher rank undid is still told, and marked', async () => {
  const { Ada, Ben, Cleo } = await group()
  await Ben.space.remove(Cleo.person)
  // Without having heard of it.
  await Ada.space.remove(Ben.person)
  await syncAll(Ada.space, Ben.space, Cleo.space)
  const removals = Ada.space.memberHistory().filter(({ kind }) => kind === 'removed')
  assert.deepEqual(told(removals, [Ada, Ben, Cleo]).sort(), [
    'Ada removed Ben admin',
    'Ben removed Cleo writer (void)',
  ])
  assert.equal(Ada.space.role(Cleo.person), 'writer')
})

test('devices that came and went are told with their person', async () => {
  const { Ada, Ben } = await group()
  const phone = new Peer('Ben phone', Ben)
  await Ben.space.addDevice(phone.identity.certificate)
  await Ben.space.revokeDevice(phone.device)
  await pull(Ben.space, Ada.space)
  const devices = Ada.space.memberHistory().filter(({ device }) => device !== undefined)
  assert.deepEqual(
    devices.map(({ kind, by, person, device }) => [kind, by, person, device]),
    [
      ['device-added', Ben.person, Ben.person, phone.device],
      ['device-revoked', Ben.person, Ben.person, phone.device],
    ],
  )
})
