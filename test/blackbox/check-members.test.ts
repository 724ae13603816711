/**
 * The judge of who belongs to a space judged: a history in which people are removed, come back, change roles and hand the
 * space over passes, and each way to spoil it is found and named.
 */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkHistory } from './check-history.ts'
import type { AnomalyKind, History, MemberEvent, Role } from './history.ts'
import { ANNA, BEN, CARL, HistoryBuilder, ROOM, seen } from './_histories.ts'

function assertFinds(history: History, kind: AnomalyKind): void {
  const found = checkHistory(history)
  assert.ok(
    found.some((anomaly) => anomaly.kind === kind),
    `found ${JSON.stringify(found)}`,
  )
}

function assertGood(history: HistoryBuilder): void {
  assert.deepEqual(checkHistory(history.build()), [])
}

/** Anna removes Ben, who does not know it and writes on; Carl stays. */
function removal(): HistoryBuilder {
  const history = new HistoryBuilder()
  history.letIn('carl', 'writer')
  history.send('anna', 'a1 hello')
  history.read('ben', ['a1'])
  history.send('ben', 'b1 hello')
  history.remove('ben')
  history.sendAside('ben', 'b2 on the train')
  history.send('anna', 'a2 without Ben')
  history.add('ben', { kind: 'send', room: ROOM, text: 'b3' }, { outcome: 'fail', code: 'X' })
  return history
}

function setLog(history: HistoryBuilder, change: (event: MemberEvent) => MemberEvent): void {
  history.log.splice(0, history.log.length, ...history.log.map(change))
}

function makeAdmin(history: HistoryBuilder, by: string, name: string): void {
  const person = `person-${name}`
  history.add(by, { kind: 'change', act: 'role', person, role: 'admin' })
  const index = history.members.findIndex((each) => each.person === person)
  history.members[index] = { ...history.members[index]!, role: 'admin' }
  history.log.push({ kind: 'raised', by: `person-${by}`, person, role: 'admin', counts: true })
}

/** Ben, Carl and Dora are admins; those named vote that Carl is to own the space, and he does. */
function election(voters: readonly string[]): HistoryBuilder {
  const history = new HistoryBuilder()
  for (const name of ['carl', 'dora']) history.letIn(name, 'writer')
  for (const name of ['ben', 'carl', 'dora']) makeAdmin(history, 'anna', name)
  for (const name of voters) history.add(name, { kind: 'change', act: 'vote', person: CARL })
  const roles: Readonly<Record<string, Role>> = { [ANNA]: 'admin', [CARL]: 'owner' }
  history.members.forEach((member, i) => {
    history.members[i] = { ...member, role: roles[member.person] ?? member.role }
  })
  history.log.push({ kind: 'owner-replaced', by: BEN, person: CARL, role: 'owner', counts: true })
  return history
}

function handOver(history: HistoryBuilder, name: string): void {
  const person = `person-${name}`
  history.add('anna', { kind: 'change', act: 'hand over', person })
  const roles = { [ANNA]: 'admin', [person]: 'owner' } as const
  history.members.forEach((member, i) => {
    const role = roles[member.person]
    if (role !== undefined) history.members[i] = { ...member, role }
  })
  history.log.push({ kind: 'handed-over', by: ANNA, person, role: 'owner', counts: true })
}

describe('a history as promised', () => {
  test('passes when somebody is removed, writes on unaware, and comes back', () => {
    const history = removal()
    assertGood(history)
    history.outsiders.pop()
    history.letIn('ben', 'writer', 'returned')
    history.read('ben', ['a1', 'b1', 'a2'])
    history.send('ben', 'b4 back again')
    assertGood(history)
  })

  test('passes when roles change and the space is handed over', () => {
    const history = removal()
    makeAdmin(history, 'anna', 'carl')
    handOver(history, 'carl')
    history.add('carl', { kind: 'delete', message: 'a1' })
    history.change('a1', { text: '', versions: [], deleted: true })
    assertGood(history)
  })

  test('passes when the admins replace the owner, who knows nothing of it', () => {
    const history = election(['ben', 'carl', 'dora'])
    const about = { kind: 'removed', by: ANNA, person: BEN, counts: false }
    history.add('anna', { kind: 'change', act: 'remove', person: BEN })
    history.log.push(about)
    assertGood(history)
  })

  test('passes when what was set aside is adopted, by one or by two who did not know of each other', () => {
    const history = removal()
    history.adopt('carl', 'b2', 'b2 on the train', 'c8')
    history.read('anna', ['a1', 'b1', 'a2', 'c8'])
    history.adopt('anna', 'b2', 'b2 on the train', 'a8')
    history.add('carl', { kind: 'edit', message: 'c8', text: 'e8 in the bus' })
    history.change('c8', { text: 'e8 in the bus', versions: ['b2 on the train', 'e8 in the bus'] })
    assertGood(history)
  })

  test('passes when somebody leaves, and when a second device is linked and taken out', () => {
    const history = new HistoryBuilder()
    history.add('ben', { kind: 'change', act: 'leave', person: BEN })
    history.members.pop()
    history.log.push({ kind: 'left', by: BEN, person: BEN, counts: true })
    history.outsiders.push({
      host: 'ben',
      standing: 'left',
      messages: [],
      outOfReach: false,
      unheard: false,
    })
    history.add('anna', { kind: 'link' })
    const device = 'device-phone'
    const about = { person: ANNA, by: ANNA, device, counts: true }
    history.log.push({ kind: 'device-added', ...about }, { kind: 'device-revoked', ...about })
    history.add('anna', { kind: 'change', act: 'revoke', person: ANNA, device })
    const told = { standing: 'removed', by: ANNA, messages: [], outOfReach: false, unheard: false }
    history.outsiders.push({ host: 'phone', ...told })
    const built = history.build()
    const hosts = built.hosts.map((host) =>
      host.name === 'phone' ? { ...host, person: ANNA } : host,
    )
    assert.deepEqual(checkHistory({ ...built, hosts }), [])
  })

  test('passes when an edit and a reaction of somebody who was removed were set aside, or never arrived', () => {
    const history = removal()
    history.add('ben', { kind: 'edit', message: 'b1', text: 'e1' })
    history.add('ben', { kind: 'react', message: 'a1', emoji: '👍', on: true })
    assertGood(history)
    history.sendAside('ben', 'b4 at the station')
    for (const id of ['x1', 'x2']) history.setAside('ben', id, '', 'other')
    assertGood(history)
    history.aside.pop()
    assertFinds(history.build(), 'wrong state')
  })

  test('passes when somebody answered a message that was set aside later', () => {
    const history = removal()
    history.send('carl', 'c1 yes', 'b2')
    assertGood(history)
    history.aside.pop()
    assertFinds(history.build(), 'reply before its message')
  })
})

describe('what was set aside', () => {
  test('a write of somebody who was removed that is neither shown nor listed is found', () => {
    const history = removal()
    history.aside.pop()
    assertFinds(history.build(), 'lost write')
  })

  test('a write that is shown and set aside at once is found', () => {
    const history = removal()
    history.final('ben', 'b2', 'b2 on the train')
    assertFinds(history.build(), 'diverged')
  })

  test('a message of somebody from whom nothing was taken is found', () => {
    const history = removal()
    history.sendAside('carl', 'c1 hello')
    assertFinds(history.build(), 'set aside without cause')
  })

  test('a message that the remover had been shown before is found', () => {
    const history = new HistoryBuilder()
    const id = history.sendAside('ben', 'b1 hello')
    const message = seen(history.final('ben', id, 'b1 hello'))
    history.messages.pop()
    const page = { messages: [message], hasOlder: false, hasNewer: false }
    history.add('anna', { kind: 'read', room: ROOM, query: '', page })
    history.remove('ben')
    assertFinds(history.build(), 'set aside without cause')
  })

  test('a message that others were shown and the remover was not may be set aside', () => {
    const history = new HistoryBuilder()
    history.letIn('carl', 'writer')
    const id = history.sendAside('ben', 'b1 hello')
    const message = seen(history.final('ben', id, 'b1 hello'))
    history.messages.pop()
    const page = { messages: [message], hasOlder: false, hasNewer: false }
    history.add('carl', { kind: 'read', room: ROOM, query: '', page })
    history.remove('ben')
    assertGood(history)
  })
})

describe('what was adopted', () => {
  test('is found when it is missing, there twice, or not what was set aside', () => {
    const missing = removal()
    missing.adopt('carl', 'b2', 'b2 on the train', 'c8')
    missing.messages.pop()
    assertFinds(missing.build(), 'lost write')
    const twice = removal()
    twice.adopt('carl', 'b2', 'b2 on the train', 'c8')
    twice.final('carl', 'c9', 'b2 on the train')
    assertFinds(twice.build(), 'double write')
    const other = removal()
    other.adopt('carl', 'b2', 'b2 on the boat', 'c8')
    assertFinds(other.build(), 'phantom')
  })

  test('is found under the name of somebody who did not ask for it, or was refused', () => {
    const unasked = removal()
    unasked.adopt('carl', 'b2', 'b2 on the train', 'c8')
    unasked.final('anna', 'a8', 'b2 on the train')
    assertFinds(unasked.build(), 'altered write')
    const refused = removal()
    const entries = [{ id: 'b2', text: 'b2 on the train' }]
    refused.add('carl', { kind: 'adopt', entries }, { outcome: 'fail', code: 'X' })
    refused.final('carl', 'c8', 'b2 on the train')
    assertFinds(refused.build(), 'altered write')
  })

  test('is missed when it was shown and is gone', () => {
    const history = removal()
    history.adopt('carl', 'b2', 'b2 on the train', 'c8')
    history.read('anna', ['c8'])
    history.messages.pop()
    assertFinds(history.build(), 'seen, then lost')
  })
})

describe('who may what', () => {
  test('a role nobody gave, an owner nobody made and a second owner are found', () => {
    for (const role of ['admin', 'owner'] as const) {
      const history = removal()
      history.members[1] = { ...history.members[1]!, role }
      assertFinds(history.build(), 'wrong members')
    }
    const without = removal()
    without.members[0] = { ...without.members[0]!, role: 'admin' }
    assertFinds(without.build(), 'wrong members')
  })

  test('a writer who removes and an admin who makes admins are found', () => {
    const removed = removal()
    removed.add('carl', { kind: 'change', act: 'remove', person: BEN })
    removed.log.push({ kind: 'removed', by: CARL, person: BEN, counts: true })
    assertFinds(removed.build(), 'change without the right')
    const raised = new HistoryBuilder()
    raised.letIn('carl', 'admin')
    makeAdmin(raised, 'carl', 'ben')
    assertFinds(raised.build(), 'change without the right')
  })

  test('an owner whom too few have voted for, and a vote of or for somebody who is no admin, are found', () => {
    assertFinds(election(['ben', 'dora']).build(), 'phantom change')
    assertFinds(election(['ben', 'dora']).build(), 'wrong members')
    assertFinds(election(['ben', 'ben', 'ben']).build(), 'phantom change')
    for (const [voter, person] of [
      ['emil', CARL],
      ['ben', 'person-emil'],
    ] as const) {
      const history = election(['ben', 'carl', 'dora'])
      history.letIn('emil', 'writer')
      history.add(voter, { kind: 'change', act: 'vote', person })
      assertFinds(history.build(), 'change without the right')
    }
  })

  test('an acknowledged change that nobody tells of is found, and one nobody asked for', () => {
    const lost = removal()
    lost.log.pop()
    assertFinds(lost.build(), 'lost change')
    const twice = removal()
    twice.add('anna', { kind: 'change', act: 'remove', person: BEN })
    assertFinds(twice.build(), 'lost change')
    const phantom = removal()
    phantom.log.push({ kind: 'lowered', by: ANNA, person: CARL, role: 'reader', counts: true })
    assertFinds(phantom.build(), 'phantom change')
    const refused = removal()
    refused.add(
      'anna',
      { kind: 'change', act: 'remove', person: CARL },
      { outcome: 'fail', code: 'X' },
    )
    refused.log.push({ kind: 'removed', by: ANNA, person: CARL, counts: true })
    assertFinds(refused.build(), 'phantom change')
  })

  test('somebody who came in as more than their link said is found', () => {
    const history = removal()
    setLog(history, (event) => (event.person === CARL ? { ...event, role: 'admin' } : event))
    assertFinds(history.build(), 'phantom change')
  })

  test('somebody whom nobody put out, and somebody who is in after a removal, are found', () => {
    const out = new HistoryBuilder()
    out.members.pop()
    const told = { standing: 'removed', by: ANNA, messages: [], outOfReach: false, unheard: false }
    out.outsiders.push({ host: 'ben', ...told })
    assertFinds(out.build(), 'wrong members')
    const inside = removal()
    inside.outsiders.pop()
    inside.members.push({ person: BEN, name: 'ben', role: 'writer', devices: ['device-ben'] })
    assertFinds(inside.build(), 'wrong members')
  })
})

describe('who is out', () => {
  test('and believes to be in, or was told of somebody else, is found', () => {
    for (const told of [{ standing: 'member' }, { by: CARL }, { standing: 'left' }]) {
      const history = removal()
      history.outsiders.push({ ...history.outsiders.pop()!, ...told })
      assertFinds(history.build(), 'not told')
    }
  })

  test('and was told by nobody is found, and what it wrote last is not missed as well', () => {
    const history = removal()
    history.aside.pop()
    history.outsiders.push({ ...history.outsiders.pop()!, outOfReach: true })
    const found = checkHistory(history.build()).map(({ kind }) => kind)
    assert.deepEqual(found, ['not told'])
  })

  test('and was told, but not heard to the end, is not accused of it', () => {
    const history = removal()
    history.aside.pop()
    history.outsiders.push({ ...history.outsiders.pop()!, unheard: true })
    assertGood(history)
  })

  test('and is shown what somebody wrote who knew it is found, during the run and at the end', () => {
    const during = removal()
    during.read('ben', ['a1', 'b1', 'a2'])
    assertFinds(during.build(), 'read by who was out')
    const end = removal()
    end.outsiders.push({ ...end.outsiders.pop()!, messages: ['a1', 'a2'] })
    assertFinds(end.build(), 'read by who was out')
  })

  test('may be shown what was written by who had not heard of it, and is found out once they had', () => {
    const history = removal()
    history.send('carl', 'c1 nobody told me')
    history.read('ben', ['a1', 'b1', 'c1'])
    assertGood(history)
    history.add('carl', { kind: 'members', members: [...history.members] })
    history.send('carl', 'c2 now I know')
    history.read('ben', ['a1', 'b1', 'c1', 'c2'])
    assertFinds(history.build(), 'read by who was out')
  })
})
