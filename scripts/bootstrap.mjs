/**
 * What makes `npm start` and `npm test` work on a fresh clone with only Node 20 and npm: installs the dependencies when
 * they are missing or no longer those of the lock file, then carries on under the pinned Node they bring.
 *
 * A stamp in `node_modules` holds the hash of the lock file it was installed from. Without one, an install made by hand
 * counts as current when npm's own record of it is not older than the lock file.
 */

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { findPinnedNode, runInstead } from '../apps/cli/bin/pinned-node.mjs'

export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** Installs what is missing, then runs `args` under the pinned Node from the repository's root. */
export function runBootstrapped(args) {
  if (!isInstalled(root) && !install(root)) {
    process.exitCode = 1
    return
  }
  const executable = findPinnedNode(root)
  if (executable === undefined) {
    console.error('hamlet: the install did not bring node_modules/node; see the messages above')
    process.exitCode = 1
    return
  }
  const binaries = join(root, 'node_modules', '.bin')
  const separator = process.platform === 'win32' ? ';' : ':'
  const path = `${dirname(executable)}${separator}${binaries}${separator}${process.env.PATH ?? ''}`
  runInstead(executable, args, { cwd: root, env: { ...process.env, PATH: path } })
}

export function isInstalled(folder) {
  const modules = join(folder, 'node_modules')
  const lock = join(folder, 'package-lock.json')
  if (findPinnedNode(folder) === undefined) return false
  if (!existsSync(lock)) return true
  const stamp = join(modules, '.hamlet-install')
  if (existsSync(stamp)) return readFileSync(stamp, 'utf8') === hashOf(lock)
  const record = join(modules, '.package-lock.json')
  return existsSync(record) && statSync(record).mtimeMs >= statSync(lock).mtimeMs
}

/** A first install is what the lock file says and nothing else. A later one changes what is different, and leaves the lock file alone. */
function install(folder) {
  const lock = join(folder, 'package-lock.json')
  console.error('hamlet: installing dependencies, about a minute the first time')
  const isFirst = existsSync(lock) && !existsSync(join(folder, 'node_modules'))
  const complaint = runNpm(folder, isFirst ? ['ci'] : ['install', '--no-save'])
  if (complaint !== '') console.error(`hamlet: the install failed\n${complaint}`)
  else if (existsSync(lock)) {
    writeFileSync(join(folder, 'node_modules', '.hamlet-install'), hashOf(lock))
  }
  return complaint === ''
}

/** What npm complained of, or nothing when it succeeded. */
function runNpm(folder, command) {
  const isWindows = process.platform === 'win32'
  const quiet = ['--no-fund', '--no-audit', '--loglevel=error']
  const result = spawnSync(isWindows ? 'npm.cmd' : 'npm', [...command, ...quiet], {
    cwd: folder,
    encoding: 'utf8',
    shell: isWindows,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (result.status === 0) return ''
  return result.stderr?.trim() || (result.error?.message ?? `exit code ${result.status}`)
}

function hashOf(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex')
}
