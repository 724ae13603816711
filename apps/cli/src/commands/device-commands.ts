/**
 * Commands about one's own devices: list, name, link, confirm, revoke, and recovering from the words.
 *
 * Recovery words are read from standard input or asked for on a terminal; no option takes them, since arguments can be
 * read by every program of the machine.
 */

import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import { renderUnicodeCompact } from 'uqr'
import type { DeviceLink, HttpClient, OwnDevice, Recovery } from '@hamlet/http'

import { addCommand, addCommon, collect, textOrStdin } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import { findById } from '../find.ts'
import type { Io } from '../io.ts'
import { ago, plural, printable } from '../text.ts'

const POLL_MS = 250

interface LinkFlags {
  readonly wait: boolean
}

interface WordsFlag {
  readonly words?: boolean
}

interface RecoverFlags {
  readonly from: readonly string[]
  readonly status?: boolean
  readonly stop?: boolean
}

export function addDeviceCommands(program: Command, io: Io): void {
  const device = addCommon(program.command('device').description('your own devices'))
  addCommand(device, io, 'list', 'your devices', listDevices)
  addCommand(device, io, 'name <name>', 'what this device is called', nameDevice)
  addCommand<LinkFlags>(
    device,
    io,
    'link [code]',
    'link another device: shows a code; with the code of an old device, links this one ("-" reads it)',
    link,
    (command) => command.option('--no-wait', 'return at once; go on with status and confirm'),
  )
  addCommand(device, io, 'status', 'the link under way', showLink)
  addCommand<WordsFlag>(
    device,
    io,
    'confirm',
    'both devices show the same number',
    confirmLink,
    withWords,
  )
  addCommand(device, io, 'cancel', 'give the link up', cancelLink)
  addCommand<WordsFlag>(
    device,
    io,
    'revoke <device>',
    'take a lost device out of every space',
    revokeDevice,
    withWords,
  )
  addCommand<WordsFlag>(
    device,
    io,
    'reset <device>',
    'let a device write again that was copied, or put back from a backup and used',
    resetDevice,
    withWords,
  )
  addCommand<RecoverFlags>(
    program,
    io,
    'recover',
    'make this new device yours again, with your 24 recovery words from standard input',
    recover,
    (command) =>
      command
        .option('--from <address>', 'ask the device at this address (repeat)', collect, [])
        .option('--status', 'how the search goes')
        .option('--stop', 'end the search'),
  )
}

function withWords(command: Command): void {
  command.option('--words', 'read your 24 recovery words from standard input')
}

async function listDevices(session: Session): Promise<void> {
  const devices = await (await session.connect()).devices()
  session.answer(devices, () => {
    const rows = devices.map((device) => deviceRow(device, session.io.nowMs()))
    return session.table(['ID', 'NAME', 'SPACES', 'LAST SEEN'], rows, '')
  })
}

function deviceRow(device: OwnDevice, nowMs: number): readonly string[] {
  const { lastSeenMs } = device
  const seen = lastSeenMs === undefined ? 'not yet' : ago(lastSeenMs, nowMs)
  const state = device.thisDevice ? 'this device' : device.online ? 'connected' : seen
  return [
    device.id.slice(0, 8),
    printable(device.name === '' ? '(no name)' : device.name),
    String(device.spaces),
    device.halted === 0 ? state : `${state}; halted in ${plural(device.halted, 'space')}`,
  ]
}

async function nameDevice(session: Session, [name = '']: readonly string[]): Promise<void> {
  const status = await (await session.connect()).setDeviceName(await textOrStdin(session, name))
  session.answer(status, () => `This device is now called ${printable(status.deviceName)}.`)
}

async function link(
  session: Session,
  [code]: readonly string[],
  { wait }: LinkFlags,
): Promise<void> {
  const client = await session.connect()
  const isNew = code !== undefined
  const begun = isNew
    ? await client.useLinkCode((await textOrStdin(session, code)).trim())
    : await client.startLink()
  const returnsNow = !wait || (!isNew && session.isJson)
  if (returnsNow) return session.answer(begun, () => begun.code ?? linkWords(begun))
  try {
    await (isNew ? followNew(session, client) : followOld(session, client, begun))
  } catch (error) {
    if (!session.io.signal.aborted) throw error
    await client.cancelLink()
  }
}

/** Shows the code, then the number, and asks the person; without a terminal another command confirms. */
async function followOld(session: Session, client: HttpClient, begun: DeviceLink): Promise<void> {
  const { code = '' } = begun
  if (session.io.stdout.isTerminal) session.note(renderUnicodeCompact(code))
  session.note('On the new device: hamlet device link CODE, or "I already use Hamlet" in the app.')
  session.print(code)
  const met = await changed(session, client, 'waiting', 'connecting')
  if (met.state === 'comparing') await decide(session, client, met)
  answerEnd(session, await changed(session, client, 'waiting', 'comparing', 'finishing'))
}

async function decide(session: Session, client: HttpClient, met: DeviceLink): Promise<void> {
  const name = printable(met.name ?? 'a device')
  session.note(`${name} shows the number, if it is yours:  ${spaced(met.number)}`)
  const { ask } = session.io
  if (ask === undefined) {
    return session.note(
      'Is it the same there? Then: hamlet device confirm. Else: hamlet device cancel.',
    )
  }
  const answer = await ask('Is it the same on both? [y/N] ')
  if (!/^y(es)?$/i.test(answer.trim())) return await client.cancelLink()
  const words = met.wordsNeeded === true ? await ask('Your 24 recovery words: ') : undefined
  await client.confirmLink(words)
}

async function followNew(session: Session, client: HttpClient): Promise<void> {
  const met = await changed(session, client, 'connecting')
  if (met.state === 'comparing') {
    session.note(`Compare on the other device, and confirm there:  ${spaced(met.number)}`)
  }
  answerEnd(session, await changed(session, client, 'connecting', 'comparing', 'finishing'))
}

function answerEnd(session: Session, end: DeviceLink): void {
  if (end.state === 'failed') {
    throw new CliError('LINK_ENDED', end.error?.message ?? 'The link failed.', {
      fields: { reason: end.error?.code },
    })
  }
  session.answer(end, () => linkWords(end))
}

/** The link once it is in none of these states. */
async function changed(
  session: Session,
  client: HttpClient,
  ...states: readonly DeviceLink['state'][]
): Promise<DeviceLink> {
  for (;;) {
    const now = await client.deviceLink()
    if (!states.includes(now.state)) return now
    await delay(POLL_MS, undefined, { signal: session.io.signal })
  }
}

function linkWords({ state, role, number, name, error }: DeviceLink): string {
  const who = printable(name ?? 'the other device')
  const words: Readonly<Record<DeviceLink['state'], string>> = {
    none: 'No link is under way.',
    waiting: 'Waiting for the new device.',
    connecting: 'Looking for the other device.',
    comparing: `Both devices must show ${spaced(number)}. Confirm on the old one: hamlet device confirm`,
    finishing: 'Almost done.',
    done:
      role === 'new'
        ? `This device is ${who}'s now. Its spaces are on the way.`
        : `${who} is linked.`,
    failed: printable(error?.message ?? 'The link failed.'),
  }
  return words[state]
}

function spaced(number = ''): string {
  return `${number.slice(0, 3)} ${number.slice(3)}`
}

async function showLink(session: Session): Promise<void> {
  const state = await (await session.connect()).deviceLink()
  session.answer(state, () => linkWords(state))
}

async function confirmLink(
  session: Session,
  _: readonly string[],
  flags: WordsFlag,
): Promise<void> {
  const client = await session.connect()
  await client.confirmLink(flags.words === true ? await readWords(session.io) : undefined)
  answerEnd(session, await changed(session, client, 'comparing', 'finishing'))
}

async function cancelLink(session: Session): Promise<void> {
  await (await session.connect()).cancelLink()
  session.answer({ state: 'none' }, () => 'The link is given up.')
}

async function revokeDevice(
  session: Session,
  [start = '']: readonly string[],
  flags: WordsFlag,
): Promise<void> {
  const { client, device, words } = await otherDevice(session, start, flags)
  const revoked = await client.revokeDevice(device.id, words)
  session.note('What it has read it keeps, and what it wrote before stays.')
  session.answer(revoked, () => {
    return `${printable(device.name)} is out of ${reached(revoked)}. What it writes now counts nowhere.`
  })
}

async function resetDevice(
  session: Session,
  [start = '']: readonly string[],
  flags: WordsFlag,
): Promise<void> {
  const { client, device, words } = await otherDevice(session, start, flags)
  const reset = await client.resetDevice(device.id, words)
  session.note('Of what it wrote twice, the longer history counts, and what others answered.')
  session.answer(reset, () => `${printable(device.name)} may write again in ${reached(reset)}.`)
}

/** The device a decision is about, and the words when they are given. */
async function otherDevice(
  session: Session,
  start: string,
  flags: WordsFlag,
): Promise<{ client: HttpClient; device: OwnDevice; words: string | undefined }> {
  const client = await session.connect()
  const others = (await client.devices()).filter(({ thisDevice }) => !thisDevice)
  const device = findById('device', start, others, ({ name }) => name)
  const words = flags.words === true ? await readWords(session.io) : undefined
  return { client, device, words }
}

function reached(done: { readonly spaces: number; readonly failed: number }): string {
  const failed = done.failed === 0 ? '' : `; ${plural(done.failed, 'space')} failed`
  return `${plural(done.spaces, 'space')}${failed}`
}

async function recover(session: Session, _: readonly string[], flags: RecoverFlags): Promise<void> {
  const client = await session.connect()
  if (flags.stop === true) await client.endRecovery()
  const isAsking = flags.stop === true || flags.status === true
  const recovery = isAsking
    ? await client.recovery()
    : await client.recover(await readWords(session.io), flags.from)
  session.answer(recovery, () => recoveryWords(recovery))
}

function recoveryWords({ state, helpers, arriving }: Recovery): string {
  if (state === 'none') return 'No search is under way.'
  const found =
    helpers === 0
      ? 'Nobody who knows you has answered yet.'
      : `${plural(helpers, 'device')} knew you; ${plural(arriving, 'space')} on the way here.`
  return `You are you again. Looking for your spaces: ${found}`
}

/** Never an argument: those can be read by every program of the machine. */
export async function readWords(io: Io): Promise<string> {
  return io.ask === undefined ? await io.readStdin() : await io.ask('Your 24 recovery words: ')
}
