/**
 * The data directory and the peer that runs on it.
 *
 * A running peer leaves word in `run/`: `peer.json` says where it answers, `token` is the key to it. The Unix socket
 * is tried first, loopback second. A file left behind by a peer that was killed leads nowhere and counts as "not
 * running".
 */

import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '@hamlet/core'
import { createHttpClient } from '@hamlet/http'
import type { HttpClient } from '@hamlet/http'
import { createSocketClient, readTokenFile } from '@hamlet/http/local'

import { CliError } from './errors.ts'
import { absolutePath } from './io.ts'
import type { Io } from './io.ts'

export interface PeerFile {
  readonly http: string
  readonly socket: string
  readonly pid: number
  readonly peer: string
  readonly addresses: readonly string[]
  readonly startedAtMs: number
}

const LOOPBACK_URL = /^http:\/\/(127\.0\.0\.1|\[::1\]|localhost):\d{1,5}$/

/** `--data`, else `HAMLET_DATA`, else `~/.hamlet`; absolute. */
export function dataDirectoryOf(option: string | undefined, io: Io): string {
  const fromEnvironment = io.env['HAMLET_DATA']
  const chosen = option ?? (fromEnvironment === '' ? undefined : fromEnvironment)
  return absolutePath(io, chosen ?? join(io.homeDirectory, '.hamlet'))
}

/** A client of the peer that runs on the directory. @throws CliError `PEER_NOT_RUNNING` */
export async function connectToPeer(directory: string): Promise<HttpClient> {
  const peer = await readPeerFile(directory)
  if (peer === undefined) throw notRunning(directory)
  const token = await readToken(directory)
  const clients = [
    createSocketClient({ socketPath: peer.socket, token }),
    ...(LOOPBACK_URL.test(peer.http) ? [createHttpClient({ baseUrl: peer.http, token })] : []),
  ]
  for (const client of clients) {
    if (await answers(client)) return client
  }
  throw notRunning(directory)
}

/** What the running peer left, or `undefined` when there is none or it is not to be read. */
export async function readPeerFile(directory: string): Promise<PeerFile | undefined> {
  try {
    const text = await readFile(join(directory, 'run', 'peer.json'), 'utf8')
    const file = JSON.parse(text) as Partial<PeerFile>
    const isComplete = typeof file.http === 'string' && typeof file.socket === 'string'
    return isComplete ? (file as PeerFile) : undefined
  } catch {
    return undefined
  }
}

async function readToken(directory: string): Promise<string> {
  try {
    return await readTokenFile(join(directory, 'run', 'token'))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw notRunning(directory)
    throw error
  }
}

/** Whether something answers, be it with a refusal, which the command itself will meet and tell. */
async function answers(client: HttpClient): Promise<boolean> {
  try {
    await client.status()
    return true
  } catch (error) {
    return errorCode(error) !== 'PEER_UNREACHABLE'
  }
}

function notRunning(directory: string): CliError {
  const message = `Hamlet is not running on ${directory}. Start it with: hamlet up --data ${directory}`
  return new CliError('PEER_NOT_RUNNING', message, { fields: { data: directory } })
}
