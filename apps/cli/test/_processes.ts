/** `hamlet` in processes of its own: started, listened to, killed. Whatever is left ends with the tests of the file. */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { after } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'

import { programFile } from '../../../test/_programs.ts'
import { runCli } from './_cli.ts'
import type { RunOptions } from './_cli.ts'

export const LOOPBACK = '/ip4/127.0.0.1/tcp/0'
const PROGRAM = programFile('hamlet')
const WAIT_MS = 60_000
const running = new Set<ChildProcess>()
after(() => Promise.all([...running].map(kill)))

export type Facts = Record<string, unknown>

export interface HamletProcess {
  readonly child: ChildProcess
  /** What it has written to standard output, line by line. */
  readonly lines: string[]
  /** What it has written to standard error. */
  told(): string
  /** Exit code, `null` after a signal. */
  readonly ended: Promise<number | null>
}

export function startHamlet(...argv: readonly string[]): HamletProcess {
  const child = spawn(process.execPath, [PROGRAM, ...argv])
  running.add(child)
  const lines: string[] = []
  let [rest, told] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    const texts = (rest + chunk.toString()).split('\n')
    rest = texts.pop()!
    lines.push(...texts)
  })
  child.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()))
  // A process that is killed no longer reads what is written to it.
  child.stdin.on('error', () => undefined)
  const ended = once(child, 'close').then(([code]) => {
    running.delete(child)
    return code as number | null
  })
  return { child, lines, told: () => told, ended }
}

export interface Serving extends HamletProcess {
  readonly address: string
}

/** `hamlet log serve` or `hamlet trie serve`; resolves when it listens. */
export async function startServing(
  kind: 'log' | 'trie',
  data: string,
  name: string,
  ...more: readonly string[]
): Promise<Serving> {
  const listen = ['--listen', LOOPBACK, '--json', '--data', data]
  const server = startHamlet(kind, 'serve', name, ...listen, ...more)
  await until(() => server.lines.length > 0)
  const { addresses } = JSON.parse(server.lines[0]!) as { readonly addresses: readonly string[] }
  return { ...server, address: addresses[0]! }
}

export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
}

/** A command in this process, and its one document. */
export async function cliJson(
  data: string,
  argv: readonly string[],
  options?: RunOptions,
): Promise<Facts> {
  const result = await runCli([...argv, '--data', data, '--json'], options)
  if (result.code !== 0) throw new Error(result.stderr)
  return JSON.parse(result.stdout) as Facts
}

export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (const endMs = performance.now() + WAIT_MS; performance.now() < endMs; await delay(10)) {
    if (await isSo()) return
  }
  throw new Error('did not happen in time')
}
