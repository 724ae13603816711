/** `hamlet tracker …`: trackers that this device uses, and running one. */

import { join } from 'node:path'
import type { Command } from 'commander'
import { errorCode } from '@hamlet/core'
import { configure, SETTINGS } from '@hamlet/tracker/configuration'
import type { TrackerConfiguration } from '@hamlet/tracker/configuration'

import { addCommand } from '../command.ts'
import type { CommonOptions, Session } from '../command.ts'
import { CliError } from '../errors.ts'
import { trackerTable } from '../files/file-words.ts'
import type { Io } from '../io.ts'
import { printable } from '../text.ts'

type ServeFlags = Readonly<Record<string, string | undefined>>

/** Of `--data`: the folder of a tracker lies in the data directory, as that of a peer does. */
const DATA = 'data'

export function addTrackerCommands(program: Command, io: Io): void {
  const tracker = program.command('tracker').description('services that tell who has what')
  addCommand(
    tracker,
    io,
    'serve',
    'run a tracker on this machine until it is stopped',
    (session, _, flags: CommonOptions) => serve(session, flags),
    (command) => {
      for (const [flag, { variable, help }] of Object.entries(SETTINGS)) {
        if (flag !== DATA) command.option(`--${flag} <value>`, `${help}; ${variable}`)
      }
    },
  )
  addCommand(tracker, io, 'register <url>', 'use a tracker', register)
  addCommand(tracker, io, 'forget <url>', 'use a tracker no longer', forget)
  addCommand(tracker, io, 'status', 'trackers that are used, and whether they answer', status)
}

async function serve(session: Session, flags: CommonOptions): Promise<void> {
  const configuration = readSettings(session, flags)
  // Loaded only now: every other command starts without databases.
  const { serveTracker } = await import('@hamlet/tracker')
  const tracker = await serveTracker(configuration)
  const reload = (): void => {
    tracker.reloadTls().catch((error: unknown) => session.note(`not taken up: ${String(error)}`))
  }
  process.on('SIGHUP', reload)
  try {
    session.answer({ url: tracker.url }, () =>
      [
        `${session.paint('The tracker is running.', 'bold')} It answers at ${tracker.url}`,
        `Use it with: hamlet tracker register ${tracker.url}`,
        'Stop with Ctrl-C.',
      ].join('\n'),
    )
    await aborted(session.io.signal)
  } finally {
    process.off('SIGHUP', reload)
    await tracker.close()
  }
}

/** What is wrong with a setting is wrong usage. */
function readSettings(session: Session, flags: CommonOptions): TrackerConfiguration {
  const given = flags as ServeFlags
  const args = Object.keys(SETTINGS).flatMap((flag) => {
    const value = flag === DATA ? undefined : given[camelCase(flag)]
    return value === undefined ? [] : [`--${flag}=${value}`]
  })
  const folder = join(session.directory, 'tracker')
  try {
    return configure(flags.data === undefined ? args : [...args, `--data=${folder}`], {
      TRACKER_DATA: folder,
      ...session.io.env,
    })
  } catch (cause) {
    if (errorCode(cause) !== 'TRACKER_MISCONFIGURED') throw cause
    throw new CliError('USAGE', (cause as Error).message, { cause })
  }
}

/** As commander names what it read: `--tls-cert` is `tlsCert`. */
function camelCase(flag: string): string {
  return flag.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
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
