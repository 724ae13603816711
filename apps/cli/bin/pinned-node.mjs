/**
 * Finds the Node that the repository pins as a dependency and runs it in place of the one that was started.
 *
 * Hamlet runs from TypeScript source and signs with the strict Ed25519 rule, both of which need Node 24.21 or newer;
 * a machine may have only Node 20. Plain JavaScript, because it is what runs before that is known.
 *
 * Invariants:
 * 1. The child has this process's stdin, stdout and stderr, and its exit code becomes ours.
 * 2. A signal sent to this process reaches the child exactly once. Ctrl-C in a terminal goes to the whole process
 *    group, so there SIGINT is left to the terminal.
 */

import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

const FORWARDED_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP']
const NODE_MAJOR_MIN = 24
const NODE_MINOR_MIN = 21

/** Whether the running Node is new enough to run Hamlet itself. */
export function isSupportedNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > NODE_MAJOR_MIN || (major === NODE_MAJOR_MIN && minor >= NODE_MINOR_MIN)
}

/** The pinned Node's executable, looked for in every `node_modules` from `folder` upwards, or `undefined`. */
export function findPinnedNode(folder) {
  const name = process.platform === 'win32' ? 'node.exe' : 'node'
  for (let at = folder; ; at = dirname(at)) {
    const executable = join(at, 'node_modules', 'node', 'bin', name)
    if (existsSync(executable)) return executable
    if (dirname(at) === at) return undefined
  }
}

/** Runs `executable` with this process's streams and ends as it ends. */
export function runInstead(executable, args, options = {}) {
  const child = spawn(executable, args, { stdio: 'inherit', ...options })
  const forward = (signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  }
  for (const signal of FORWARDED_SIGNALS) process.on(signal, forward)
  child.on('error', (error) => {
    console.error(`hamlet: cannot start ${executable}: ${error.message}`)
    process.exitCode = 1
  })
  child.on('exit', (code, signal) => {
    for (const name of FORWARDED_SIGNALS) process.off(name, forward)
    if (signal === null) process.exitCode = code ?? 1
    else process.kill(process.pid, signal)
  })
}
