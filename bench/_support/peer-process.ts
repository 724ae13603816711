/**
 * A Hamlet peer in a process of its own, driven over Node's message channel: the code and memory of one side never
 * run in the other's.
 */

import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { PeerCommands } from './peer-child.ts'

const CHILD = fileURLToPath(new URL('peer-child.ts', import.meta.url))

interface Reply {
  readonly call: number
  readonly value?: unknown
  readonly error?: string
}

type CommandName = keyof PeerCommands
type Arguments<Name extends CommandName> = Parameters<PeerCommands[Name]>
type Answer<Name extends CommandName> = Awaited<ReturnType<PeerCommands[Name]>>

export class PeerProcess {
  readonly #child: ChildProcess
  readonly #calls = new Map<number, PromiseWithResolvers<unknown>>()
  #count = 0

  /** `nodeOptions`: such as `--cpu-prof`. */
  constructor(nodeOptions: readonly string[] = []) {
    const profile = process.env['BENCH_CPU_PROF'] === undefined ? [] : ['--cpu-prof']
    this.#child = fork(CHILD, { execArgv: [...profile, ...nodeOptions] })
    this.#child.on('message', (reply: Reply) => this.#settle(reply))
    this.#child.on('exit', () => {
      for (const call of this.#calls.values()) call.reject(new Error('the peer process ended'))
    })
  }

  async ask<Name extends CommandName>(name: Name, ...args: Arguments<Name>): Promise<Answer<Name>> {
    const call = this.#count++
    const reply = Promise.withResolvers<unknown>()
    this.#calls.set(call, reply)
    this.#child.send({ call, name, args })
    return (await reply.promise) as Answer<Name>
  }

  /** Closes the peer and waits for the end of the process. */
  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const ended = once(this.#child, 'exit')
    this.#child.send({ call: -1, name: 'stop', args: [] })
    await ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  #settle({ call, value, error }: Reply): void {
    const waiting = this.#calls.get(call)
    this.#calls.delete(call)
    if (error === undefined) waiting?.resolve(value)
    else waiting?.reject(new Error(error))
  }
}
