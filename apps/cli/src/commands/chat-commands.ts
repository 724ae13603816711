/** Commands about messages: send, messages, message, edit, delete, react. */

import { randomUUID } from 'node:crypto'
import type { Command } from 'commander'
import { errorCode } from '@hamlet/core'
import type { Delivery, HamletApi, Message, MessageDetail, SendMessage } from '@hamlet/http'

import { addCommand, collect, textOrStdin } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import {
  carriedWords,
  findFilesToCarry,
  prepareFiles,
  writeCarried,
  writtenWords,
} from '../files/carried-files.ts'
import type { WriteFlags } from '../files/carried-files.ts'
import { findMessage, findRoom, findSpace } from '../find.ts'
import type { Io } from '../io.ts'
import { clockTime, parseCount, plural, printable, printableLines, sizeOf } from '../text.ts'

const PAGE_MESSAGES_MAX = 500
/** The request may have been done all the same. */
const LOST_REPLY_CODES: ReadonlySet<string | undefined> = new Set(['PEER_UNREACHABLE', 'BAD_REPLY'])
const SHOWN_ID_LENGTH = 8
const QUOTE_LENGTH = 40

interface SendFlags {
  readonly file: readonly string[]
  readonly room?: string
  readonly reply?: string
  readonly key?: string
}

interface ListFlags {
  readonly room?: string
  readonly limit?: string
  readonly before?: string
  readonly after?: string
  readonly search?: string
}

export function addChatCommands(program: Command, io: Io): void {
  addCommand<SendFlags>(
    program,
    io,
    'send <space> [text]',
    'send a message ("-" reads it), with --file also without a text',
    send,
    (c) =>
      c
        .option('--room <room>', 'into this room (default: the first)')
        .option('--reply <id>', 'as a reply to this message')
        .option('--file <file>', 'with this picture or other file; several times', collect, [])
        .option('--key <key>', 'repeated with the same key it is sent once (16 or more letters)'),
  )
  addCommand<ListFlags>(
    program,
    io,
    'messages <space>',
    'the messages of a room',
    list,
    (command) =>
      command
        .option('--room <room>', 'of this room (default: the first)')
        .option('--limit <count>', 'at most this many (default 50)')
        .option('--before <id>', 'older than this message')
        .option('--after <id>', 'newer than this message')
        .option('--search <text>', 'with all of these words, in every room unless --room is given'),
  )
  addCommand<WriteFlags>(
    program,
    io,
    'message <space> <id>',
    'one message: its versions, its files and who has it; with -o its files are written there',
    show,
    (command) =>
      command
        .option('-o, --output <dir>', 'write its files into this folder')
        .option('--force', 'replace files that are there already'),
  )
  addCommand(program, io, 'edit <space> <id> <text>', 'change an own message', edit)
  addCommand(program, io, 'delete <space> <id>', 'delete a message; a stub stays', remove)
  addCommand<{ off?: boolean }>(
    program,
    io,
    'react <space> <id> <emoji>',
    'react to a message',
    react,
    (c) => c.option('--off', 'take the reaction back'),
  )
}

async function send(
  session: Session,
  [name = '', text]: readonly string[],
  flags: SendFlags,
): Promise<void> {
  if (text === undefined && flags.file.length === 0) {
    throw new CliError('USAGE', 'expected a text, or a file with --file')
  }
  const files = await findFilesToCarry(session, flags.file)
  const client = await session.connect()
  const { id } = await findSpace(client, name)
  const prepared = await prepareFiles(session, client, id, files)
  const sent = await sendOnce(session, client, id, {
    key: flags.key ?? randomUUID(),
    text: await textOrStdin(session, text ?? ''),
    ...(prepared.length === 0 ? {} : { files: prepared }),
    ...(flags.room === undefined ? {} : { room: (await findRoom(client, id, flags.room)).id }),
    ...(flags.reply === undefined ? {} : { replyTo: await findMessage(client, id, flags.reply) }),
  })
  session.answer(sent, () => `${shortId(sent)}  ${deliveryWords(sent.delivery)}`)
}

/** When the reply is lost it asks once more: the key keeps that from being a second message. */
async function sendOnce(
  session: Session,
  client: HamletApi,
  space: string,
  message: SendMessage,
): Promise<Message> {
  try {
    return await client.send(space, message)
  } catch (error) {
    if (!LOST_REPLY_CODES.has(errorCode(error))) throw error
    const again = await session.connect().catch(() => {
      throw error
    })
    return await again.send(space, message)
  }
}

async function list(
  session: Session,
  [name = '']: readonly string[],
  flags: ListFlags,
): Promise<void> {
  const limit = flags.limit === undefined ? undefined : parseCount(flags.limit, PAGE_MESSAGES_MAX)
  const client = await session.connect()
  const { id } = await findSpace(client, name)
  const page = await client.messages(id, {
    ...(limit === undefined ? {} : { limit }),
    ...(flags.room === undefined ? {} : { room: (await findRoom(client, id, flags.room)).id }),
    ...(flags.before === undefined ? {} : { before: await findMessage(client, id, flags.before) }),
    ...(flags.after === undefined ? {} : { after: await findMessage(client, id, flags.after) }),
    ...(flags.search === undefined ? {} : { search: flags.search }),
  })
  session.answer(page, () => {
    if (page.messages.length > 0) {
      return page.messages.map((message) => messageWords(session, message)).join('\n')
    }
    return flags.search === undefined ? 'No messages yet.' : 'Nothing found.'
  })
}

/** One message as `messages` and `follow` show it: id, time, author, text, what became of it. */
export function messageWords(session: Session, message: Message): string {
  const marks = [
    ...(message.editedAtMs === undefined ? [] : ['edited']),
    ...(message.late ? ['arrived late'] : []),
    ...(message.files ?? []).map(
      ({ name, sizeBytes }) => `${printable(name)}, ${sizeOf(sizeBytes)}`,
    ),
    ...message.reactions.map(({ emoji, people }) => `${printable(emoji)} ${people.length}`),
    ...(message.own ? [deliveryWords(message.delivery)] : []),
  ]
  const author = printable(message.authorName === '' ? '(no name)' : message.authorName)
  const text = message.deleted
    ? session.paint('(deleted)', 'dim')
    : message.newer === true
      ? session.paint('(written by a newer version of Hamlet)', 'dim')
      : printableLines(message.text).replaceAll('\n', '\n    ')
  return [
    session.paint(shortId(message), 'dim'),
    session.paint(clockTime(message.atMs, session.io.nowMs()), 'dim'),
    `${session.paint(author, message.own ? 'green' : 'cyan')}:`,
    ...replyWords(session, message),
    text,
    ...(marks.length === 0 ? [] : [session.paint(`[${marks.join(', ')}]`, 'dim')]),
  ].join(' ')
}

function replyWords(session: Session, { replyTo }: Message): readonly string[] {
  if (replyTo === undefined) return []
  const start = printable(replyTo.text.replaceAll('\n', ' '))
  const text = start.length > QUOTE_LENGTH ? `${start.slice(0, QUOTE_LENGTH)}…` : start
  return [session.paint(`(to ${printable(replyTo.authorName)}: ${text})`, 'dim')]
}

export function deliveryWords({ heldBy, devices, readBy }: Delivery): string {
  if (readBy.length > 0) return `read by ${readBy.length}`
  return heldBy <= 1 ? 'only here' : `on ${heldBy} of ${plural(devices, 'device')}`
}

async function show(
  session: Session,
  [name = '', start = '']: readonly string[],
  flags: WriteFlags,
): Promise<void> {
  const { client, space, message } = await findIn(session, name, start)
  const detail = await client.message(space, message)
  if (flags.output !== undefined) {
    const written = await writeCarried(session, client, space, detail.files ?? [], flags)
    session.answer(written, () => {
      return written.length === 0 ? 'It has no files.' : writtenWords(written)
    })
    return
  }
  session.answer(detail, () => detailWords(session, detail))
}

function detailWords(session: Session, detail: MessageDetail): string {
  const nowMs = session.io.nowMs()
  return [
    messageWords(session, detail),
    '',
    `Id       ${detail.id}`,
    ...detail.versions.map(
      ({ text, atMs }) => `Version  ${clockTime(atMs, nowMs)}  ${printable(text)}`,
    ),
    ...(detail.files ?? []).map((file) => `File     ${carriedWords(file)}`),
    ...detail.holders.map(
      ({ name, device, holds }) =>
        `${holds ? 'Held by' : 'Missing'}  ${printable(name)} (${device.slice(0, 8)})`,
    ),
    ...detail.readers.map(
      ({ name, atMs }) => `Read by  ${printable(name)}, ${clockTime(atMs, nowMs)}`,
    ),
  ].join('\n')
}

async function edit(session: Session, args: readonly string[]): Promise<void> {
  const [name = '', start = '', text = ''] = args
  const { client, space, message } = await findIn(session, name, start)
  const edited = await client.edit(space, message, await textOrStdin(session, text))
  session.answer(edited, () => messageWords(session, edited))
}

async function remove(session: Session, [name = '', start = '']: readonly string[]): Promise<void> {
  const { client, space, message } = await findIn(session, name, start)
  const deleted = await client.delete(space, message)
  session.answer(deleted, () => messageWords(session, deleted))
}

async function react(
  session: Session,
  [name = '', start = '', emoji = '']: readonly string[],
  flags: { readonly off?: boolean },
): Promise<void> {
  const { client, space, message } = await findIn(session, name, start)
  const changed = await client.react(space, message, emoji, flags.off !== true)
  session.answer(changed, () => messageWords(session, changed))
}

async function findIn(session: Session, name: string, start: string) {
  const client = await session.connect()
  const { id } = await findSpace(client, name)
  return { client, space: id, message: await findMessage(client, id, start) }
}

function shortId(message: Message): string {
  return message.id.slice(0, SHOWN_ID_LENGTH)
}
