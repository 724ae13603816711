/** Commands about spaces, their members and what each device has of them. */

import { Option } from 'commander'
import type { Command } from 'commander'
import type { Departure, Member, SpaceDetail, SpaceInspection } from '@hamlet/http'
import type { SpaceSummary } from '@hamlet/http'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { findRoom, findSpace } from '../find.ts'
import type { Io } from '../io.ts'
import { addForgetCommand } from './aside-commands.ts'
import { addListingCommands } from './listing-commands.ts'
import { ago, parseDuration, plural, printable, sizeOf } from '../text.ts'

const SYNC_WORDS: Readonly<Record<SpaceSummary['sync'], string>> = {
  alone: 'only you are here',
  synced: 'up to date',
  syncing: 'catching up',
  offline: 'nobody else is reachable',
}

const WAITING_WORDS: Readonly<Record<NonNullable<SpaceSummary['waiting']>, string>> = {
  confirmation: 'waits for another device to confirm what this one has',
  'own-entries': 'fetches entries of its own before it writes',
  update: 'has rules of a newer version of Hamlet; update to write here',
}

interface CreateFlags {
  readonly history?: SpaceDetail['history']
  readonly disappear?: string
}

const HISTORY_WORDS: Readonly<Record<SpaceDetail['history'], string>> = {
  all: 'the whole history',
  'from-join': 'what comes after they join',
}

export function addSpaceCommands(program: Command, io: Io): void {
  const space = program.command('space').description('found a space, list yours, look at one')
  addCommand<CreateFlags>(space, io, 'create <name>', 'found a space', createSpace, (c) =>
    c
      .addOption(
        new Option('--history <which>', 'what newcomers may read: all of it, or what follows')
          .choices(['all', 'from-join'])
          .default('all'),
      )
      .option('--disappear <time>', 'messages are gone after it, such as 12h, 1d or 30d; for good'),
  )
  addCommand(space, io, 'list', 'your spaces', listSpaces)
  addCommand(space, io, 'show <space>', 'a space in detail', showSpace)
  addCommand(
    space,
    io,
    'write-anyway <space>',
    'on a device put back from a backup: do not wait for others',
    writeAnyway,
  )
  addForgetCommand(space, io)
  addListingCommands(program, space, io)
  addCommand(program, io, 'members <space>', 'who is in a space', listMembers)
  addCommand(program, io, 'inspect <space>', 'what each device has, and what is missing', inspect)
  const room = program.command('room').description('make a room, list the rooms of a space')
  addCommand(room, io, 'create <space> <name>', 'make a room', createRoom)
  addCommand(room, io, 'list <space>', 'the rooms of a space', listRooms)
  addCommand<{ room?: string }>(
    program,
    io,
    'read <space>',
    'mark everything as read',
    markRead,
    (c) => c.option('--room <room>', 'this room only'),
  )
}

async function createSpace(
  session: Session,
  [name = '']: readonly string[],
  { history = 'all', disappear }: CreateFlags,
): Promise<void> {
  const isLasting = disappear === undefined
  const options = isLasting ? {} : { disappearAfterMs: parseDuration(disappear) * 1000 }
  const space = await (await session.connect()).createSpace(name, { history, ...options })
  session.answer(space, () =>
    [
      `Founded ${session.paint(printable(space.name), 'bold')} (${space.id.slice(0, 8)}).`,
      `Newcomers will see ${HISTORY_WORDS[space.history]}.`,
      ...disappearWords(space).map((words) => `Messages disappear ${words}.`),
      `Invite someone with: hamlet invite ${space.id.slice(0, 8)}`,
    ].join('\n'),
  )
}

function disappearWords({ disappearAfterMs }: SpaceDetail): readonly string[] {
  if (disappearAfterMs === undefined) return []
  const hours = Math.round(disappearAfterMs / 3_600_000)
  return [`after ${hours % 24 === 0 ? plural(hours / 24, 'day') : plural(hours, 'hour')}`]
}

async function listSpaces(session: Session): Promise<void> {
  const spaces = await (await session.connect()).spaces()
  session.answer(spaces, () => {
    const headings = ['NAME', 'ID', 'ROLE', 'MEMBERS', 'UNREAD', 'REQUESTS', 'STATE']
    const rows = spaces.map((space) => [
      printable(space.name),
      space.id.slice(0, 8),
      space.role,
      `${space.members}`,
      `${space.unread}`,
      `${space.requests}`,
      stateWords(space),
    ])
    return session.table(headings, rows, 'No spaces yet. Found one with: hamlet space create NAME')
  })
}

async function showSpace(session: Session, [name = '']: readonly string[]): Promise<void> {
  const client = await session.connect()
  const space = await client.space((await findSpace(client, name)).id)
  session.answer(space, () => spaceWords(session, space))
}

function spaceWords(session: Session, space: SpaceDetail): string {
  const nowMs = session.io.nowMs()
  return [
    session.paint(printable(space.name), 'bold'),
    `Id          ${space.id}`,
    `Founded     ${ago(space.createdAtMs, nowMs)}`,
    `${space.standing === 'member' ? 'You are ' : 'You were'}    ${space.role}`,
    `Members     ${space.members}, ${space.online} of the others here now`,
    `Unread      ${space.unread}${space.mentions > 0 ? `, ${space.mentions} for you` : ''}`,
    `Requests    ${space.requests}`,
    `Newcomers   see ${HISTORY_WORDS[space.history]}`,
    ...disappearWords(space).map((words) => `Messages    disappear ${words}`),
    `Holds       ${plural(space.entries, 'entry', 'entries')}, ${sizeOf(space.sizeBytes)}`,
    `State       ${stateWords(space)}`,
    ...(space.departure?.admission === undefined
      ? []
      : ['Come back   ask somebody for a new invitation']),
  ].join('\n')
}

async function writeAnyway(session: Session, [name = '']: readonly string[]): Promise<void> {
  const client = await session.connect()
  const before = await findSpace(client, name)
  const space = await client.writeAnyway(before.id)
  session.answer(space, () =>
    before.waiting === 'confirmation'
      ? `This device writes in ${printable(space.name)} again. If something it wrote is missing here, others may set what it writes now aside.`
      : `This device does not wait for anybody in ${printable(space.name)}.`,
  )
}

/** What keeps a space from being up to date; of one that was left, since when and by whom. */
function stateWords({ standing, departure, sync, waiting }: SpaceSummary): string {
  if (standing === 'member')
    return waiting === undefined ? SYNC_WORDS[sync] : WAITING_WORDS[waiting]
  if (standing === 'left') return 'you left'
  if (departure?.admission !== undefined) return fallWords(departure)
  const by = departure?.byName === undefined ? '' : ` by ${printable(departure.byName)}`
  return `${departure?.deviceOnly === true ? 'this device was' : 'you were'} removed${by}`
}

/** In a few words; `space show` has room for more. */
function fallWords({ admission, admittedByName = 'somebody' }: Departure): string {
  const why = {
    admitter: `${printable(admittedByName)}, who let you in, had lost the right to`,
    invite: 'the invitation had been taken back',
    seat: 'others had used the invitation up',
  }
  return `your admission does not count: ${why[admission ?? 'admitter']}`
}

export async function listMembers(session: Session, [name = '']: readonly string[]): Promise<void> {
  const client = await session.connect()
  const members = await client.members((await findSpace(client, name)).id)
  session.answer(members, () => {
    const headings = ['NAME', 'ID', 'ROLE', 'HERE', 'JOINED', 'DEVICES']
    return session.table(
      headings,
      members.map((member) => memberRow(session, member)),
      '',
    )
  })
}

function memberRow(session: Session, member: Member): readonly string[] {
  const nowMs = session.io.nowMs()
  const seenMs = Math.max(...member.devices.map(({ lastSeenMs }) => lastSeenMs ?? 0))
  const here = member.self ? 'you' : member.online ? 'now' : seenMs > 0 ? ago(seenMs, nowMs) : 'no'
  return [
    printable(member.name === '' ? '(no name)' : member.name),
    member.person.slice(0, 8),
    member.role,
    here,
    ago(member.joinedAtMs, nowMs),
    member.devices.map((device) => printable(device.name)).join(', '),
  ]
}

async function inspect(session: Session, [name = '']: readonly string[]): Promise<void> {
  const client = await session.connect()
  const inspection = await client.inspect((await findSpace(client, name)).id)
  session.answer(inspection, () => inspectionWords(session, inspection))
}

function inspectionWords(session: Session, inspection: SpaceInspection): string {
  const { entries, pending, quarantined, devices, forks, rejected } = inspection
  const headings = ['DEVICE', 'PERSON', 'HERE', 'WROTE', 'HOLDS', 'SEEN', 'NOTE']
  const rows = devices.map((device) => [
    device.device.slice(0, 8),
    printable(device.name),
    device.own ? 'this one' : device.online ? 'yes' : 'no',
    `${device.entriesHere} of ${device.entriesKnown}`,
    `${device.entriesHeld} of ${entries}`,
    device.lastSeenMs === undefined ? '' : ago(device.lastSeenMs, session.io.nowMs()),
    printable(device.note),
  ])
  return [
    `Entries ${entries}, waiting for others ${pending}, dated ahead ${quarantined}`,
    `Frontier ${inspection.frontier}`,
    `Key epoch ${inspection.epoch}`,
    '',
    session.table(headings, rows, 'No devices.').trimEnd(),
    ...forks.map(({ device, length }) =>
      session.paint(`! device ${device.slice(0, 8)} forked its log at entry ${length}`, 'red'),
    ),
    ...rejected.map(({ device, seq, reason }) =>
      session.paint(
        `! entry ${seq} of ${device.slice(0, 8)} refused: ${printable(reason)}`,
        'yellow',
      ),
    ),
    ...newerWords(session, inspection),
  ].join('\n')
}

/** What is here and cannot be shown. */
function newerWords(session: Session, { newer }: SpaceInspection): string[] {
  if (newer.count === 0) return []
  const head = `! ${plural(newer.count, 'entry', 'entries')} written by a newer version of Hamlet, shown after an update:`
  const lines = newer.latest.map(({ type, authorName, atMs }) => {
    const when = ago(atMs, session.io.nowMs())
    return `  ${printable(type)} by ${printable(authorName)}, ${when}`
  })
  return [session.paint(head, 'yellow'), ...lines]
}

async function createRoom(session: Session, args: readonly string[]): Promise<void> {
  const [space = '', name = ''] = args
  const client = await session.connect()
  const room = await client.createRoom((await findSpace(client, space)).id, name)
  session.answer(room, () => `Made the room ${printable(room.name)} (${room.id.slice(0, 8)}).`)
}

async function listRooms(session: Session, [name = '']: readonly string[]): Promise<void> {
  const client = await session.connect()
  const rooms = await client.rooms((await findSpace(client, name)).id)
  session.answer(rooms, () => {
    const headings = ['NAME', 'ID', 'UNREAD', 'LAST']
    const rows = rooms.map((room) => [
      printable(room.name),
      room.id.slice(0, 8),
      `${room.unread}`,
      room.lastMessage === undefined ? '' : ago(room.lastMessage.atMs, session.io.nowMs()),
    ])
    return session.table(headings, rows, 'No rooms yet.')
  })
}

async function markRead(
  session: Session,
  [name = '']: readonly string[],
  options: { readonly room?: string },
): Promise<void> {
  const client = await session.connect()
  const { id } = await findSpace(client, name)
  const rooms =
    options.room === undefined ? await client.rooms(id) : [await findRoom(client, id, options.room)]
  let count = 0
  for (const room of rooms) {
    const last = (await client.messages(id, { room: room.id, limit: 1 })).messages.at(-1)
    if (last === undefined) continue
    await client.markRead(id, room.id, last.id)
    count++
  }
  session.answer({ rooms: count }, () => `Marked ${plural(count, 'room')} as read.`)
}
