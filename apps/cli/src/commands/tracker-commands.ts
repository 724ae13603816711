/** `hamlet tracker …`: trackers that this device uses. */

import type { Command } from 'commander'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { trackerTable } from '../files/file-words.ts'
import type { Io } from '../io.ts'
import { printable } from '../text.ts'

export function addTrackerCommands(program: Command, io: Io): void {
  const tracker = program.command('tracker').description('services that tell who has what')
  addCommand(tracker, io, 'register <url>', 'use a tracker', register)
  addCommand(tracker, io, 'forget <url>', 'use a tracker no longer', forget)
  addCommand(tracker, io, 'status', 'trackers that are used, and whether they answer', status)
}

async function register(session: Session, [url = '']: readonly string[]): Promise<void> {
  const tracker = await (await session.connect()).addTracker(url)
  session.answer(tracker, () => `${printable(tracker.url)} is used from now on.`)
}

async function forget(session: Session, [url = '']: readonly string[]): Promise<void> {
  await (await session.connect()).removeTracker(url)
  session.answer({ url, forgotten: true }, () => `${printable(url)} is not used any more.`)
}

async function status(session: Session): Promise<void> {
  const trackers = await (await session.connect()).trackers()
  session.answer(trackers, () => trackerTable(session, trackers))
}
