/** Commands about what was set aside, what the owner decides for everybody, and deleting a space from this device. */

import type { Command } from 'commander'
import type { SetAsideEntry, SpacePolicy } from '@hamlet/http'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import { findById, findSpace } from '../find.ts'
import type { Io } from '../io.ts'
import { asideReason } from '../member-words.ts'
import { ago, plural, printable, sizeOf } from '../text.ts'

const TEXT_SHOWN_MAX = 60

export function addAsideCommands(program: Command, io: Io): void {
  const aside = program
    .command('aside')
    .description('what people wrote after losing the right to, mostly without knowing')
  addCommand(aside, io, 'list <space>', 'what was set aside', listAside)
  addCommand<{ all?: boolean }>(
    aside,
    io,
    'adopt <space> [id]',
    'write it again under your own name',
    adopt,
    (command) => command.option('--all', 'everything that can be'),
  )
  addCommand(
    program,
    io,
    'policy <space> [name] [value]',
    'what the owner decides for everybody',
    policy,
  )
}

/** `space forget`, beside the other commands about spaces. */
export function addForgetCommand(space: Command, io: Io): void {
  addCommand(space, io, 'forget <space>', 'delete a space you left from this device', forget)
}

async function listAside(session: Session, [name = '']: readonly string[]): Promise<void> {
  const client = await session.connect()
  const entries = await client.setAside((await findSpace(client, name)).id)
  session.answer(entries, () => asideTable(session, entries))
}

function asideTable(session: Session, entries: readonly SetAsideEntry[]): string {
  const headings = ['ID', 'BY', 'WRITTEN', 'WHAT', 'WHY', 'ADOPTED']
  const rows = entries.map((entry) => [
    entry.id.slice(0, 8),
    printable(entry.name),
    ago(entry.atMs, session.io.nowMs()),
    whatWords(entry),
    asideReason(entry),
    entry.adoptedByName === undefined ? '' : `by ${printable(entry.adoptedByName)}`,
  ])
  return session.table(headings, rows, 'Nothing was set aside.')
}

function whatWords({ kind, text }: SetAsideEntry): string {
  if (kind === 'locked') return '(cannot be read here)'
  if (kind === 'other') return '(a change to something else)'
  const line = printable(text.replaceAll('\n', ' '))
  const shown = line.length > TEXT_SHOWN_MAX ? `${line.slice(0, TEXT_SHOWN_MAX)}…` : line
  return kind === 'message' ? shown : `the ${kind} ${shown}`
}

async function adopt(
  session: Session,
  [name = '', text]: readonly string[],
  options: { readonly all?: boolean },
): Promise<void> {
  if ((text === undefined) === (options.all !== true)) {
    throw new CliError('USAGE', 'expected the beginning of an id, or --all')
  }
  const client = await session.connect()
  const { id: space } = await findSpace(client, name)
  const entries = await client.setAside(space)
  const wanted =
    text === undefined
      ? entries.filter(({ canAdopt }) => canAdopt)
      : [findById('entry', text, entries, whatWords)]
  const after =
    wanted.length === 0
      ? entries
      : await client.adopt(
          space,
          wanted.map(({ id }) => id),
        )
  session.answer(after, () =>
    wanted.length === 0
      ? 'There is nothing to adopt.'
      : `Wrote ${plural(wanted.length, 'entry', 'entries')} again under your name.`,
  )
}

async function policy(session: Session, args: readonly string[]): Promise<void> {
  const [space = '', name, value] = args
  if (name !== undefined && value === undefined) {
    throw new CliError('USAGE', 'expected a name and a value, or neither')
  }
  const client = await session.connect()
  const { id } = await findSpace(client, space)
  const policies =
    name === undefined || value === undefined
      ? await client.policies(id)
      : await client.setPolicy(id, name, value)
  session.answer(policies, () => policyTable(session, policies))
}

function policyTable(session: Session, policies: readonly SpacePolicy[]): string {
  const rows = policies.map(({ name, value, choices, suggested }) => [
    printable(name),
    suggested === undefined ? printable(value) : `${printable(value)} (better: ${suggested})`,
    choices.join(' | '),
  ])
  return session.table(['POLICY', 'VALUE', 'CHOICES'], rows, '')
}

async function forget(session: Session, [name = '']: readonly string[]): Promise<void> {
  const client = await session.connect()
  const space = await findSpace(client, name)
  const preview = await client.previewForget(space.id)
  await client.forgetSpace(space.id)
  session.answer({ ...preview, id: space.id }, () => {
    const { entries, sizeBytes, onlyHere } = preview
    const lost =
      onlyHere === 0
        ? 'The members still have it.'
        : `${plural(onlyHere, 'entry', 'entries')} of yours may have been nowhere else.`
    const what = `${plural(entries, 'entry', 'entries')}, ${sizeOf(sizeBytes)}`
    return `Deleted ${printable(space.name)} from this device (${what}). ${lost}`
  })
}
