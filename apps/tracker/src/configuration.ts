/** The settings of a tracker, from flags first, then the environment, then what works with no configuration at all. */

import { homedir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { isLoopback, isPrivateAddress } from './addresses.ts'
import { TrackerError } from './errors.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export interface TrackerConfiguration {
  readonly host: string
  readonly port: number
  /** `postgres://…`, or the path of a SQLite file. */
  readonly database: string
  readonly publicUrl?: string
  readonly hosts: readonly string[]
  readonly tls?: { readonly certificateFile: string; readonly keyFile: string }
  readonly trustsProxy: boolean
  readonly isRegistrationOpen: boolean
  readonly allowsPrivateAddresses: boolean
  readonly metricsToken?: string
  /** `no` for none; when it is not given, the page is built when it has to be. */
  readonly webDirectory?: string
  readonly logLevel: LogLevel
}

interface Setting {
  readonly variable: string
  readonly help: string
}

/** By flag. PeerNet's two, `TRACKER_PORT` and `DATABASE_URL`, mean the same here. */
export const SETTINGS = {
  host: { variable: 'TRACKER_HOST', help: 'address to listen on (127.0.0.1)' },
  port: { variable: 'TRACKER_PORT', help: 'port to listen on (8080)' },
  database: {
    variable: 'DATABASE_URL',
    help: 'postgres://… or the path of a SQLite file (in the data folder)',
  },
  data: { variable: 'TRACKER_DATA', help: 'folder of the SQLite file (~/.hamlet/tracker)' },
  'public-url': {
    variable: 'TRACKER_PUBLIC_URL',
    help: 'address by which peers reach it, https://tracker.example',
  },
  hosts: { variable: 'TRACKER_HOSTS', help: 'further names it answers to, with port, by comma' },
  'tls-cert': { variable: 'TRACKER_TLS_CERT', help: 'file of the certificate chain (PEM)' },
  'tls-key': { variable: 'TRACKER_TLS_KEY', help: 'file of its key (PEM)' },
  'trust-proxy': {
    variable: 'TRACKER_TRUST_PROXY',
    help: 'yes: a proxy in front ends TLS and tells the client in X-Forwarded-For (no)',
  },
  insecure: {
    variable: 'TRACKER_INSECURE',
    help: 'yes: plain HTTP for others than this machine, in a closed network (no)',
  },
  registration: {
    variable: 'TRACKER_REGISTRATION',
    help: 'open, or closed: accounts by the operator alone (open)',
  },
  'private-addresses': {
    variable: 'TRACKER_PRIVATE_ADDRESSES',
    help: 'yes: pass on addresses of private networks (yes where it listens on one itself)',
  },
  'metrics-token': {
    variable: 'TRACKER_METRICS_TOKEN',
    help: 'what /metrics asks for; without it, it answers this machine alone',
  },
  web: {
    variable: 'TRACKER_WEB',
    help: 'folder of the built dashboard, or no; without it, it is built when it has to be',
  },
  'log-level': { variable: 'TRACKER_LOG_LEVEL', help: 'debug, info, warn, error or silent (info)' },
} as const satisfies Readonly<Record<string, Setting>>

type Flag = keyof typeof SETTINGS
type Environment = Readonly<Record<string, string | undefined>>

const LEVELS: readonly string[] = ['debug', 'info', 'warn', 'error', 'silent']

/** @throws TrackerError `TRACKER_MISCONFIGURED`, which names the flag and the variable */
export function configure(args: readonly string[], environment: Environment): TrackerConfiguration {
  const value = valuesOf(args, environment)
  const host = value('host') ?? '127.0.0.1'
  const publicUrl = publicUrlOf(value('public-url'))
  const tls = tlsOf(value('tls-cert'), value('tls-key'))
  const trustsProxy = yes('trust-proxy', value('trust-proxy')) ?? false
  const isLocal = host === 'localhost' || isLoopback(host)
  const isPlain = tls === undefined && !trustsProxy && yes('insecure', value('insecure')) !== true
  if (!isLocal && isPlain) {
    const how = 'give --tls-cert and --tls-key, --trust-proxy yes, or --insecure yes'
    throw wrong('host', `${host} is reached from outside: ${how}`)
  }
  if (!isLocal && publicUrl === undefined && value('hosts') === undefined) {
    throw wrong('public-url', 'needed to know by which name peers ask for this tracker')
  }
  const metricsToken = value('metrics-token')
  const web = value('web')
  return {
    host,
    port: portOf(value('port') ?? '8080'),
    database: value('database') ?? join(value('data') ?? defaultFolder(), 'tracker.sqlite'),
    hosts: [...(publicUrl === undefined ? [] : [publicUrl.host]), ...listOf(value('hosts'))],
    trustsProxy,
    isRegistrationOpen:
      choice('registration', value('registration') ?? 'open', ['open', 'closed']) === 'open',
    allowsPrivateAddresses:
      yes('private-addresses', value('private-addresses')) ??
      (isPrivateAddress(host) && publicUrl === undefined),
    logLevel: choice('log-level', value('log-level') ?? 'info', LEVELS) as LogLevel,
    ...(publicUrl === undefined ? {} : { publicUrl: publicUrl.origin }),
    ...(tls === undefined ? {} : { tls }),
    ...(metricsToken === undefined ? {} : { metricsToken }),
    ...(web === undefined ? {} : { webDirectory: web }),
  }
}

export function helpText(): string {
  const lines = Object.entries(SETTINGS).map(
    ([flag, { variable, help }]) => `  --${flag.padEnd(18)} ${variable.padEnd(26)} ${help}`,
  )
  return [
    'The tracker of Hamlet.',
    '',
    '  tracker [serve] [settings]           run it until it is stopped',
    '  tracker account add NAME             make an account; the password comes on standard input',
    '  tracker account password NAME        set its password',
    '  tracker account import FILE          take over peers of PeerNet: lines of address,bcrypt hash',
    '',
    ...lines,
    '',
  ].join('\n')
}

/** The words that are no flags. @throws TrackerError `TRACKER_MISCONFIGURED` */
export function wordsOfCommand(args: readonly string[]): readonly string[] {
  return parse(args).positionals
}

function valuesOf(args: readonly string[], environment: Environment) {
  const { values } = parse(args)
  return (flag: Flag): string | undefined => {
    const given = values[flag] ?? environment[SETTINGS[flag].variable]
    return given === undefined || given === '' ? undefined : given
  }
}

function parse(args: readonly string[]) {
  const names = Object.keys(SETTINGS) as Flag[]
  const options = Object.fromEntries(names.map((flag) => [flag, { type: 'string' as const }]))
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true })
    return {
      values: parsed.values as Partial<Record<Flag, string>>,
      positionals: parsed.positionals,
    }
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new TrackerError('TRACKER_MISCONFIGURED', `${message} (--help lists the settings)`, {
      cause,
    })
  }
}

function wrong(flag: Flag, message: string): TrackerError {
  const name = `--${flag} (${SETTINGS[flag].variable})`
  return new TrackerError('TRACKER_MISCONFIGURED', `${name}: ${message}`, { fields: { flag } })
}

function portOf(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port < 65_536) return port
  throw wrong('port', `expected 0 to 65535, got ${text}`)
}

function yes(flag: Flag, text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined
  return ['yes', 'true', '1'].includes(choice(flag, text, ['yes', 'no', 'true', 'false', '1', '0']))
}

function choice(flag: Flag, text: string, choices: readonly string[]): string {
  if (choices.includes(text)) return text
  throw wrong(flag, `expected ${choices.join(', ')}, got ${text}`)
}

function listOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '')
}

function publicUrlOf(text: string | undefined): URL | undefined {
  if (text === undefined) return undefined
  const url = URL.parse(text)
  const isWeb = url?.protocol === 'https:' || url?.protocol === 'http:'
  if (url !== null && isWeb && url.pathname === '/' && url.search === '') return url
  throw wrong('public-url', `expected https://name or https://name:port, got ${text}`)
}

function tlsOf(certificateFile: string | undefined, keyFile: string | undefined) {
  if (certificateFile === undefined && keyFile === undefined) return undefined
  if (certificateFile === undefined) throw wrong('tls-cert', 'needed with --tls-key')
  if (keyFile === undefined) throw wrong('tls-key', 'needed with --tls-cert')
  return { certificateFile, keyFile }
}

function defaultFolder(): string {
  return join(homedir(), '.hamlet', 'tracker')
}
