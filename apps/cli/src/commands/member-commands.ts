/**
 * Commands that change who belongs to a space: roles, removing, leaving, the owner, what was set aside, policies.
 *
 * They act at once and say what they did, what that cannot undo, and how to go back.
 */

import { Argument } from 'commander'
import type { Command } from 'commander'
import type {
  FormerMember,
  HamletApi,
  InviteRole,
  Member,
  OwnerVotes,
  RemovalPreview,
} from '@hamlet/http'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { findPerson, findSpace } from '../find.ts'
import type { Io } from '../io.ts'
import { logLine } from '../member-words.ts'
import { ago, plural, printable } from '../text.ts'
import { listMembers } from './space-commands.ts'

const ROLES = ['admin', 'writer', 'reader', 'relay']

export function addMemberCommands(program: Command, io: Io): void {
  const member = program
    .command('member')
    .description('who is in a space, and changing that; PERSON is a name or the beginning of an id')
  addCommand(member, io, 'list <space>', 'who is in, and who was', listAll)
  addCommand(member, io, 'show <space> <person>', 'one member, with their devices', show)
  addCommand(member, io, 'role <space> <person>', 'give another role', giveRole, (command) =>
    command.addArgument(new Argument('<role>', 'what they may do').choices(ROLES)),
  )
  addCommand<{ preview?: boolean }>(
    member,
    io,
    'remove <space> <person>',
    'remove somebody; they keep what they have read',
    remove,
    (command) => command.option('--preview', 'say what it would do, and do nothing'),
  )
  addCommand(member, io, 'leave <space>', 'leave a space; it stays readable here', leave)
  addCommand(member, io, 'transfer <space> <person>', 'hand the space over', transfer)
  addCommand(member, io, 'vote <space> [person]', 'vote for a new owner, or see the votes', vote)
  addCommand(member, io, 'log <space>', 'who did what to whom, and when', log)
}

async function listAll(session: Session, args: readonly string[]): Promise<void> {
  const client = await session.connect()
  const { id } = await findSpace(client, args[0] ?? '')
  const [members, former] = [await client.members(id), await client.formerMembers(id)]
  if (session.isJson) return session.answer({ members, former }, () => '')
  await listMembers(session, args)
  if (former.length === 0) return
  session.print('')
  const rows = former.map((person) => [
    printable(person.name),
    person.person.slice(0, 8),
    person.role,
    endWords(person),
    ago(person.atMs, session.io.nowMs()),
  ])
  session.print(session.table(['NOT ANY MORE', 'ID', 'WAS', 'HOW', 'WHEN'], rows, ''))
}

function endWords({ how, byName }: FormerMember): string {
  return how === 'left' ? 'left' : `removed by ${printable(byName ?? 'someone')}`
}

async function show(session: Session, args: readonly string[]): Promise<void> {
  const { client, space, person } = await target(session, args)
  const member = findPerson(person, await client.members(space))
  session.answer(member, () => memberWords(session, member))
}

function memberWords(session: Session, member: Member): string {
  const nowMs = session.io.nowMs()
  const back = member.incarnation === 0 ? '' : `, for the ${ordinal(member.incarnation + 1)} time`
  const headings = ['DEVICE', 'ID', 'LAST SEEN']
  const rows = member.devices.map(({ id, name, own, online, lastSeenMs }) => [
    printable(name),
    id.slice(0, 8),
    own ? 'this one' : online ? 'now' : lastSeenMs === undefined ? 'never' : ago(lastSeenMs, nowMs),
  ])
  return [
    session.paint(printable(member.name), 'bold'),
    `Id          ${member.person}`,
    `Role        ${member.role}`,
    `Joined      ${ago(member.joinedAtMs, nowMs)}${back}`,
    `You may     ${mayWords(member)}`,
    '',
    session.table(headings, rows, 'No devices.').trimEnd(),
  ].join('\n')
}

function mayWords({ canRemove, canBecome }: Member): string {
  if (!canRemove) return 'change nothing about them'
  return `remove them, or make them ${canBecome.join(', ')}`
}

function ordinal(count: number): string {
  return ['first', 'second', 'third'][count - 1] ?? `${count}th`
}

async function giveRole(session: Session, args: readonly string[]): Promise<void> {
  const { client, space, person } = await target(session, args)
  const before = findPerson(person, await client.members(space))
  const member = await client.setRole(space, before.person, args[2] as InviteRole)
  session.answer(member, () => {
    const name = printable(member.name)
    if (before.role === member.role) return `${name} is ${member.role} already.`
    const back = `hamlet member role ${space.slice(0, 8)} ${member.person.slice(0, 8)} ${before.role}`
    return `${name} is ${member.role} now.\nGo back with: ${back}`
  })
}

async function remove(
  session: Session,
  args: readonly string[],
  options: { readonly preview?: boolean },
): Promise<void> {
  const { client, space, person } = await target(session, args)
  const { person: id } = findPerson(person, await client.members(space))
  const preview = await client.previewRemoval(space, id)
  if (options.preview === true) {
    return session.answer(preview, () => previewWords(preview, 'Removing'))
  }
  const former = await client.removeMember(space, id)
  session.answer({ former, preview }, () =>
    [
      `Removed ${printable(former.name)}.`,
      previewWords(preview, undefined),
      `Let them back in with: hamlet invite ${space.slice(0, 8)} --role ${preview.role}`,
    ].join('\n'),
  )
}

/** What it will do and cannot undo. `doing`: the first word, when it has not been done. */
function previewWords(preview: RemovalPreview, doing: string | undefined): string {
  const { devices, entriesKept, entriesElsewhere, newKey, openInvites, devicesToHear } = preview
  const name = printable(preview.name)
  const lines = [
    ...(doing === undefined ? [] : [`${doing} ${name} (${preview.role}) would mean:`]),
    `- ${plural(devices.length, 'device')} of theirs ${devices.length === 1 ? 'loses' : 'lose'} access.`,
    ...(newKey ? ['- What is written from now on is under a new key that they do not get.'] : []),
    `- What they wrote stays: ${plural(entriesKept, 'entry', 'entries')}.`,
    ...(entriesElsewhere > 0
      ? [
          `- ${plural(entriesElsewhere, 'entry', 'entries')} of theirs, not here yet, ` +
            `would be set aside (hamlet aside list).`,
        ]
      : []),
    '- They keep what they have read: that cannot be undone.',
    ...(devicesToHear > 0
      ? [
          `- ${plural(devicesToHear, 'device')} of others will hear of it later; ` +
            `what is written there until then they can still read.`,
        ]
      : []),
    ...(openInvites > 0
      ? [`- ${plural(openInvites, 'invitation is', 'invitations are')} still open, also to them.`]
      : []),
    ...(doing !== undefined && !preview.allowed ? ['Your role does not allow it.'] : []),
  ]
  return lines.join('\n')
}

async function leave(session: Session, [name = '']: readonly string[]): Promise<void> {
  const client = await session.connect()
  const space = await client.leaveSpace((await findSpace(client, name)).id)
  session.answer(space, () =>
    [
      `You left ${printable(space.name)}. It stays readable here as it is now.`,
      'To come back, ask a member for an invitation.',
      `Delete it from this device with: hamlet space forget ${space.id.slice(0, 8)}`,
    ].join('\n'),
  )
}

async function transfer(session: Session, args: readonly string[]): Promise<void> {
  const { client, space, person } = await target(session, args)
  const { person: id } = findPerson(person, await client.members(space))
  const owner = await client.transferOwnership(space, id)
  session.answer(
    owner,
    () =>
      `${printable(owner.name)} owns the space now. You are an admin; only they can hand it back.`,
  )
}

async function vote(session: Session, args: readonly string[]): Promise<void> {
  const { client, space, person } = await target(session, args)
  if (person === '') {
    const votes = await client.ownerVotes(space)
    return session.answer(votes, () => votesWords(session, votes))
  }
  const { person: id, name } = findPerson(person, await client.members(space))
  const votes = await client.voteForOwner(space, id)
  const isOwner = (await client.members(space)).some(
    (member) => member.person === id && member.role === 'owner',
  )
  session.answer(votes, () =>
    isOwner
      ? `${printable(name)} owns the space now: enough admins agree.`
      : `You voted for ${printable(name)}. ${votesWords(session, votes)}`,
  )
}

function votesWords(session: Session, { needed, admins, candidates }: OwnerVotes): string {
  const rule =
    needed === undefined
      ? `It takes three admins to replace an owner; there ${admins === 1 ? 'is' : 'are'} ${admins}.`
      : `It takes ${needed} of ${plural(admins, 'admin')} to replace the owner.`
  const rows = candidates.map(({ name, votes }) => [
    printable(name),
    `${votes.length}`,
    votes.map((voter) => printable(voter.name)).join(', '),
  ])
  return [rule, session.table(['FOR', 'VOTES', 'BY'], rows, 'Nobody has votes.')].join('\n')
}

async function log(session: Session, [name = '']: readonly string[]): Promise<void> {
  const client = await session.connect()
  const events = await client.membershipLog((await findSpace(client, name)).id)
  session.answer(events, () => {
    const rows = events.map((event) => [ago(event.atMs, session.io.nowMs()), logLine(event)])
    return session.table(['WHEN', 'WHAT'], rows, 'Nothing has happened.')
  })
}

interface Target {
  readonly client: HamletApi
  readonly space: string
  readonly person: string
}

async function target(
  session: Session,
  [space = '', person = '']: readonly string[],
): Promise<Target> {
  const client = await session.connect()
  return { client, space: (await findSpace(client, space)).id, person }
}
