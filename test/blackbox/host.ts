/**
 * One machine of a black-box run, as the harness sees it: a data directory, a process that can be started, killed,
 * stopped, paused and have its clock moved, and the HTTP API of that process.
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { programFile } from '../_programs.ts'
import type { AgentCommand, AgentReply } from './host-agent.ts'
import type { Outcome } from './history.ts'

const MAIN = programFile('hamlet')
const AGENT = fileURLToPath(new URL('host-agent.ts', import.meta.url))
const START_TIMEOUT_MS = 90_000
const REQUEST_TIMEOUT_MS = 5000
const STOP_TIMEOUT_MS = 40_000

export interface HostOptions {
  readonly name: string
  /** From 1. */
  readonly number: number
  readonly folder: string
  /** What a command is put behind to run on this machine. */
  readonly prefix: readonly string[]
  readonly listen: readonly string[]
  /** libfaketime, when there is one. */
  readonly faketime: string | undefined
}

export interface ApiReply {
  readonly outcome: Outcome
  readonly startMs: number
  readonly endMs: number
  readonly body?: unknown
  readonly code?: string
}

/** A reply to one question. */
type Answer = Exclude<AgentReply, { exit: unknown } | { event: unknown }>

export interface Exit {
  readonly code: number | null
  readonly signal: string | null
}

export class Host {
  readonly name: string
  readonly number: number
  readonly data: string
  readonly log: string
  /** Told of every end of the process, with the signal that was to bring it about. */
  onExit: (exit: Exit, asked: NodeJS.Signals | undefined) => void = () => {}
  readonly #options: HostOptions
  readonly #agent: ChildProcess
  readonly #waiting = new Map<number, (reply: Answer) => void>()
  readonly #followed = new Map<number, (data: string | undefined) => void>()
  readonly #exitWaiters: (() => void)[] = []
  #nextId = 1
  #url: string | undefined
  #token = ''
  #isRunning = false
  #isClosing = false
  #endingBy: NodeJS.Signals | undefined

  constructor(options: HostOptions) {
    this.#options = options
    this.name = options.name
    this.number = options.number
    this.data = join(options.folder, options.name)
    this.log = join(options.folder, `${options.name}.log`)
    const [program, ...args] = [...options.prefix, process.execPath, AGENT]
    this.#agent = spawn(program!, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      // Ctrl-C is the harness's to handle.
      detached: true,
    })
    createInterface({ input: this.#agent.stdout! }).on('line', (line) => {
      this.#hear(JSON.parse(line) as AgentReply)
    })
    // Then whatever is found says nothing about Hamlet, and nothing more can be asked.
    this.#agent.on('exit', (code, signal) => {
      if (!this.#isClosing) throw new Error(`the agent of ${this.name} ended: ${code ?? signal}`)
    })
  }

  get isUp(): boolean {
    return this.#url !== undefined
  }

  /** @throws Error when it is not ready in time, or ends before */
  async up(): Promise<void> {
    await mkdir(this.data, { recursive: true, mode: 0o700 })
    const listen = this.#options.listen.flatMap((address) => ['--listen', address])
    const args = ['up', '--json', '--no-open', '--data', this.data, ...listen]
    this.#isRunning = true
    this.#endingBy = undefined
    const reply = await this.#ask(
      {
        do: 'start',
        command: [process.execPath, MAIN, ...args],
        env: { NO_COLOR: '1', ...(await this.#clockEnvironment()) },
        log: this.log,
      },
      START_TIMEOUT_MS,
    )
    if (!('line' in reply)) throw new Error('error' in reply ? reply.error : 'no first line')
    const url = (JSON.parse(reply.line) as { http: string }).http
    this.#token = (await readFile(join(this.data, 'run', 'token'), 'utf8')).trim()
    // It may have been killed meanwhile.
    if (this.#isRunning) this.#url = url
  }

  /** `kill -9`, at whatever it is doing. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Asks it to end, as Ctrl-C does; it is killed when it does not. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => this.#signal('SIGKILL'), STOP_TIMEOUT_MS)
    await this.#end('SIGTERM')
    clearTimeout(timer)
  }

  pause(): void {
    this.#signal('SIGSTOP')
  }

  resume(): void {
    this.#signal('SIGCONT')
  }

  get hasClock(): boolean {
    return this.#options.faketime !== undefined
  }

  /** Sets the clock of this machine so much ahead of the true one; seen within a second. */
  async setClock(offsetSeconds: number): Promise<void> {
    const sign = offsetSeconds < 0 ? '-' : '+'
    await writeFile(this.#clockFile(), `${sign}${Math.abs(offsetSeconds)}\n`)
  }

  /** One request, asked once. */
  async request(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
    timeoutMs = REQUEST_TIMEOUT_MS,
  ): Promise<ApiReply> {
    const startMs = performance.now()
    const url = this.#url
    if (url === undefined) return { outcome: 'fail', startMs, endMs: startMs, code: 'NOT_UP' }
    const reply = await this.#ask(
      {
        do: 'request',
        url,
        method,
        path: `/api/v1${path}`,
        token: this.#token,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        timeoutMs,
      },
      timeoutMs + 5000,
    )
    return { startMs, endMs: performance.now(), ...judgeReply(reply) }
  }

  /** Hears the events of the API until the stream ends. */
  async follow(hear: (event: unknown) => void): Promise<void> {
    const url = this.#url
    if (url === undefined) return
    const id = this.#nextId++
    await new Promise<void>((resolve) => {
      this.#followed.set(id, (data) => {
        if (data === undefined) resolve()
        else hear(JSON.parse(data))
      })
      this.#write({ do: 'follow', url, path: '/api/v1/events', token: this.#token }, id)
    })
    this.#followed.delete(id)
  }

  async close(): Promise<void> {
    const { exitCode, signalCode } = this.#agent
    if (exitCode !== null || signalCode !== null) return
    this.#isClosing = true
    this.#endingBy = 'SIGKILL'
    const closed = once(this.#agent, 'close')
    this.#agent.stdin!.end()
    await closed
  }

  async #end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (!this.#isRunning) return
    this.#endingBy = signal
    this.#url = undefined
    const ended = new Promise<void>((resolve) => this.#exitWaiters.push(resolve))
    this.#signal(signal)
    await ended
  }

  #signal(signal: NodeJS.Signals): void {
    this.#write({ do: 'signal', signal }, this.#nextId++)
  }

  #hear(reply: AgentReply): void {
    if ('event' in reply) {
      this.#followed.get(reply.event.id)?.(reply.event.data)
      return
    }
    if (!('exit' in reply)) {
      this.#waiting.get(reply.id)?.(reply)
      this.#waiting.delete(reply.id)
      return
    }
    this.#url = undefined
    this.#isRunning = false
    this.onExit(reply.exit, this.#endingBy)
    for (const resolve of this.#exitWaiters.splice(0)) resolve()
  }

  #write(command: AgentCommand, id: number): void {
    this.#agent.stdin!.write(`${JSON.stringify({ id, ...command })}\n`)
  }

  #ask(command: AgentCommand, timeoutMs: number): Promise<Answer> {
    const id = this.#nextId++
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        resolve({ id, error: 'TIMEOUT' })
      }, timeoutMs)
      this.#waiting.set(id, (reply) => {
        clearTimeout(timer)
        resolve(reply)
      })
      this.#write(command, id)
    })
  }

  #clockFile(): string {
    return join(this.#options.folder, `${this.name}.clock`)
  }

  async #clockEnvironment(): Promise<Record<string, string>> {
    const { faketime } = this.#options
    if (faketime === undefined) return {}
    await writeFile(this.#clockFile(), '+0\n', { flag: 'wx' }).catch(() => {
      // It has an offset already, from an earlier start.
    })
    return {
      LD_PRELOAD: faketime,
      FAKETIME_TIMESTAMP_FILE: this.#clockFile(),
      FAKETIME_CACHE_DURATION: '1',
      // 0.9.10 knows the second name, earlier ones the first.
      DONT_FAKE_MONOTONIC: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    }
  }
}

/** Refused connections were never heard; what broke off later may or may not have been done. */
function judgeReply(reply: Answer): Pick<ApiReply, 'outcome' | 'body' | 'code'> {
  if ('line' in reply) return { outcome: 'info', code: 'BAD_REPLY' }
  if ('error' in reply) {
    return { outcome: reply.error === 'ECONNREFUSED' ? 'fail' : 'info', code: reply.error }
  }
  const { status, body } = reply
  if (status >= 200 && status < 300) {
    return { outcome: 'ok', ...(body === '' ? {} : { body: parse(body) }) }
  }
  const error = (parse(body) as { error?: { code: string } }).error
  return { outcome: status < 500 ? 'fail' : 'info', code: error?.code ?? `HTTP_${status}` }
}

/** An export is JSON Lines, everything else one document. */
function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}
