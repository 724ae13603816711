/** `hamlet up`: runs a peer until it is told to stop, with the web app when it is built. */

import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { Option } from 'commander'
import type { RunPeerOptions, RunningPeer } from '@hamlet/peer/node'

import { addCommand, collect } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { parseHostPort } from '../text.ts'

type LogLevel = NonNullable<RunPeerOptions['logLevel']>

/** What `up` starts; tests pass their own. */
export interface UpParts {
  readonly runPeer: (options: RunPeerOptions) => Promise<Omit<RunningPeer, 'api'>>
  /** The folder of the web app's build. @throws CliError `WEB_BUILD_FAILED` */
  readonly buildWebApp: () => Promise<string>
  readonly openBrowser: (url: string, io: Io) => void
}

interface UpFlags {
  readonly http?: string
  readonly listen: readonly string[]
  readonly bootstrap: readonly string[]
  readonly relay?: boolean
  readonly nearWebSeeds?: boolean
  readonly open: boolean
  readonly passphraseFile?: string
  readonly logLevel?: LogLevel
}

export function addUpCommand(program: Command, io: Io, parts: UpParts = realUpParts): void {
  addCommand<UpFlags>(
    program,
    io,
    'up',
    'run Hamlet on this machine',
    (session, _, flags) => up(session, flags, parts),
    (command) =>
      command
        .option('--http <host:port>', 'where the web app answers, on this machine only')
        .option('--listen <multiaddr>', 'listen for other devices here (repeat)', collect, [])
        .option('--bootstrap <multiaddr>', 'find others through this device (repeat)', collect, [])
        .option('--relay', 'pass connections on for devices that cannot be reached')
        .option('--near-web-seeds', 'ask web seeds of links in this network too, such as a NAS')
        .option('--no-open', 'do not open the web app in the browser')
        .option('--passphrase-file <file>', 'the passphrase of the keys ("-" reads it)')
        .addOption(
          new Option('--log-level <level>', 'what to log').choices([
            'debug',
            'info',
            'warn',
            'error',
          ]),
        ),
  )
}

async function up(session: Session, flags: UpFlags, parts: UpParts): Promise<void> {
  const http = flags.http === undefined ? undefined : parseHostPort(flags.http)
  const passphrase = await readPassphrase(session, flags.passphraseFile)
  const webDirectory = await findWebApp(session, parts)
  const peer = await parts.runPeer({
    dataDirectory: session.directory,
    listen: flags.listen,
    bootstrap: flags.bootstrap,
    relay: flags.relay === true,
    nearWebSeeds: flags.nearWebSeeds === true,
    ...(http === undefined ? {} : { http }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(flags.logLevel === undefined ? {} : { logLevel: flags.logLevel }),
    ...(webDirectory === undefined ? {} : { webDirectory }),
  })
  try {
    announce(session, peer, flags.open && webDirectory !== undefined, parts)
    await aborted(session.io.signal)
    session.note('Stopping…')
  } finally {
    await peer.close()
  }
}

function announce(
  session: Session,
  peer: Omit<RunningPeer, 'api'>,
  wantsBrowser: boolean,
  parts: UpParts,
): void {
  const { http, peer: id, addresses, data } = peer.info
  if (session.isJson) {
    session.print(JSON.stringify({ http, peer: id, addresses, data }))
    return
  }
  const url = peer.createLoginUrl()
  const opens = wantsBrowser && canOpenBrowser(session.io)
  session.print(
    [
      `${session.paint('Hamlet is running.', 'bold')} Everything is kept in ${data}`,
      '',
      `  ${opens ? 'Opening' : 'Open'}  ${session.paint(url, 'cyan')}`,
      '        (good once, for a minute; another with: hamlet open)',
      '',
      'Stop with Ctrl-C. Others reach you while it runs.',
    ].join('\n'),
  )
  if (opens) parts.openBrowser(url, session.io)
}

/** Not in continuous integration, not without a screen. */
function canOpenBrowser({ env, platform, stdout }: Io): boolean {
  if ((env['CI'] ?? '') !== '' || !stdout.isTerminal) return false
  if (platform !== 'linux') return true
  return (env['DISPLAY'] ?? '') !== '' || (env['WAYLAND_DISPLAY'] ?? '') !== ''
}

async function findWebApp(session: Session, parts: UpParts): Promise<string | undefined> {
  try {
    return await parts.buildWebApp()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    session.note(`The web app is not built, so there are no pages; the commands work. (${reason})`)
    return undefined
  }
}

async function readPassphrase(
  session: Session,
  file: string | undefined,
): Promise<string | undefined> {
  const fromEnvironment = session.io.env['HAMLET_PASSPHRASE']
  if (file === undefined) return fromEnvironment === '' ? undefined : fromEnvironment
  try {
    const text = file === '-' ? await session.io.readStdin() : await readFile(file, 'utf8')
    return text.replace(/\r?\n$/, '')
  } catch (cause) {
    throw new CliError('FILE_FAILED', `cannot read the passphrase from ${file}`, { cause })
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

/** The parts of a real run. Loaded only now: every other command starts without libp2p and Vite. */
export const realUpParts: UpParts = {
  async runPeer(options) {
    const { runPeer } = await import('@hamlet/peer/node')
    return runPeer(options)
  },
  async buildWebApp() {
    const script = new URL('../../../web/scripts/build.ts', import.meta.url).href
    try {
      const web = (await import(script)) as { ensureWebBuild: () => Promise<string> }
      return await web.ensureWebBuild()
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new CliError('WEB_BUILD_FAILED', reason.split('\n', 1)[0] ?? '', { cause })
    }
  },
  openBrowser(url, { platform }) {
    const [command, ...args] =
      platform === 'darwin'
        ? ['open', url]
        : platform === 'win32'
          ? ['cmd', '/c', 'start', '""', url]
          : ['xdg-open', url]
    const child = spawn(command!, args, { stdio: 'ignore', detached: true })
    // The address is printed anyway.
    child.on('error', () => {})
    child.unref()
  },
}
