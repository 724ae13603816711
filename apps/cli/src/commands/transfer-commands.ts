/** `hamlet transfers …`: what is loaded and served, how fast, and how fast it may be. */

import type { Command } from 'commander'
import type { HttpClient, Transfer, TransferLimits } from '@hamlet/http'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { transferTable } from '../files/file-words.ts'
import { parseBytes, rateWords } from '../files/rates.ts'
import { refusedNames } from '../files/source-names.ts'
import { findNamed } from '../find.ts'
import type { Io } from '../io.ts'
import { printable, sizeOf } from '../text.ts'

interface LimitFlags {
  readonly down?: string
  readonly up?: string
  readonly quota?: string
}

const CLEAR_SCREEN = '\u001b[H\u001b[J'

export function addTransferCommands(program: Command, io: Io): void {
  const usage = 'transfers'
  addCommand<{ watch?: boolean }>(
    program,
    io,
    usage,
    'what is loading and what others take, with rates and sources',
    transfers,
    (command) => command.option('--watch', 'and again whenever it changes; end with Ctrl-C'),
  )
  const parent = program.commands.find((command) => command.name() === usage)!
  addCommand(parent, io, 'pause <share>', 'pause it', change('pauseTransfer', 'is paused'))
  addCommand(parent, io, 'resume <share>', 'go on with it', change('resumeTransfer', 'goes on'))
  addCommand(parent, io, 'cancel <share>', 'end it; what has come stays', cancel)
  addCommand<LimitFlags>(
    parent,
    io,
    'limit',
    'how fast it may go and how much is kept here, such as 500kB or 20GB; "off" for no limit',
    limit,
    (command) =>
      command
        .option('--down <rate>', 'per second, loading')
        .option('--up <rate>', 'per second, serving')
        .option('--quota <size>', 'of what is kept here; pinned things stay beyond it'),
  )
}

async function transfers(
  session: Session,
  _: readonly string[],
  { watch }: { readonly watch?: boolean },
): Promise<void> {
  const client = await session.connect()
  if (watch !== true) return show(session, client, await client.transfers())
  for await (const { type } of client.events({ signal: session.io.signal })) {
    if (type === 'resync' || type === 'transfers' || type === 'files') {
      if (session.io.stdout.isTerminal && !session.isJson) session.io.stdout.write(CLEAR_SCREEN)
      await show(session, client, await client.transfers())
    }
  }
}

async function show(session: Session, client: HttpClient, all: readonly Transfer[]): Promise<void> {
  const names = session.isJson ? new Map<string, string>() : await refusedNames(client, all)
  session.answer(all, () => transferTable(session, all, names))
}

function change(call: 'pauseTransfer' | 'resumeTransfer', words: string) {
  return async (session: Session, [text = '']: readonly string[]): Promise<void> => {
    const client = await session.connect()
    const { share } = await findTransfer(client, text)
    const transfer = await client[call](share)
    session.answer(transfer, () => `${printable(transfer.name)} ${words}.`)
  }
}

async function cancel(session: Session, [text = '']: readonly string[]): Promise<void> {
  const client = await session.connect()
  const { share, name } = await findTransfer(client, text)
  await client.cancelTransfer(share)
  session.answer({ share, cancelled: true }, () => {
    return `${printable(name)} is not loaded any further. What has come stays.`
  })
}

async function findTransfer(client: HttpClient, text: string): Promise<Transfer> {
  const all = await client.transfers()
  const byShare = new Map(all.map((transfer) => [transfer.share, transfer]))
  const named = [...byShare.values()].map(({ share, name }) => ({ id: share, name }))
  return byShare.get(findNamed('transfer', text, named).id)!
}

async function limit(session: Session, _: readonly string[], flags: LimitFlags): Promise<void> {
  const { down, up, quota } = flags
  const wanted = {
    ...(down === undefined ? {} : { downBytesPerSecond: parseBytes(down) }),
    ...(up === undefined ? {} : { upBytesPerSecond: parseBytes(up) }),
    ...(quota === undefined ? {} : { quotaBytes: parseBytes(quota) }),
  }
  const client = await session.connect()
  const isChange = Object.keys(wanted).length > 0
  const limits = isChange ? await client.setTransferLimits(wanted) : await client.transferLimits()
  const { usedBytes, pinnedBytes } = await client.fileStorage()
  session.answer({ ...limits, usedBytes, pinnedBytes }, () =>
    [
      `Loading: ${rateOrNone(limits.downBytesPerSecond)}`,
      `Serving: ${rateOrNone(limits.upBytesPerSecond)}`,
      `Kept here: ${quotaWords(limits, usedBytes)}, ${sizeOf(pinnedBytes)} of it pinned`,
    ].join('\n'),
  )
}

function rateOrNone(bytesPerSecond: number): string {
  return bytesPerSecond === 0 ? 'as fast as it goes' : `at most ${rateWords(bytesPerSecond)}`
}

function quotaWords({ quotaBytes }: TransferLimits, usedBytes: number): string {
  return quotaBytes === 0 ? sizeOf(usedBytes) : `${sizeOf(usedBytes)} of ${sizeOf(quotaBytes)}`
}
