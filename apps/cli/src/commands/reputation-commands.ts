/** `hamlet reputation` and `hamlet receipts`: what people have given each other, and the proof of it. */

import type { Command } from 'commander'
import type { HttpClient, Member, PersonStanding, StandingReason } from '@hamlet/http'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import { writePieces } from '../export-file.ts'
import { signedSize, standingTable } from '../files/file-words.ts'
import { findPerson, findSpace } from '../find.ts'
import type { Io } from '../io.ts'
import { ago, printable, sizeOf } from '../text.ts'

const REASONS_SHOWN_MAX = 20
const KINDS: Readonly<Record<StandingReason['kind'], string>> = {
  given: 'gave to',
  taken: 'took from',
  served: 'kept its word to',
  failed: 'broke its word to',
}

interface SpaceFlags {
  readonly space?: string
}

interface Standings {
  readonly space: string
  readonly spaceName: string
  readonly members: readonly Member[]
  readonly standings: readonly PersonStanding[]
}

export function addReputationCommands(program: Command, io: Io): void {
  addCommand<SpaceFlags>(
    program,
    io,
    'reputation [person]',
    'what people have given and taken, as you see it; of one person with the reasons',
    reputation,
    (command) => command.option('--space <space>', 'in this space (default: in each)'),
  )
  const receipts = program.command('receipts').description('proofs of what people gave each other')
  addCommand<{ output?: string }>(
    receipts,
    io,
    'export <space>',
    'every receipt that counts, as a file anybody can verify',
    exportReceipts,
    (command) => command.option('-o, --output <file>', 'into this file (default: stdout)'),
  )
}

async function reputation(
  session: Session,
  [person]: readonly string[],
  flags: SpaceFlags,
): Promise<void> {
  const client = await session.connect()
  const spaces =
    flags.space === undefined ? await client.spaces() : [await findSpace(client, flags.space)]
  const found: Standings[] = []
  let failure: CliError | undefined
  for (const { id, name } of spaces) {
    try {
      found.push({ space: id, spaceName: name, ...(await standingsOf(client, id, person)) })
    } catch (error) {
      // In other spaces there may be somebody of this name.
      if (!(error instanceof CliError)) throw error
      failure = error
    }
  }
  if (found.length === 0 && failure !== undefined) throw failure
  const value = found.map(({ space, standings }) => ({ space, standings }))
  session.answer(value, () => {
    if (found.length === 0) return 'You are in no space.'
    return found.map((each) => standingWords(session, each, person !== undefined)).join('\n')
  })
}

async function standingsOf(
  client: HttpClient,
  space: string,
  person: string | undefined,
): Promise<Pick<Standings, 'members' | 'standings'>> {
  const members = await client.members(space)
  if (person === undefined) return { members, standings: await client.standing(space) }
  const { person: id } = findPerson(person, members)
  return { members, standings: await client.standing(space, id) }
}

function standingWords(session: Session, found: Standings, isDetailed: boolean): string {
  const { spaceName, members, standings } = found
  const nameOf = (id: string): string =>
    members.find(({ person }) => person === id)?.name ?? id.slice(0, 8)
  const head = session.paint(printable(spaceName), 'bold')
  const table = standingTable(session, standings, nameOf)
  const clocks = standings.flatMap((each) => clockWords(each, nameOf))
  const reasons = isDetailed ? standings.map((each) => reasonWords(session, each, nameOf)) : []
  return [head, table, ...clocks, ...reasons].join('\n')
}

/** Why nothing that somebody takes is signed for. */
function clockWords(
  { person, isSelf, clockAheadMs }: PersonStanding,
  nameOf: (person: string) => string,
): readonly string[] {
  if (clockAheadMs === undefined) return []
  const whose = isSelf ? 'The clock of this device' : `The clock of ${printable(nameOf(person))}`
  const minutes = Math.round(clockAheadMs / 60_000)
  return [`! ${whose} is ${minutes} minutes ahead: what it takes is not signed for.`]
}

function reasonWords(
  session: Session,
  { reasons, frauds, balanceBytes }: PersonStanding,
  nameOf: (person: string) => string,
): string {
  const nowMs = session.io.nowMs()
  const rows = reasons.slice(0, REASONS_SHOWN_MAX).map(({ kind, other, bytes, atMs }) => {
    return [KINDS[kind], printable(nameOf(other)), sizeOf(bytes), ago(atMs, nowMs)]
  })
  const proven = frauds.map(({ kind, detail, atMs, isForgiven }) => {
    const forgiven = isForgiven ? ', forgiven' : ''
    return `Proven: ${printable(kind)}, ${printable(detail)} (${ago(atMs, nowMs)}${forgiven})`
  })
  const table = session.table(
    ['BECAUSE', 'WHOM', 'HOW MUCH', 'WHEN'],
    rows,
    'No receipt counts yet.',
  )
  return [`Balance: ${signedSize(balanceBytes)}`, ...proven, table].join('\n')
}

async function exportReceipts(
  session: Session,
  [space = '']: readonly string[],
  { output = '-' }: { readonly output?: string },
): Promise<void> {
  const client = await session.connect()
  const { id } = await findSpace(client, space)
  const text = await client.exportReceipts(id)
  if (session.isJson && output === '-')
    return session.answer({ space: id, receipts: text }, () => '')
  await writePieces(session.io, output, oneOf(text))
  if (output !== '-') {
    session.answer({ space: id, file: output }, () => `The receipts are in ${output}`)
  }
}

async function* oneOf(text: string): AsyncGenerator<string> {
  yield text
}
