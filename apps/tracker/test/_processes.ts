/** Trackers as processes of their own, started as `npm run tracker` starts one. */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { programFile } from '../../../test/_programs.ts'

const MAIN = programFile('tracker')

export interface TrackerProcess {
  readonly url: string
  readonly child: ChildProcess
  /** Its log so far. */
  log(): string
  /** The exit code, after `signal`. */
  stop(signal?: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<number | null>
}

export interface ProcessResult {
  readonly code: number | null
  readonly out: string
  readonly log: string
}

function start(args: readonly string[], environment: Readonly<Record<string, string>>) {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: process.env['HOME'] ?? '',
    TRACKER_WEB: 'no',
  }
  return spawn(process.execPath, [MAIN, ...args], {
    env: { ...env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
}

/** Resolves when it answers. */
export async function startTrackerProcess(
  environment: Readonly<Record<string, string>>,
): Promise<TrackerProcess> {
  const child = start([], { TRACKER_PORT: '0', ...environment })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    once(child, 'exit').then(() => {
      throw new Error(`the tracker did not start: ${log}`)
    }),
  ])) as [string]
  const { url } = JSON.parse(line) as { url: string }
  return {
    url,
    child,
    log: () => log,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) {
        const exited = once(child, 'exit')
        child.kill(signal)
        await exited
      }
      return child.exitCode
    },
  }
}

/** Runs to its end. */
export async function runTracker(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  input = '',
): Promise<ProcessResult> {
  const child = start(args, environment)
  let [out, log] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  child.stdin.end(input)
  await once(child, 'close')
  return { code: child.exitCode, out, log }
}
