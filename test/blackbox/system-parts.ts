/**
 * What a run needs from the system, installed when this process may: iproute2 for namespaces, socat for their network
 * cards, libfaketime for clocks that are wrong.
 */

import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { execute } from './execute.ts'

const FAKETIME_PLACES = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1',
  '/usr/lib/faketime/libfaketimeMT.so.1',
  '/usr/lib64/faketime/libfaketimeMT.so.1',
]

/** Programs and the Debian package each is in. */
const PROGRAMS = [
  ['ip', 'iproute2'],
  ['socat', 'socat'],
  ['setpriv', 'util-linux'],
] as const

export interface SystemParts {
  /** Why there can be no network namespaces; undefined when there can. */
  readonly obstacle: string | undefined
  readonly faketime: string | undefined
}

export async function provideSystemParts(): Promise<SystemParts> {
  // Where ip is, though not on everybody's path.
  process.env['PATH'] = [process.env['PATH'] ?? '', '/usr/sbin', '/sbin'].join(delimiter)
  const mayInstall = process.platform === 'linux' && process.getuid?.() === 0
  if (mayInstall) await installMissing()
  return { obstacle: await findObstacle(), faketime: FAKETIME_PLACES.find((p) => existsSync(p)) }
}

async function installMissing(): Promise<void> {
  const missing: string[] = PROGRAMS.filter(([program]) => !isOnPath(program)).map(([, p]) => p)
  if (!FAKETIME_PLACES.some((path) => existsSync(path))) missing.push('faketime')
  if (missing.length === 0 || !isOnPath('apt-get')) return
  try {
    await execute('apt-get', 'update', '-q')
    await execute('apt-get', 'install', '-y', '-q', '--no-install-recommends', ...missing)
  } catch (error) {
    console.log(`black box: could not install ${missing.join(', ')}: ${String(error)}`)
  }
}

async function findObstacle(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `there are none on ${process.platform}`
  if (process.getuid?.() !== 0) return 'this process is not root'
  const missing = PROGRAMS.find(([program]) => !isOnPath(program))
  if (missing !== undefined) return `${missing[0]} is missing and could not be installed`
  if (!existsSync('/dev/net/tun')) return 'there is no /dev/net/tun'
  const probe = `hbb${process.pid}-probe`
  try {
    await execute('ip', 'netns', 'add', probe)
    await execute('ip', '-n', probe, 'tuntap', 'add', 'probe0', 'mode', 'tap')
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    await execute('ip', 'netns', 'delete', probe).catch(() => {
      // It could not be made.
    })
  }
}

function isOnPath(program: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(delimiter)
  return folders.some((folder) => folder !== '' && existsSync(join(folder, program)))
}
