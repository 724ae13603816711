/** Commands about people without the app, who can stand in bills all the same. */

import type { Command } from 'commander'
import type { LedgerParty } from '@hamlet/http'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { shortId } from '../ledger/expense-words.ts'
import { openLedger } from '../ledger/here.ts'
import type { LedgerHere } from '../ledger/here.ts'
import { printable } from '../text.ts'

export function addPartyCommands(program: Command, io: Io): void {
  const party = program
    .command('party')
    .description('who can stand in bills, with the app or without')
  addCommand(party, io, 'list <space>', 'everybody who can stand in a bill', list)
  addCommand(party, io, 'add <space> <name>', 'add somebody without the app', add)
  addCommand(party, io, 'rename <space> <person> <name>', 'give them another name', rename)
  addCommand(
    party,
    io,
    'link <space> <person> <who>',
    'say who they are; their bills count for that person',
    link,
  )
  addCommand(party, io, 'unlink <space> <person>', 'they are nobody else after all', unlink)
  addCommand<{ undo?: boolean }>(
    party,
    io,
    'retire <space> <person>',
    'not offered any more; bills stay',
    retire,
    (command) => command.option('--undo', 'offer them again'),
  )
}

async function list(session: Session, [space = '']: readonly string[]): Promise<void> {
  const here = await openLedger(session, space)
  session.answer(here.parties, () => {
    const rows = here.parties.map((party) => partyRow(here, party))
    return session.table(['NAME', 'ID', 'WHO', ''], rows, 'Nobody.')
  })
}

function partyRow(here: LedgerHere, party: LedgerParty): readonly string[] {
  const { id, name, member, isPlaceholder, retired, is, contested } = party
  const who = isPlaceholder ? 'without the app' : member === true ? 'member' : 'was a member'
  return [
    printable(name),
    shortId(id),
    id === here.self ? 'you' : who,
    [
      ...(is === id ? [] : [`is ${here.nameOf(is)}`]),
      ...(contested ? ['people disagree who it is: link again'] : []),
      ...(retired ? ['retired'] : []),
    ].join(', '),
  ]
}

async function add(session: Session, [space = '', name = '']: readonly string[]): Promise<void> {
  const here = await openLedger(session, space)
  const party = await here.client.addParty(here.space, name)
  session.answer(party, () => `Added ${printable(party.name)} (${shortId(party.id)}).`)
}

async function rename(session: Session, args: readonly string[]): Promise<void> {
  const [space = '', person = '', name = ''] = args
  const here = await openLedger(session, space)
  const before = guest(here, person)
  const party = await here.client.changeParty(here.space, before.id, { name })
  session.answer(party, () => `${printable(before.name)} is called ${printable(party.name)} now.`)
}

async function link(session: Session, args: readonly string[]): Promise<void> {
  const [space = '', person = '', who = ''] = args
  const here = await openLedger(session, space)
  const { id } = guest(here, person)
  const party = await here.client.changeParty(here.space, id, { is: here.party(who).id })
  session.answer(party, () => {
    const back = `hamlet party unlink ${here.space.slice(0, 8)} ${shortId(id)}`
    return `${printable(party.name)} is ${here.nameOf(party.is)} now.\nGo back with: ${back}`
  })
}

async function unlink(
  session: Session,
  [space = '', person = '']: readonly string[],
): Promise<void> {
  const here = await openLedger(session, space)
  const { id } = guest(here, person)
  const party = await here.client.changeParty(here.space, id, { is: null })
  session.answer(party, () => `${printable(party.name)} is nobody else now.`)
}

async function retire(
  session: Session,
  [space = '', person = '']: readonly string[],
  flags: { readonly undo?: boolean },
): Promise<void> {
  const here = await openLedger(session, space)
  const { id } = guest(here, person)
  const party = await here.client.changeParty(here.space, id, { retired: flags.undo !== true })
  session.answer(party, () =>
    party.retired
      ? `${printable(party.name)} is not offered any more; their bills stay.`
      : `${printable(party.name)} is offered again.`,
  )
}

/** Linked ones too, which by their name alone would be who they are. */
function guest(here: LedgerHere, text: string): LedgerParty {
  const party = here.guest(text)
  if (party.isPlaceholder) return party
  throw new CliError('USAGE', `${printable(party.name)} has the app: members look after themselves`)
}
