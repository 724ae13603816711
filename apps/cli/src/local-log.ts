/**
 * Logs of the command line: each a folder of its own under `logs/` of the data directory, with its own key.
 *
 *     logs/<name>/key        the author's key, 0600
 *     logs/<name>/blocks/    the log, as docs/formats/log.md has it
 *     logs/<name>/lock/      held while a command uses the log: by one process at a time, reading or writing
 *
 * The key file is one line, and frozen:
 *
 *     hamlet/v1/log-key <seed of the Ed25519 key, 64 hex digits>\n
 *
 * Invariants: a log is opened by one process at a time, since opening mends what a crash has left; a key is written whole
 * before there is a log, and never replaced; a key that others may read is not used.
 */

import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesToHex, errorCode, hexToBytes, utf8 } from '@hamlet/core'
import { createNodeCrypto, createNodeRandom, insecureFileReason } from '@hamlet/identity/node'
import { Log, noteKeyOf, originOf, renderNoteKey } from '@hamlet/log'
import { createNodeDisk, lockDirectory } from '@hamlet/store/node'
import type { DirectoryLock } from '@hamlet/store/node'

import type { Session } from './command.ts'
import { CliError } from './errors.ts'

export const localCrypto = createNodeCrypto()

export interface LocalLog {
  readonly name: string
  readonly log: Log
  /** The verifier key, as tools for signed notes take it. */
  readonly key: string
  readonly directory: string
}

const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/
const KEY_LINE = /^hamlet\/v1\/log-key ([0-9a-f]{64})\n$/
/** What the logs of the command line are part of; each has a key of its own besides. */
const NAMESPACE = localCrypto.hash(utf8('hamlet/v1/local-log'))

/** A new log with a new key. @throws CliError `LOG_EXISTS`, `LOG_IN_USE`, `USAGE` */
export async function createLocalLog(session: Session, name: string): Promise<LocalLog> {
  const directory = directoryOf(session, name)
  await using _lock = await lockLog(directory, name)
  const disk = createNodeDisk(directory)
  if ((await disk.readAll('key')) !== undefined) {
    throw new CliError('LOG_EXISTS', `there is a log ${name} already`, { fields: { name } })
  }
  const seed = createNodeRandom().bytes(32)
  await disk.write('key', utf8(renderLogKey(seed)))
  await using log = await openLog(directory, seed)
  return { name, log, key: keyOf(log), directory }
}

/** Opens a log, lets `action` work with it, and closes it. @throws CliError `NOTHING_MATCHES`, `LOG_IN_USE`, `USAGE` */
export async function withLocalLog<T>(
  session: Session,
  name: string,
  action: (local: LocalLog) => Promise<T>,
): Promise<T> {
  const directory = directoryOf(session, name)
  await checkKeyFile(directory, name)
  await using _lock = await lockLog(directory, name)
  const bytes = await createNodeDisk(directory).readAll('key')
  const seed = bytes && parseLogKey(new TextDecoder().decode(bytes))
  if (!seed) throw new CliError('FILE_FAILED', `${join(directory, 'key')} is not a key file`)
  await using log = await openLog(directory, seed)
  return await action({ name, log, key: keyOf(log), directory })
}

/** Names of the logs in the data directory, ascending. */
export async function listLocalLogs(session: Session): Promise<readonly string[]> {
  const parent = join(session.directory, 'logs')
  const names = await readdir(parent).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  })
  const found: string[] = []
  for (const name of names.filter((each) => NAME.test(each)).sort()) {
    if (await isThere(join(parent, name, 'key'))) found.push(name)
  }
  return found
}

export function renderLogKey(seed: Uint8Array): string {
  return `hamlet/v1/log-key ${bytesToHex(seed)}\n`
}

/** The seed, or `undefined` unless the text is exactly a key file's. */
export function parseLogKey(text: string): Uint8Array | undefined {
  const hex = KEY_LINE.exec(text)?.[1]
  return hex === undefined ? undefined : hexToBytes(hex)
}

function openLog(directory: string, seed: Uint8Array): Promise<Log> {
  const signer = localCrypto.signer(seed)
  return Log.open({
    disk: createNodeDisk(directory),
    crypto: localCrypto,
    directory: 'blocks',
    publicKey: signer.publicKey,
    namespace: NAMESPACE,
    signer,
  })
}

function keyOf(log: Log): string {
  return renderNoteKey(noteKeyOf(localCrypto, originOf(log.id), log.publicKey))
}

function directoryOf(session: Session, name: string): string {
  if (NAME.test(name) && !name.endsWith('.tmp')) return join(session.directory, 'logs', name)
  throw new CliError(
    'USAGE',
    `a log has a name of 1 to 64 of a-z, 0-9, ".", "_" and "-", got "${name}"`,
  )
}

async function checkKeyFile(directory: string, name: string): Promise<void> {
  const path = join(directory, 'key')
  const found = await lstat(path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR') throw error
    const message = `there is no log "${name}". Make it with: hamlet log create ${name}`
    throw new CliError('NOTHING_MATCHES', message, { fields: { name } })
  })
  const facts = { isPlainFile: found.isFile(), mode: found.mode, uid: found.uid }
  const reason = insecureFileReason(facts, process.getuid?.())
  if (reason !== undefined) throw new CliError('FILE_FAILED', `${path} ${reason}`)
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}

async function lockLog(directory: string, name: string): Promise<DirectoryLock> {
  try {
    return await lockDirectory(directory)
  } catch (error) {
    if (errorCode(error) !== 'STORE_LOCKED') throw error
    const pid = (error as { readonly fields?: { readonly pid?: number } }).fields?.pid
    const who = pid === undefined ? 'another process' : `process ${pid}`
    throw new CliError('LOG_IN_USE', `the log ${name} is in use by ${who}; try again after it`, {
      cause: error,
      fields: { name, pid },
    })
  }
}
