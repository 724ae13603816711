/**
 * Logs of the command line: each a folder of its own under `logs/` of the data directory, with its own key.
 *
 *     logs/<name>/key        the author's key, 0600; or instead of it
 *     logs/<name>/copy       whose log it is a copy of
 *     logs/<name>/blocks/    the log, as docs/formats/log.md has it
 *     logs/<name>/lock/      held while a command uses the log: by one process at a time, reading or writing
 *
 * The key file and the copy file are one line, and frozen:
 *
 *     hamlet/v1/log-key <seed of the Ed25519 key, 64 hex digits>\n
 *     hamlet/v1/log-copy <public key, 64 hex digits>\n
 *
 * Invariants: a log is opened by one process at a time, since opening mends what a crash has left; a key is written whole
 * before there is a log, and never replaced; a key that others may read is not used.
 */

import { lstat, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesToHex, equalBytes, errorCode, hexToBytes, utf8 } from '@hamlet/core'
import type { LogId, Signer } from '@hamlet/core'
import { createNodeCrypto, createNodeRandom, insecureFileReason } from '@hamlet/identity/node'
import {
  Log,
  logIdOf,
  noteKeyOf,
  originOf,
  parseNoteKey,
  renderNoteKey,
  SparseLog,
} from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import { createNodeDisk, lockDirectory } from '@hamlet/store/node'
import type { DirectoryLock } from '@hamlet/store/node'

import type { Session } from './command.ts'
import { CliError } from './errors.ts'
import type { LocalLog } from './open-log.ts'

export type { LocalLog } from './open-log.ts'

export const localCrypto = createNodeCrypto()

const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$/
const KEY_LINE = /^hamlet\/v1\/log-key ([0-9a-f]{64})\n$/
const COPY_LINE = /^hamlet\/v1\/log-copy ([0-9a-f]{64})\n$/
/** What the logs of the command line are part of; each has a key of its own besides. */
export const NAMESPACE = localCrypto.hash(utf8('hamlet/v1/local-log'))

/** A new log with a new key. @throws CliError `LOG_EXISTS`, `LOG_IN_USE`, `USAGE` */
export async function createLocalLog(session: Session, name: string): Promise<LocalLog> {
  const directory = directoryOf(session, name)
  await using _lock = await lockLog(directory, name)
  const disk = createNodeDisk(directory)
  if ([await disk.readAll('key'), await disk.readAll('copy')].some((file) => file !== undefined)) {
    throw new CliError('LOG_EXISTS', `there is a log ${name} already`, { fields: { name } })
  }
  const seed = createNodeRandom().bytes(32)
  await disk.write('key', utf8(renderLogKey(seed)))
  await using log = await openOwnLog(directory, seed)
  return { name, log, key: keyOf(log), directory }
}

/** Opens a log, or takes the one that is open already, lets `action` work with it, and closes it. @throws CliError `NOTHING_MATCHES`, `LOG_IN_USE`, `USAGE` */
export async function withLocalLog<T>(
  session: Session,
  name: string,
  action: (local: LocalLog) => Promise<T>,
): Promise<T> {
  const { held } = session.io
  if (held?.name === name) return await action(held)
  const directory = directoryOf(session, name)
  const copied = await copiedKey(directory)
  if (copied !== undefined) return await withOpenCopy(directory, name, copied, action)
  await checkKeyFile(directory, name)
  await using _lock = await lockLog(directory, name)
  const bytes = await createNodeDisk(directory).readAll('key')
  const seed = bytes && parseLogKey(new TextDecoder().decode(bytes))
  if (!seed) throw new CliError('FILE_FAILED', `${join(directory, 'key')} is not a key file`)
  await using log = await openOwnLog(directory, seed)
  return await action({ name, log, key: keyOf(log), directory, seed })
}

/** The same with a copy of somebody's log, which is begun when there is none. @throws CliError `LOG_EXISTS`, `LOG_IN_USE`, `USAGE` */
export async function withLogCopy<T>(
  session: Session,
  name: string,
  publicKey: Uint8Array,
  action: (local: LocalLog) => Promise<T>,
): Promise<T> {
  const directory = directoryOf(session, name)
  const copied = await copiedKey(directory)
  const isOther = copied !== undefined && !equalBytes(copied, publicKey)
  if (isOther || (await isThere(join(directory, 'key')))) {
    throw new CliError('LOG_EXISTS', `there is another log ${name} already`, { fields: { name } })
  }
  if (copied === undefined) {
    const line = `hamlet/v1/log-copy ${bytesToHex(publicKey)}\n`
    await createNodeDisk(directory).write('copy', utf8(line))
  }
  return await withOpenCopy(directory, name, publicKey, action)
}

/** The public key in a verifier key, or in 64 hex digits. @throws CliError `USAGE` */
export function parseLogName(text: string): { readonly id: LogId; readonly publicKey: Uint8Array } {
  const note = parseNoteKey(localCrypto, text)
  const publicKey = note?.publicKey ?? (/^[0-9a-f]{64}$/.test(text) ? hexToBytes(text) : undefined)
  if (publicKey !== undefined) {
    const id = logIdOf(localCrypto, publicKey, NAMESPACE)
    if (note === undefined || note.name === originOf(id)) return { id, publicKey }
  }
  throw new CliError('USAGE', 'expected the key of a log, as "hamlet log info" prints it')
}

/** The verifier key of the log of a public key. */
export function logKeyOf(id: LogId, publicKey: Uint8Array): string {
  return renderNoteKey(noteKeyOf(localCrypto, originOf(id), publicKey))
}

async function withOpenCopy<T>(
  directory: string,
  name: string,
  publicKey: Uint8Array,
  action: (local: LocalLog) => Promise<T>,
): Promise<T> {
  await using _lock = await lockLog(directory, name)
  await using log = await openLog(directory, publicKey)
  return await action({ name, log, key: keyOf(log), directory })
}

async function copiedKey(directory: string): Promise<Uint8Array | undefined> {
  const bytes = await createNodeDisk(directory).readAll('copy')
  if (bytes === undefined) return undefined
  const hex = COPY_LINE.exec(new TextDecoder().decode(bytes))?.[1]
  if (hex !== undefined) return hexToBytes(hex)
  throw new CliError('FILE_FAILED', `${join(directory, 'copy')} does not say whose copy it is`)
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
    const files = [join(parent, name, 'key'), join(parent, name, 'copy')]
    if ((await Promise.all(files.map(isThere))).includes(true)) found.push(name)
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

function openOwnLog(directory: string, seed: Uint8Array): Promise<Log> {
  const signer = localCrypto.signer(seed)
  return openLog(directory, signer.publicKey, signer)
}

function openLog(directory: string, publicKey: Uint8Array, signer?: Signer): Promise<Log> {
  return Log.open({
    disk: createNodeDisk(directory),
    crypto: localCrypto,
    directory: 'blocks',
    publicKey,
    namespace: NAMESPACE,
    ...(signer !== undefined && { signer }),
  })
}

function keyOf(log: Log): string {
  return logKeyOf(log.id, log.publicKey)
}

/** The folder of a log, be it there or not. @throws CliError `USAGE` */
export function directoryOf(session: Session, name: string): string {
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

/** A sparse copy that lasts as long as a command, for reading a little of somebody's log. @throws CliError `USAGE` */
export async function passingCopyOf(keyText: string): Promise<SparseLog> {
  const { publicKey } = parseLogName(keyText)
  const disk = createMemoryDisk()
  const common = { disk, crypto: localCrypto, directory: 'copy', namespace: NAMESPACE }
  return await SparseLog.open({ ...common, publicKey })
}
