/**
 * Who belongs to the space, and as what, is what somebody with the right to has decided; whoever is out was told, and
 * reads nothing that was written by somebody who knew it.
 *
 * The idea: hosts decide apart from each other, so which of two decisions stands is not for the judge to say. What it
 * can say is that nothing stands that nobody asked for, that nothing acknowledged has vanished without a trace, and
 * that nobody was ever in a position to ask for what they asked and got. `mayHaveBeen` is therefore generous: a role
 * once given may be held for ever after, as far as a host that has not heard otherwise can know.
 */

import { ELECTING_VOTES_MIN, short } from './check-context.ts'
import type { CheckContext } from './check-context.ts'
import type { ChangeOperation, HistoryHost, MemberEvent, OutsiderState, Role } from './history.ts'

const ACT_BY_EVENT: Readonly<Record<string, ChangeOperation['act']>> = {
  removed: 'remove',
  'removed-again': 'remove',
  raised: 'role',
  lowered: 'role',
  'handed-over': 'hand over',
  left: 'leave',
  'device-revoked': 'revoke',
}

export function checkMembers(context: CheckContext): void {
  if (context.history.finals.length === 0) return
  checkRights(context)
  checkLog(context)
  checkRoles(context)
  checkPresence(context)
  checkOutsiders(context)
}

/** Whoever was let do something can have been what it takes. */
function checkRights(context: CheckContext): void {
  for (const change of context.changes) {
    if (change.outcome !== 'ok' || change.act === 'leave' || change.act === 'revoke') continue
    // Who is to own the space has to be an admin as well, as far as who votes knows.
    const isForAdmin =
      change.act !== 'vote' || context.mayHaveBeen(change.person, 'admin', change.endMs)
    const asker = context.personOf.get(change.host)!
    const isForOwner = change.act === 'hand over' || change.role === 'admin'
    const needed = isForOwner ? 'owner' : 'admin'
    if (isForAdmin && context.mayHaveBeen(asker, needed, change.endMs)) continue
    context.report('change without the right', `${change.host}: ${describe(change)}`)
  }
}

function describe({ act, person, role }: ChangeOperation): string {
  return `${act} ${short(person)}${role === undefined ? '' : ` as ${role}`}`
}

/** Each event was asked for, and each acknowledged change is an event. */
function checkLog(context: CheckContext): void {
  for (const event of context.log) {
    if (!isAskedFor(context, event))
      context.report('phantom change', `nobody asked for ${JSON.stringify(event)}`)
  }
  const asked = new Map<string, ChangeOperation[]>()
  for (const change of context.changes) {
    // A vote is told of only when there are enough.
    if (change.act === 'vote') continue
    const key = keyOfChange(context, change)
    asked.set(key, [...(asked.get(key) ?? []), change])
  }
  const events = new Map<string, number>()
  for (const event of context.log) {
    const key = keyOfEvent(event)
    if (key !== undefined) events.set(key, (events.get(key) ?? 0) + 1)
  }
  for (const [key, changes] of asked) {
    const acknowledged = changes.filter(({ outcome }) => outcome === 'ok').length
    const found = events.get(key) ?? 0
    const first = changes[0]!
    if (found < acknowledged && !context.unreached.has(first.host)) {
      context.report(
        'lost change',
        `${first.host}: ${describe(first)}, ${acknowledged} asked, ${found} told`,
      )
    }
    if (found > changes.length) {
      context.report(
        'phantom change',
        `${first.host}: ${describe(first)}, ${found} told of ${changes.length}`,
      )
    }
  }
}

function isAskedFor(context: CheckContext, event: MemberEvent): boolean {
  const { operations, founder } = context.history
  switch (event.kind) {
    case 'founded':
      return event.by === founder && event.person === founder
    case 'joined':
    case 'returned':
      return context.rolesByLink(event.person!, Infinity).includes(event.role!)
    case 'owner-replaced':
      return context.votersFor(event.person!, Infinity).size >= ELECTING_VOTES_MIN
    case 'device-added':
      return operations.some(
        ({ kind, host, outcome }) =>
          kind === 'link' && outcome !== 'fail' && context.personOf.get(host) === event.person,
      )
    default: {
      const key = keyOfEvent(event)
      return context.changes.some((change) => keyOfChange(context, change) === key)
    }
  }
}

function keyOfChange(context: CheckContext, change: ChangeOperation): string {
  const { act, host, person, device, role } = change
  return [act, context.personOf.get(host), person, device ?? '', role ?? ''].join(' ')
}

/** Of an event that somebody must have asked for by a change. */
function keyOfEvent({ kind, by, person, device, role }: MemberEvent): string | undefined {
  const act = ACT_BY_EVENT[kind]
  if (act === undefined) return undefined
  const asked = act === 'role' ? (role ?? '') : ''
  return [act, by, person, act === 'revoke' ? device : '', asked].join(' ')
}

/** One owner, and everybody as what somebody made them. */
function checkRoles(context: CheckContext): void {
  const { members } = context.history.finals[0]!
  const owners = members.filter(({ role }) => role === 'owner').length
  if (owners !== 1) context.report('wrong members', `${owners} owners`)
  for (const { person, name, role } of members) {
    const given: Role[] = [...context.rolesByLink(person, Infinity)]
    for (const change of context.changes)
      if (change.person === person && change.role !== undefined) given.push(change.role)
    // An owner may become one by the hand of another, and is an admin after handing over.
    if (context.mayHaveBeen(person, 'owner', Infinity)) given.push('owner', 'admin')
    if (!given.includes(role)) context.report('wrong members', `nobody made ${name} ${role}`)
  }
}

/** Who was put out is out, and who was not is in. */
function checkPresence(context: CheckContext): void {
  const inside = new Set(context.history.finals[0]!.members.map(({ person }) => person))
  for (const { host, standing } of context.history.outsiders) {
    if (context.unreached.has(host) || standing === 'never in') continue
    if (context.cutsAgainst(host).length === 0)
      context.report('wrong members', `nobody put ${host} out`)
  }
  for (const change of context.changes) {
    if (change.act !== 'remove' && change.act !== 'leave') continue
    if (change.outcome !== 'ok' || !inside.has(change.person)) continue
    const key = keyOfChange(context, change)
    const isUndone = context.log.some((event) => keyOfEvent(event) === key && !event.counts)
    if (isUndone || context.unreached.has(change.host)) continue
    const tries = returnTries(context, change.person)
    if (tries.some(({ endMs }) => endMs >= change.startMs)) continue
    context.report('wrong members', `${short(change.person)} is in after ${describe(change)}`)
  }
}

/** When the person's hosts asked to be let in; an attempt goes on until the host is seen to be in. */
function returnTries(
  { history, personOf }: CheckContext,
  person: string,
): readonly { readonly startMs: number; readonly endMs: number }[] {
  return history.operations
    .filter(({ kind, host, outcome }) => {
      return kind === 'join' && outcome !== 'fail' && personOf.get(host) === person
    })
    .map(({ host, startMs, endMs }) => {
      const isIn = history.operations.find(
        (each) =>
          each.kind === 'members' &&
          each.outcome === 'ok' &&
          each.host === host &&
          each.startMs > endMs,
      )
      return { startMs, endMs: isIn?.endMs ?? Infinity }
    })
}

function checkOutsiders(context: CheckContext): void {
  for (const outsider of context.history.outsiders) {
    if (outsider.standing === 'never in') continue
    if (outsider.outOfReach) context.report('not told', `${outsider.host} left by itself`)
    else checkTold(context, outsider)
  }
  for (const host of context.history.hosts) checkReading(context, host)
}

function checkTold(context: CheckContext, { host, standing, by }: OutsiderState): void {
  const cuts = context.cutsAgainst(host)
  const isExplained = cuts.some((cut) =>
    cut.act === 'leave'
      ? standing === 'left'
      : standing === 'removed' && context.personOf.get(cut.host) === by,
  )
  if (!isExplained) context.report('not told', `${host} says ${standing}, by ${by ?? 'nobody'}`)
}

/** What was written by somebody who knew that a host is out is not shown there while it is out. */
function checkReading(context: CheckContext, host: HistoryHost): void {
  if (context.isReversed(host.person)) return
  const outsider = context.history.outsiders.find((each) => each.host === host.name)
  for (const cut of context.cutsAgainst(host.name)) {
    if (!puttingOut(cut) || cut.outcome !== 'ok' || context.unreached.has(cut.host)) continue
    const knewMs = whoKnewWhen(context, cut, host)
    const returnMs = returnTries(context, host.person)
      .filter(({ endMs }) => endMs >= cut.startMs)
      .reduce((firstMs, { startMs }) => Math.min(firstMs, startMs), Infinity)
    for (const read of context.history.operations) {
      if (read.kind !== 'read' || read.host !== host.name || read.endMs >= returnMs) continue
      for (const { id } of read.page?.messages ?? []) report(id)
    }
    if (returnMs === Infinity) for (const id of outsider?.messages ?? []) report(id)
    function report(id: string): void {
      const send = context.sendsById.get(id)
      if (send === undefined || send.startMs <= (knewMs.get(send.host) ?? Infinity)) return
      const told = `${host.name} reads ${short(send.text)} of ${send.host}, after ${describe(cut)}`
      context.report('read by who was out', told)
    }
  }
}

function puttingOut({ act }: ChangeOperation): boolean {
  return act === 'remove' || act === 'leave' || act === 'revoke'
}

/** From when on each host certainly knew that this one is out: it did it, or was shown members without it. */
function whoKnewWhen(
  context: CheckContext,
  cut: ChangeOperation,
  out: HistoryHost,
): ReadonlyMap<string, number> {
  const knewMs = new Map<string, number>()
  if (cut.host !== out.name) knewMs.set(cut.host, cut.endMs)
  for (const operation of context.history.operations) {
    if (operation.kind !== 'members' || operation.members === undefined) continue
    if (operation.startMs < cut.endMs || operation.host === out.name) continue
    const isThere = operation.members.some(({ devices }) => devices.includes(out.device))
    if (isThere || knewMs.has(operation.host)) continue
    knewMs.set(operation.host, operation.endMs)
  }
  return knewMs
}
