/**
 * Runs beside a host, in its network namespace: starts Hamlet there, asks its HTTP API over the namespace's own
 * loopback, and says both over stdin and stdout, a JSON document a line.
 *
 * When its stdin ends, however that came about, it kills what it started and ends. So nothing is left running when
 * the harness is killed.
 *
 *     in   {"id","do":"start","command":[…],"env":{…},"log":FILE}   {"id","do":"signal","signal"}
 *          {"id","do":"request","url","method","path","token","body"?,"timeoutMs"}
 *          {"id","do":"follow","url","path","token"}
 *     out  {"id","status","body"}  {"id","line"}  {"id","error"}    {"exit":{"code","signal"}}
 *          {"event":{"id","data"}}  {"event":{"id"}} when the stream has ended
 */

import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { openSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export type AgentCommand =
  | {
      readonly do: 'start'
      readonly command: readonly string[]
      readonly env: Readonly<Record<string, string>>
      readonly log: string
    }
  | { readonly do: 'signal'; readonly signal: NodeJS.Signals }
  | {
      readonly do: 'request'
      readonly url: string
      readonly method: string
      readonly path: string
      readonly token: string
      readonly body?: string
      readonly timeoutMs: number
    }
  | { readonly do: 'follow'; readonly url: string; readonly path: string; readonly token: string }

export type AgentReply =
  | { readonly id: number; readonly status: number; readonly body: string }
  | { readonly id: number; readonly line: string }
  | { readonly id: number; readonly error: string }
  | { readonly event: { readonly id: number; readonly data?: string } }
  | { readonly exit: { readonly code: number | null; readonly signal: string | null } }

let child: ChildProcess | undefined

function say(reply: AgentReply): void {
  process.stdout.write(`${JSON.stringify(reply)}\n`)
}

type Command<D extends AgentCommand['do']> = Extract<AgentCommand, { do: D }>

function start(id: number, { command, env, log }: Command<'start'>): void {
  const [program, ...args] = command
  const stderr = openSync(log, 'a')
  const started = spawn(program!, args, {
    stdio: ['ignore', 'pipe', stderr],
    env: { ...process.env, ...env },
  })
  child = started
  let text = ''
  let isReady = false
  started.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    if (isReady) return
    text += chunk
    const end = text.indexOf('\n')
    if (end < 0) return
    isReady = true
    say({ id, line: text.slice(0, end) })
  })
  started.on('error', (error) => say({ id, error: error.message }))
  started.on('exit', (code, signal) => {
    if (!isReady) say({ id, error: `ended with ${code ?? signal} before it was ready` })
    tidyClock(started.pid!)
    say({ exit: { code, signal } })
  })
}

/** Removes what libfaketime leaves of a process that was killed. */
function tidyClock(pid: number): void {
  for (const name of [`faketime_shm_${pid}`, `sem.faketime_sem_${pid}`]) {
    rmSync(join('/dev/shm', name), { force: true })
  }
}

/** A connection of its own for each request: nothing is sent twice, and a refused one was never sent. */
function ask(id: number, { url, method, path, token, body, timeoutMs }: Command<'request'>): void {
  let isDone = false
  const done = (reply: AgentReply): void => {
    if (!isDone) say(reply)
    isDone = true
  }
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const asked = request(new URL(path, url), { method, headers, agent: false }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
    response.on('end', () => done({ id, status: response.statusCode ?? 0, body: text }))
    response.on('error', (error: NodeJS.ErrnoException) => {
      done({ id, error: error.code ?? error.message })
    })
  })
  const timer = setTimeout(() => {
    done({ id, error: 'TIMEOUT' })
    asked.destroy()
  }, timeoutMs)
  asked.on('error', (error: NodeJS.ErrnoException) => {
    done({ id, error: error.code ?? error.message })
  })
  asked.on('close', () => clearTimeout(timer))
  asked.end(body)
}

/** Passes Server-Sent Events on until the stream ends, however that comes about. */
function follow(id: number, { url, path, token }: Command<'follow'>): void {
  let isOver = false
  const end = (): void => {
    if (!isOver) say({ event: { id } })
    isOver = true
  }
  const headers = { authorization: `Bearer ${token}` }
  const asked = request(new URL(path, url), { headers, agent: false }, (response) => {
    let text = ''
    response.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (text + chunk).split('\n')
      text = lines.pop()!
      for (const line of lines) {
        if (line.startsWith('data: ')) say({ event: { id, data: line.slice('data: '.length) } })
      }
    })
    response.on('close', end)
    response.on('error', end)
  })
  asked.on('error', end)
  asked.end()
}

createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command = JSON.parse(line) as AgentCommand & { readonly id: number }
    if (command.do === 'start') start(command.id, command)
    else if (command.do === 'request') ask(command.id, command)
    else if (command.do === 'follow') follow(command.id, command)
    else child?.kill(command.signal)
  })
  .on('close', () => {
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) process.exit(0)
    child.on('exit', () => process.exit(0))
    child.kill('SIGKILL')
  })
