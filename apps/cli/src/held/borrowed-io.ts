/**
 * The world of a command that runs for somebody in another process: its output goes there, its files are read there.
 *
 * Invariants: one file is read at a time, a piece for each time it is asked for; when the caller stops or is gone, the command
 * is asked to end and its reading fails.
 */

import { assert, utf8 } from '@hamlet/core'

import type { FileAccess, Io, Output } from '../io.ts'
import type { CallerMessage, CommandStart, HolderMessage } from './command-message.ts'
import { PIECE_BYTES_MAX } from './command-message.ts'
import type { MessageLine } from './message-line.ts'

export type HolderLine = MessageLine<CallerMessage, HolderMessage>
type Answer = Exclude<CallerMessage, { readonly type: 'start' } | { readonly type: 'stop' }>

export class BorrowedIo {
  readonly #line: HolderLine
  readonly #stop = new AbortController()
  #waiting: { resolve(answer: Answer): void; reject(error: Error): void } | undefined

  constructor(line: HolderLine) {
    this.#line = line
  }

  /** `world`: of the process that runs the command. */
  io(start: CommandStart, world: Io): Io {
    return {
      stdout: this.#output('out', start.isOutTerminal),
      stderr: this.#output('err', start.isErrTerminal),
      readStdin: () => this.#readAll('-'),
      stdinBytes: () => this.#bytesOf('-'),
      files: this.#files(start.directory),
      env: { NO_COLOR: start.noColour, TERM: start.terminal },
      homeDirectory: world.homeDirectory,
      platform: world.platform,
      nowMs: () => world.nowMs(),
      signal: this.#stop.signal,
    }
  }

  /** `false`: nobody had asked for it. */
  answer(message: Answer): boolean {
    // What is on its way when the command is asked to end is no fault.
    if (this.#stop.signal.aborted) return true
    const waiting = this.#waiting
    this.#waiting = undefined
    waiting?.resolve(message)
    return waiting !== undefined
  }

  /** The command is asked to end, and reads no more. */
  stop(): void {
    this.#stop.abort()
    this.#waiting?.reject(new Error('stopped'))
    this.#waiting = undefined
  }

  #output(type: 'out' | 'err', isTerminal: boolean): Output {
    return {
      isTerminal,
      write: (data) => {
        const bytes = typeof data === 'string' ? utf8(data) : data
        for (let at = 0; at < bytes.length; at += PIECE_BYTES_MAX) {
          this.#line.send({ type, bytes: bytes.subarray(at, at + PIECE_BYTES_MAX) })
        }
      },
      drained: () => this.#line.drained(),
    }
  }

  #files(directory: string): FileAccess {
    return {
      directory,
      bytes: (path) => this.#bytesOf(path),
      size: async (path) => {
        const answer = await this.#ask({ type: 'measure', path })
        if (answer.type === 'size') return answer.sizeBytes
        throw new Error(answer.type === 'failed' ? answer.reason : 'no size')
      },
    }
  }

  async #readAll(path: string): Promise<string> {
    const decoder = new TextDecoder()
    let text = ''
    for await (const bytes of this.#bytesOf(path)) text += decoder.decode(bytes, { stream: true })
    return text + decoder.decode()
  }

  async *#bytesOf(path: string): AsyncGenerator<Uint8Array, void, undefined> {
    let answer = await this.#ask({ type: 'open', path })
    while (answer.type === 'data') {
      yield answer.bytes
      answer = await this.#ask({ type: 'more' })
    }
    if (answer.type !== 'end') {
      throw new Error(answer.type === 'failed' ? answer.reason : 'no content')
    }
  }

  #ask(message: HolderMessage): Promise<Answer> {
    assert(this.#waiting === undefined, 'a command reads one file at a time')
    if (this.#stop.signal.aborted) return Promise.reject(new Error('stopped'))
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      this.#line.send(message)
    })
  }
}
