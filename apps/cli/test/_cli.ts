/** The command line against a real server over people in memory, laid out as a running peer's data directory. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startTestServer } from '@hamlet/http/testing'
import type { MemoryApi, MemoryWorld } from '@hamlet/http/testing'

import type { Io } from '../src/io.ts'
import { processFiles } from '../src/process-io.ts'
import { run } from '../src/run.ts'
import type { UpParts } from '../src/commands/up.ts'

export const NOON_MS = new Date('2026-11-20T12:00:00').getTime()

export interface CliResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export interface RunOptions {
  readonly stdin?: string
  readonly terminal?: boolean
  /** What a person at the terminal answers, one question after the other. */
  readonly answers?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  readonly upParts?: UpParts
  readonly onStdout?: (text: string) => void
  readonly onStderr?: (text: string) => void
}

/** Runs one command in this process and collects what it wrote. */
export async function runCli(
  argv: readonly string[],
  options: RunOptions = {},
): Promise<CliResult> {
  let stdout = ''
  let stderr = ''
  const isTerminal = options.terminal === true
  const answers = [...(options.answers ?? [])]
  const io: Io = {
    stdout: {
      write(data) {
        const text = textOf(data)
        stdout += text
        options.onStdout?.(text)
      },
      isTerminal,
    },
    stderr: {
      write(data) {
        const text = textOf(data)
        stderr += text
        options.onStderr?.(text)
      },
      isTerminal,
    },
    readStdin: () => Promise.resolve(options.stdin ?? ''),
    async *stdinBytes() {
      yield new TextEncoder().encode(options.stdin ?? '')
    },
    files: processFiles(),
    ...(options.answers === undefined ? {} : { ask: async () => answers.shift() ?? '' }),
    env: options.env ?? {},
    homeDirectory: join('/nowhere', 'home'),
    platform: 'linux',
    nowMs: () => NOON_MS,
    signal: options.signal ?? new AbortController().signal,
  }
  const code = await run(argv, io, options.upParts)
  return { code, stdout, stderr }
}

function textOf(data: string | Uint8Array): string {
  return typeof data === 'string' ? data : new TextDecoder().decode(data)
}

export interface TestPeer extends AsyncDisposable {
  readonly world: MemoryWorld
  /** The person whose peer this is. */
  readonly api: MemoryApi
  readonly data: string
  readonly url: string
  /** Runs a command on this peer's data directory. */
  cli(argv: readonly string[], options?: RunOptions): Promise<CliResult>
  /** Runs a command with `--json` and reads its document. */
  json<T>(...argv: string[]): Promise<T>
  stop(): Promise<void>
  /** Answers again where it did before, with everything it held. */
  start(): Promise<void>
}

export async function startTestPeer(): Promise<TestPeer> {
  const setup = await startTestServer()
  const { directory: data, socketPath, tokens, server, world, api } = setup
  const running = new AsyncDisposableStack()
  running.use(setup)
  const file = { http: server.url, socket: socketPath, pid: process.pid, peer: api.device }
  const text = JSON.stringify({ ...file, addresses: [], startedAtMs: 0 })
  await writeFile(join(data, 'run', 'peer.json'), text)
  await writeFile(join(data, 'run', 'token'), `${tokens.admin}\n`, { mode: 0o600 })
  const cli = (argv: readonly string[], options?: RunOptions) =>
    runCli([...argv, '--data', data], options)
  return {
    world,
    api,
    data,
    url: server.url,
    cli,
    async json(...argv) {
      const result = await cli([...argv, '--json'])
      if (result.code !== 0) throw new Error(result.stderr)
      return JSON.parse(result.stdout) as never
    },
    stop: () => server.close(),
    async start() {
      const again = await startTestServer({
        api,
        http: { host: '127.0.0.1', port: server.port },
        socketPath,
        tokens: [{ token: tokens.admin, scope: 'admin' }],
      })
      running.use(again)
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}
