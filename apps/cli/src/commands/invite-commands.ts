/** Commands that bring people in: invite, invites, revoke, join, joins, requests, approve, decline. */

import type { Command } from 'commander'
import { Option } from 'commander'
import { renderUnicodeCompact } from 'uqr'
import type { Invite, InviteRole, Join } from '@hamlet/http'

import { addCommand, textOrStdin } from '../command.ts'
import type { Session } from '../command.ts'
import { findById, findSpace } from '../find.ts'
import type { Io } from '../io.ts'
import { ago, parseCount, parseDuration, printable } from '../text.ts'

const USES_MAX = 1000

interface InviteFlags {
  readonly role?: InviteRole
  readonly expires?: string
  readonly uses?: string
  readonly auto?: boolean
}

export function addInviteCommands(program: Command, io: Io): void {
  addCommand<InviteFlags>(program, io, 'invite <space>', 'make an invitation', invite, (command) =>
    command
      .addOption(
        new Option('--role <role>', 'what the newcomer may do').choices([
          'admin',
          'writer',
          'reader',
          'relay',
        ]),
      )
      .option('--expires <time>', 'until when, such as 30m, 12h or 7d (default 7d)')
      .option('--uses <count>', 'how many people may use it (default 1)')
      .option('--auto', 'let them in without asking a member'),
  )
  addCommand(program, io, 'invites <space>', 'the invitations of a space', listInvites)
  addCommand(program, io, 'revoke <space> <invite>', 'take an invitation back', revoke)
  addCommand<{ name?: string }>(
    program,
    io,
    'join <link>',
    'join a space ("-" reads the link)',
    join,
    (c) => c.option('--name <name>', 'the name others see'),
  )
  addCommand(program, io, 'joins', 'joins under way', listJoins)
  addCommand(program, io, 'give-up <space>', 'forget a join that has not come through', giveUp)
  addCommand(program, io, 'requests <space>', 'who asks to join', listRequests)
  addCommand(program, io, 'approve <space> <request>', 'let someone in', approve)
  addCommand(program, io, 'decline <space> <request>', 'turn someone down', decline)
}

async function invite(
  session: Session,
  [name = '']: readonly string[],
  flags: InviteFlags,
): Promise<void> {
  const options = {
    ...(flags.role === undefined ? {} : { role: flags.role }),
    ...(flags.auto === true ? { mode: 'auto' as const } : {}),
    ...(flags.expires === undefined ? {} : { expiresInSeconds: parseDuration(flags.expires) }),
    ...(flags.uses === undefined ? {} : { maxUses: parseCount(flags.uses, USES_MAX) }),
  }
  const client = await session.connect()
  const made = await client.createInvite((await findSpace(client, name)).id, options)
  if (session.io.stdout.isTerminal && !session.isJson && made.link !== undefined) {
    session.note(renderUnicodeCompact(made.link))
    session.note(inviteWords(made, session.io.nowMs()))
  }
  session.answer(made, () => made.link ?? '')
}

function inviteWords({ maxUses, mode, expiresAtMs, role }: Invite, nowMs: number): string {
  const who = maxUses === 1 ? 'one person' : `${maxUses} people`
  const how = mode === 'auto' ? 'at once' : 'after a member approves'
  return `For ${who} to join as ${role} ${how}; ends ${ago(expiresAtMs, nowMs)}.`
}

async function listInvites(session: Session, [name = '']: readonly string[]): Promise<void> {
  const client = await session.connect()
  const invites = await client.invites((await findSpace(client, name)).id)
  session.answer(invites, () => {
    const headings = ['ID', 'ROLE', 'MODE', 'USED', 'STATE', 'MADE', 'ENDS']
    const nowMs = session.io.nowMs()
    const rows = invites.map((each) => [
      each.id.slice(0, 8),
      each.role,
      each.mode,
      `${each.uses} of ${each.maxUses}`,
      each.state,
      ago(each.createdAtMs, nowMs),
      ago(each.expiresAtMs, nowMs),
    ])
    return session.table(headings, rows, 'No invitations yet.')
  })
}

async function revoke(session: Session, [name = '', start = '']: readonly string[]): Promise<void> {
  const client = await session.connect()
  const { id } = await findSpace(client, name)
  const found = findById('invitation', start, await client.invites(id), ({ role }) => role)
  const revoked = await client.revokeInvite(id, found.id)
  session.answer(revoked, () => `The invitation ${revoked.id.slice(0, 8)} no longer works.`)
}

async function join(
  session: Session,
  [text = '']: readonly string[],
  flags: { readonly name?: string },
): Promise<void> {
  const client = await session.connect()
  const joining = await client.join((await textOrStdin(session, text)).trim(), flags.name)
  session.answer(joining, () => joinWords(joining))
}

function joinWords({ spaceName, state, error }: Join): string {
  const name = printable(spaceName)
  const words: Readonly<Record<Join['state'], string>> = {
    connecting: `Looking for someone of ${name}. Hamlet keeps trying while it runs.`,
    asked: `Asked to join ${name}. A member has to approve; Hamlet waits for it while it runs.`,
    admitted: `You are let in to ${name}; its history is on the way.`,
    joined: `You are in ${name}.`,
    declined: `${name} turned the request down.`,
    failed: `Joining ${name} failed: ${printable(error?.message ?? '')}`,
  }
  return words[state]
}

async function listJoins(session: Session): Promise<void> {
  const joins = await (await session.connect()).joins()
  session.answer(joins, () => joins.map(joinWords).join('\n') || 'No joins under way.')
}

async function giveUp(session: Session, [text = '']: readonly string[]): Promise<void> {
  const client = await session.connect()
  const joins = (await client.joins()).map((each) => ({ ...each, id: each.space }))
  const named = joins.filter(({ spaceName }) => spaceName === text)
  const found = findById('join', named[0]?.id ?? text, joins, ({ spaceName }) => spaceName)
  await client.cancelJoin(found.id)
  session.answer({ space: found.id }, () => `Gave up joining ${printable(found.spaceName)}.`)
}

async function listRequests(session: Session, [name = '']: readonly string[]): Promise<void> {
  const client = await session.connect()
  const requests = await client.requests((await findSpace(client, name)).id)
  session.answer(requests, () => {
    const headings = ['ID', 'NAME', 'PERSON', 'ROLE', 'ASKED', 'STATE']
    const rows = requests.map((request) => [
      request.id.slice(0, 8),
      printable(request.name === '' ? '(no name)' : request.name),
      request.person.slice(0, 8),
      request.role,
      ago(request.atMs, session.io.nowMs()),
      request.state,
    ])
    return session.table(headings, rows, 'Nobody asks to join.')
  })
}

async function approve(session: Session, args: readonly string[]): Promise<void> {
  const { client, space, request } = await findRequest(session, args)
  const approved = await client.approve(space, request)
  session.answer(approved, () => `${printable(approved.name)} is in, as ${approved.role}.`)
}

async function decline(session: Session, args: readonly string[]): Promise<void> {
  const { client, space, request } = await findRequest(session, args)
  const declined = await client.decline(space, request)
  session.answer(declined, () => `Turned ${printable(declined.name)} down.`)
}

async function findRequest(session: Session, [name = '', start = '']: readonly string[]) {
  const client = await session.connect()
  const { id } = await findSpace(client, name)
  const found = findById('request', start, await client.requests(id), (each) => each.name)
  return { client, space: id, request: found.id }
}
