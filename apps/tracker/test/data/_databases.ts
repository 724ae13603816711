/**
 * The databases a test of the data layer runs on: SQLite, PGlite (PostgreSQL in this process) and a PostgreSQL server of
 * its own where the programs are found. Each gives empty databases of which several can be had.
 */

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'

export interface PostgresServer {
  /** A new empty database. */
  createDatabase(): string
  /** `immediate` is a crash: no buffer is written, no client is told. */
  stop(mode: 'fast' | 'immediate'): void
  start(): void
  close(): void
}

const FOLDERS = ['/usr/lib/postgresql', '/usr/local/pgsql', '/opt/homebrew/opt/postgresql']

/** The folder of `initdb` and `postgres`, or `undefined`. */
export function findPostgres(): string | undefined {
  const path = (process.env['PATH'] ?? '').split(':')
  const versions = FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    [folder, ...readdirSync(folder).map((name) => join(folder, name))].map((each) =>
      join(each, 'bin'),
    ),
  )
  return [...versions.toSorted().toReversed(), ...path].find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl')),
  )
}

/** A server in a folder of its own, on a free port of loopback; `undefined` where PostgreSQL is not installed. */
export async function startPostgres(): Promise<PostgresServer | undefined> {
  const programs = findPostgres()
  if (programs === undefined) return undefined
  const folder = mkdtempSync(join(tmpdir(), 'hamlet-postgres-'))
  const data = join(folder, 'data')
  const user = serverUser(folder)
  const run = (program: string, args: readonly string[]): void => {
    execFileSync(join(programs, program), [...args], { ...user, stdio: 'ignore', cwd: folder })
  }
  const port = await freePort()
  // Everything that makes a commit durable stays on; only making the cluster need not be.
  run('initdb', ['-D', data, '-U', 'tracker', '-A', 'trust', '-E', 'UTF8', '--no-sync'])
  const start = (): void => {
    const flags = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=60`
    run('pg_ctl', ['-D', data, '-w', '-s', '-l', join(folder, 'log'), '-o', flags, 'start'])
  }
  const stop = (mode: string): void => run('pg_ctl', ['-D', data, '-w', '-s', '-m', mode, 'stop'])
  start()
  let count = 0
  return {
    createDatabase() {
      const name = `tracker${++count}`
      run('createdb', ['-h', '127.0.0.1', '-p', String(port), '-U', 'tracker', name])
      return `postgres://tracker@127.0.0.1:${port}/${name}`
    },
    start,
    stop,
    close() {
      stop('immediate')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** PostgreSQL refuses to run as root: another user is taken then, and given the folder. */
function serverUser(folder: string): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const [uid, gid] = [idOf('-u'), idOf('-g')]
  execFileSync('chown', [`${uid}:${gid}`, folder])
  return { uid, gid }
}

function idOf(flag: '-u' | '-g'): number {
  for (const name of ['postgres', 'nobody']) {
    try {
      return Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' }))
    } catch {
      continue
    }
  }
  throw new Error('there is no user but root to run PostgreSQL')
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
