/**
 * Commands about programs with keys of their own: making a key, certifying and revoking it, signing what is asked for,
 * posting it.
 *
 * `genkey` and `sign` speak to nobody: they run where the program is, which may be another machine.
 */

import { Option } from 'commander'
import type { Command } from 'commander'
import { parseId } from '@hamlet/core'
import type { DeviceId, PersonId, SpaceId } from '@hamlet/core'
import type { ApiClient, RecordedOperation, SignedOperationInput } from '@hamlet/http'
import { canonicalJson, createOperationNonce, signClientOperation } from '@hamlet/identity'
import type { JsonObject } from '@hamlet/identity'
import { createNodeRandom } from '@hamlet/identity/node'

import { parseClientFile } from '../client-file.ts'
import {
  clientPublicKey,
  generateClientKey,
  readClientKey,
  signWithClientKey,
} from '../client-key.ts'
import type { ClientAlgorithm } from '../client-key.ts'
import { addCommand, Session, textOrStdin } from '../command.ts'
import { CliError } from '../errors.ts'
import { findById, findSpace } from '../find.ts'
import type { Io } from '../io.ts'
import { readSmallFile, writeNewFile } from '../small-file.ts'
import { ago, parseDuration, printable } from '../text.ts'
import { readWords } from './device-commands.ts'

interface KeyFlags {
  readonly algorithm: ClientAlgorithm
  readonly output: string
}

interface CertifyFlags {
  readonly label: string
  readonly expires?: string
  readonly output?: string
  readonly words?: boolean
}

interface SignFlags {
  readonly operation: string
  readonly space?: string
  readonly data?: string
  readonly dataFile?: string
  readonly key: string
  readonly certificate: string
  readonly output: string
  readonly json?: boolean
}

export function addClientCommands(program: Command, io: Io): void {
  addCommand<KeyFlags>(program, io, 'genkey', 'make a key for a program', generateKey, (c) =>
    c
      .addOption(
        new Option('--algorithm <which>', 'p256 for what only browsers and hardware keep')
          .choices(['ed25519', 'p256'])
          .default('ed25519'),
      )
      .requiredOption('-o, --output <file>', 'the private key goes here, readable by you alone'),
  )
  const client = program.command('client').description('programs that sign for you')
  addCommand<CertifyFlags>(
    client,
    io,
    'certify <public-key>',
    'let the program with this key sign for you ("-" reads the key)',
    certify,
    (c) =>
      c
        .requiredOption('--label <name>', 'what the program is called, for you and others')
        .option('--expires <time>', 'until when, from now, such as 12h or 365d')
        .option('-o, --output <file>', 'the certificate goes here (default: standard output)')
        .option('--words', 'read your 24 recovery words from standard input'),
  )
  addCommand(client, io, 'list', 'programs that sign, or signed, for you', listClients)
  addCommand(client, io, 'revoke <client>', 'by label or public key; for good', revoke)
  addCommand(client, io, 'history <space>', 'what programs asked for in a space', showHistory)
  addSigningCommands(program, io)
}

/** `--data` is what the operation asks for, and no directory: signing needs none. */
function addSigningCommands(program: Command, io: Io): void {
  const command = program
    .command('sign')
    .description('sign an operation with the key of a program, as the body of a request')
    .option('--json', 'answer with one JSON document')
    .requiredOption('--operation <name>', 'such as add_expense')
    .option('--space <id>', 'the space in full, 64 digits')
    .option('--data <json>', 'what the operation asks for')
    .option('--data-file <file>', 'the same from a file ("-" reads it)')
    .requiredOption('--key <file>', 'the private key, in PEM')
    .requiredOption('--certificate <file>', 'as hamlet client certify wrote it')
    .option('-o, --output <file>', 'where to ("-": standard output)', '-')
  command.action(async () => {
    const flags = command.opts<SignFlags>()
    await signOperation(new Session(io, { json: flags.json === true }), flags)
  })
  addCommand(program, io, 'submit <file>', 'post what was signed ("-" reads it)', submit)
}

async function generateKey(
  session: Session,
  _: readonly string[],
  { algorithm, output }: KeyFlags,
): Promise<void> {
  await writeNewFile(session.io, output, generateClientKey(algorithm))
  const publicKey = clientPublicKey(await readClientKey(session.io, output))
  session.answer({ algorithm, publicKey, file: output }, () => publicKey)
}

async function certify(
  session: Session,
  [key = '']: readonly string[],
  { label, expires, output, words }: CertifyFlags,
): Promise<void> {
  const { io } = session
  const publicKey = (await textOrStdin(session, key)).trim()
  const client = await session.connect()
  const typed = words === true ? await readWords(io) : undefined
  const certified = await client.certifyClient({
    ...{ publicKey, label },
    ...(expires === undefined ? {} : { expiresAtMs: io.nowMs() + parseDuration(expires) * 1000 }),
    ...(typed === undefined ? {} : { words: typed }),
  })
  const text = JSON.stringify(certified)
  if (output === undefined) return session.print(text)
  await writeNewFile(io, output, `${text}\n`)
  session.answer(certified, () => `${printable(label)} signs for you now. It needs ${output}.`)
}

async function listClients(session: Session): Promise<void> {
  const clients = await (await session.connect()).clients()
  session.answer(clients, () => {
    const rows = clients.map((client) => clientRow(client, session.io.nowMs()))
    const empty = 'No program signs for you.'
    return session.table(['KEY', 'LABEL', 'KIND', 'STATE', 'LAST USED'], rows, empty)
  })
}

function clientRow(client: ApiClient, nowMs: number): readonly string[] {
  const { publicKey, label, algorithm, state, lastUsedMs } = client
  const used = lastUsedMs === undefined ? 'not yet' : ago(lastUsedMs, nowMs)
  return [keyDigits(publicKey).slice(0, 8), printable(label), algorithm, state, used]
}

/** All points begin with 04, which tells nobody from anybody. */
function keyDigits(publicKey: string): string {
  return publicKey.slice(publicKey.length === 64 ? 0 : 2)
}

async function revoke(session: Session, [text = '']: readonly string[]): Promise<void> {
  const api = await session.connect()
  const known = await api.clients()
  const named = known.map((client) => ({ ...client, id: keyDigits(client.publicKey) }))
  const isWhole = known.some(({ publicKey }) => publicKey === text)
  const { publicKey } = isWhole ? { publicKey: text } : findByIdOrLabel(text, named)
  const revoked = await api.revokeClient(publicKey)
  session.note('What it asked for before stays.')
  session.answer(revoked, () => `${printable(revoked.label)} signs for you no more.`)
}

function findByIdOrLabel<T extends { readonly id: string; readonly label: string }>(
  text: string,
  items: readonly T[],
): T {
  const labelled = items.filter(({ label }) => label === text)
  return labelled.length === 1
    ? labelled[0]!
    : findById('client', text, items, ({ label }) => label)
}

async function showHistory(session: Session, [text = '']: readonly string[]): Promise<void> {
  const api = await session.connect()
  const { id } = await findSpace(api, text)
  const page = await api.clientOperations(id)
  const members = session.isJson ? [] : await api.members(id)
  const names = new Map(members.map(({ person, name }) => [person, name]))
  session.answer(page, () => {
    const rows = page.operations.map((each) => historyRow(each, names, session.io.nowMs()))
    return session.table(
      ['WHEN', 'FOR', 'CLIENT', 'ASKED FOR'],
      rows,
      'No program asked for anything.',
    )
  })
}

function historyRow(
  { person, label, operation, atMs }: RecordedOperation,
  names: ReadonlyMap<string, string>,
  nowMs: number,
): readonly string[] {
  const name = names.get(person) ?? 'someone'
  return [ago(atMs, nowMs), printable(name), printable(label), printable(operation)]
}

async function signOperation(session: Session, flags: SignFlags): Promise<void> {
  const { io } = session
  const key = await readClientKey(io, flags.key)
  const client = parseClientFile(await readSmallFile(io, flags.certificate))
  if (clientPublicKey(key) !== client.publicKey) {
    throw new CliError('KEY_UNUSABLE', 'the certificate is for another key')
  }
  const signed = await signClientOperation(
    {
      operation: flags.operation,
      space: toSpace(flags.space),
      person: client.person as PersonId,
      device: client.device as DeviceId,
      atMs: io.nowMs(),
      nonce: createOperationNonce(createNodeRandom()),
      data: await readData(io, flags),
    },
    client.certificate,
    (message) => signWithClientKey(key, message),
  )
  const text = JSON.stringify(signed)
  if (flags.output === '-') return session.print(text)
  await writeNewFile(io, flags.output, `${text}\n`)
  session.answer(signed, () => `Signed. Post it within five minutes: hamlet submit ${flags.output}`)
}

function toSpace(text: string | undefined): SpaceId | undefined {
  if (text === undefined) return undefined
  const id = parseId<SpaceId>(text)
  if (id !== undefined) return id
  throw new CliError('USAGE', '--space takes the id in full, as hamlet space list --json gives it')
}

/** @throws CliError `USAGE` */
async function readData(io: Io, { data, dataFile }: SignFlags): Promise<JsonObject> {
  if (data !== undefined && dataFile !== undefined) {
    throw new CliError('USAGE', 'give --data or --data-file, not both')
  }
  const text = dataFile === undefined ? (data ?? '{}') : await readSmallFile(io, dataFile)
  try {
    const value = JSON.parse(text) as JsonObject
    canonicalJson(value)
    return value
  } catch (cause) {
    const message = 'expected the data as a JSON object whose numbers are integers'
    throw new CliError('USAGE', message, { cause })
  }
}

async function submit(session: Session, [file = '']: readonly string[]): Promise<void> {
  const signed = parseRequest(await readSmallFile(session.io, file))
  const reply = await (await session.connect()).submitOperation(signed)
  session.answer(reply, () => JSON.stringify(reply.result, null, 2))
}

function parseRequest(text: string): SignedOperationInput {
  try {
    const { certificate, operation, signature } = JSON.parse(text) as SignedOperationInput
    return { certificate, operation, signature }
  } catch (cause) {
    const message = 'expected a signed operation, as hamlet sign writes it'
    throw new CliError('FILE_FAILED', message, { cause })
  }
}
