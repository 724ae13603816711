/** A PostgreSQL server of its own in place of the database's container, with a user, a password and a database. */

import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

const FOLDERS = ['/usr/lib/postgresql', '/usr/local/pgsql', '/opt/homebrew/opt/postgresql']

export interface DatabaseProcess {
  readonly programs: string
  stop(): void
}

/** The folder of `initdb` and `pg_ctl`, or `undefined`. */
export function findPostgres(): string | undefined {
  const versions = FOLDERS.filter((folder) => existsSync(folder)).flatMap((folder) =>
    [folder, ...readdirSync(folder).map((name) => join(folder, name))].map((each) =>
      join(each, 'bin'),
    ),
  )
  const onPath = (process.env['PATH'] ?? '').split(delimiter)
  return [...versions.toSorted().toReversed(), ...onPath].find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'pg_ctl')),
  )
}

/** Starts it on loopback; `folder` is empty and gets its data. Runs as another user when this one is root. */
export function startPostgres(
  programs: string,
  folder: string,
  port: number,
  variables: Readonly<Record<string, string>>,
): DatabaseProcess {
  const { POSTGRES_USER: user = '', POSTGRES_PASSWORD: password = '' } = variables
  const owner = unprivileged()
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  mkdirSync(folder, { recursive: true })
  writeFileSync(passwordFile, password)
  for (const path of owner === undefined ? [] : [folder, passwordFile]) {
    chownSync(path, owner!.uid, owner!.gid)
  }
  const run = (program: string, args: readonly string[]): void => {
    const env = { ...process.env, PGPASSWORD: password }
    execFileSync(join(programs, program), [...args], {
      ...owner,
      env,
      stdio: 'ignore',
      cwd: folder,
    })
  }
  run('initdb', [
    ...['-D', data, '-U', user, '-A', 'scram-sha-256', `--pwfile=${passwordFile}`],
    ...['-E', 'UTF8', '--no-sync'],
  ])
  const flags = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''`
  run('pg_ctl', ['-D', data, '-w', '-s', '-l', join(folder, 'log'), '-o', flags, 'start'])
  const database = variables['POSTGRES_DB'] ?? user
  run('createdb', ['-h', '127.0.0.1', '-p', String(port), '-U', user, database])
  return { programs, stop: () => run('pg_ctl', ['-D', data, '-w', '-s', '-m', 'fast', 'stop']) }
}

/** PostgreSQL refuses to run as root. */
function unprivileged(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = ['-u', '-g'].map((flag) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: 'pipe' })),
      )
      return { uid: uid!, gid: gid! }
    } catch {
      continue
    }
  }
  throw new Error('there is no user but root to run PostgreSQL')
}
