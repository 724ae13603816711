/**
 * Real peers for end-to-end tests: `hamlet` as processes of its own, driven by its command line and judged by what
 * it prints. Nothing here imports Hamlet's code.
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { programFile } from '../_programs.ts'

const MAIN = programFile('hamlet')
const READY_TIMEOUT_MS = 180_000

export interface ReadyLine {
  readonly http: string
  readonly peer: string
  readonly addresses: readonly string[]
  readonly data: string
}

export interface CommandResult {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
}

export interface MessageLine {
  readonly id: string
  readonly text: string
  readonly authorName: string
  readonly own: boolean
  readonly delivery: { readonly heldBy: number; readonly devices: number }
}

/** One data directory and, while it is up, the process that serves it. */
export class TestPeer {
  readonly name: string
  readonly data: string
  #process: ChildProcess | undefined
  #ready: ReadyLine | undefined
  /** Where it was up before it comes up again, as a peer at home does: the others remember that. */
  #listen = '/ip4/127.0.0.1/tcp/0'
  stderr = ''

  constructor(name: string, data: string) {
    this.name = name
    this.data = data
  }

  get ready(): ReadyLine {
    if (this.#ready === undefined) throw new Error(`${this.name} is not up`)
    return this.#ready
  }

  async up(...options: readonly string[]): Promise<ReadyLine> {
    return await this.#up(options, [process.execPath])
  }

  /** As `up`, on a machine where no file can grow beyond so many KiB: what a full disk looks like. */
  async upWithin(fileKibMax: number, ...options: readonly string[]): Promise<ReadyLine> {
    const limited = `ulimit -f ${fileKibMax} && exec "$0" "$@"`
    return await this.#up(options, ['bash', '-c', limited, process.execPath])
  }

  /** As `up`, by another program that takes the same options: a peer that is not honest. */
  async upAs(main: string, ...options: readonly string[]): Promise<ReadyLine> {
    return await this.#up(options, [process.execPath], main)
  }

  async #up(
    options: readonly string[],
    command: readonly string[],
    main = MAIN,
  ): Promise<ReadyLine> {
    const [program, ...before] = command
    const args = ['up', '--json', '--no-open', '--data', this.data, '--http', '127.0.0.1:0']
    const listen = options.includes('--listen') ? [] : ['--listen', this.#listen]
    const child = spawn(program!, [...before, main, ...args, ...listen, ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    })
    this.#process = child
    this.stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()))
    this.#ready = JSON.parse(await firstLine(child, () => this.stderr)) as ReadyLine
    const [own] = this.#ready.addresses.flatMap(
      (each) => /^\/ip4\/127\.0\.0\.1\/tcp\/\d+/.exec(each) ?? [],
    )
    this.#listen = own ?? this.#listen
    return this.#ready
  }

  /** Of the process, while it is up. */
  get pid(): number {
    const pid = this.#process?.pid
    if (pid === undefined) throw new Error(`${this.name} is not up`)
    return pid
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal)
  }

  /** `kill -9`: no chance to tidy up. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  async stop(): Promise<number | null> {
    return await this.#end('SIGTERM')
  }

  /** Freezes the process: to whoever is connected to it, as if the line were cut. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }

  run(...args: readonly string[]): Promise<CommandResult> {
    return this.runWith('', ...args)
  }

  /** With this on standard input. */
  async runWith(stdin: string, ...args: readonly string[]): Promise<CommandResult> {
    const child = spawn(process.execPath, [MAIN, ...args, '--data', this.data], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1' },
    })
    child.stdin.end(stdin)
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    const [exitCode] = (await once(child, 'close')) as [number]
    return { exitCode, stdout, stderr }
  }

  /** A command that may be killed before it has ended. */
  start(...args: readonly string[]): ChildProcess {
    return spawn(process.execPath, [MAIN, ...args, '--data', this.data], { stdio: 'ignore' })
  }

  /** Runs a command with `--json` that must succeed, and returns what it printed. */
  async json<T>(...args: readonly string[]): Promise<T> {
    const result = await this.run(...args, '--json')
    if (result.exitCode !== 0) {
      throw new Error(`${this.name}: hamlet ${args.join(' ')}: ${result.stderr}${result.stdout}`)
    }
    return JSON.parse(result.stdout) as T
  }

  /** A request to the HTTP API with this peer's token: what the command line does, without a process for each. */
  async request<T>(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<T> {
    const token = (await readFile(join(this.data, 'run', 'token'), 'utf8')).trim()
    const response = await fetch(`${this.ready.http}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${this.name}: ${method} ${path}: ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }

  /** The id of the space of that name. */
  async spaceId(name: string): Promise<string> {
    const spaces = await this.request<readonly { id: string; name: string }[]>('GET', '/spaces')
    const space = spaces.find((candidate) => candidate.name === name)
    if (space === undefined) throw new Error(`${this.name} has no space ${name}`)
    return space.id
  }

  async send(space: string, text: string): Promise<void> {
    await this.request('POST', `/spaces/${await this.spaceId(space)}/messages`, { text })
  }

  async messages(space: string, limit = 500): Promise<readonly MessageLine[]> {
    const path = `/spaces/${await this.spaceId(space)}/messages?limit=${limit}`
    return (await this.request<{ messages: readonly MessageLine[] }>('GET', path)).messages
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return null
    const closed = once(child, 'close') as Promise<[number | null]>
    child.kill(signal)
    const [exitCode] = await closed
    this.#process = undefined
    this.#ready = undefined
    return exitCode
  }
}

/** Makes peers in folders of their own and removes everything at the end. */
export class TestPeers {
  readonly #root: string
  readonly #peers: TestPeer[] = []

  private constructor(root: string) {
    this.#root = root
  }

  static async create(): Promise<TestPeers> {
    return new TestPeers(await mkdtemp(join(tmpdir(), 'hamlet-e2e-')))
  }

  /** Where the peer of that name keeps its data. */
  directory(name: string): string {
    return join(this.#root, name)
  }

  peer(name: string): TestPeer {
    const peer = new TestPeer(name, this.directory(name))
    this.#peers.push(peer)
    return peer
  }

  async kill(): Promise<void> {
    await Promise.all(this.#peers.map((peer) => peer.kill()))
  }

  async close(): Promise<void> {
    await this.kill()
    await rm(this.#root, { recursive: true, force: true })
  }
}

/** Asks again until `check` is true; on a timeout the last value is in the error. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T>,
  check: (value: T) => boolean,
  timeoutMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    const value = await ask()
    if (check(value)) return value
    if (Date.now() > deadline) {
      throw new Error(`${what}: not within ${timeoutMs} ms; last: ${JSON.stringify(value)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 150))
  }
}

async function firstLine(child: ChildProcess, stderr: () => string): Promise<string> {
  return await new Promise<string>((resolve, reject) => {
    let text = ''
    const timer = setTimeout(() => {
      reject(new Error(`not ready within ${READY_TIMEOUT_MS} ms: ${stderr()}`))
    }, READY_TIMEOUT_MS)
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const end = text.indexOf('\n')
      if (end < 0) return
      clearTimeout(timer)
      resolve(text.slice(0, end))
    })
    child.once('close', (exitCode) => {
      clearTimeout(timer)
      reject(new Error(`exited with ${exitCode} before it was ready: ${stderr()}`))
    })
  })
}
