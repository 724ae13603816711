/**
 * A command that another process runs for us, as that has the log open: its output becomes ours, and it reads our files
 * through us.
 *
 * Invariants: the exit code is that of the command; when the other process ends before it has told one, that is an error,
 * for what was being written then may or may not be there.
 */

import type { Socket } from 'node:net'
import { utf8 } from '@hamlet/core'

import { CliError } from '../errors.ts'
import type { Io, Output } from '../io.ts'
import {
  ARGUMENT_BYTES_MAX,
  ARGUMENTS_MAX,
  decodeHolderMessage,
  encodeCallerMessage,
  PIECE_BYTES_MAX,
} from './command-message.ts'
import type { CallerMessage, FileQuestion } from './command-message.ts'
import { MessageLine } from './message-line.ts'

/** After the user asked to end, the other process has so long to answer. */
const STOP_MS_MAX = 3000

/** The exit code. @throws CliError `HOLDER_ENDED`, `STOPPED`, `USAGE` */
export async function callHolder(
  socket: Socket,
  name: string,
  argv: readonly string[],
  io: Io,
): Promise<number> {
  checkSize(argv)
  const line = new MessageLine(socket, encodeCallerMessage, decodeHolderMessage)
  const lender = new FileLender(io)
  const stop = (): void => {
    line.send({ type: 'stop' })
    setTimeout(() => socket.destroy(), STOP_MS_MAX).unref()
  }
  io.signal.addEventListener('abort', stop, { once: true })
  try {
    line.send(startOf(argv, io))
    if (io.signal.aborted) stop()
    for await (const message of line.messages()) {
      if (message.type === 'done') return message.code
      if (message.type === 'out') await write(io.stdout, message.bytes)
      else if (message.type === 'err') await write(io.stderr, message.bytes)
      // Standard input may have nothing to say for long, while there is output.
      else void lender.answer(message).then((answer) => line.send(answer))
    }
  } finally {
    io.signal.removeEventListener('abort', stop)
    lender.close()
    line.destroy()
  }
  if (io.signal.aborted) throw new CliError('STOPPED', 'stopped')
  const message = `the process that holds ${name} ended before it had answered; see what it wrote with: hamlet log info ${name}`
  throw new CliError('HOLDER_ENDED', message, { fields: { name } })
}

async function write(output: Output, bytes: Uint8Array): Promise<void> {
  output.write(bytes)
  await output.drained?.()
}

/** Reads files for the other process, one at a time. */
class FileLender {
  readonly #io: Io
  #pieces: AsyncIterator<Uint8Array> | undefined
  #rest: Uint8Array = new Uint8Array(0)

  constructor(io: Io) {
    this.#io = io
  }

  async answer(question: FileQuestion): Promise<CallerMessage> {
    try {
      if (question.type === 'measure') {
        return { type: 'size', sizeBytes: await this.#io.files.size(question.path) }
      }
      if (question.type === 'open') this.#open(question.path)
      return await this.#next()
    } catch (error) {
      return { type: 'failed', reason: error instanceof Error ? error.message : String(error) }
    }
  }

  /** Not waited for: a reading of standard input ends when somebody writes. */
  close(): void {
    this.#pieces?.return?.().catch(() => undefined)
    this.#pieces = undefined
    this.#rest = new Uint8Array(0)
  }

  #open(path: string): void {
    this.close()
    const bytes = path === '-' ? this.#io.stdinBytes() : this.#io.files.bytes(path)
    this.#pieces = bytes[Symbol.asyncIterator]()
  }

  async #next(): Promise<CallerMessage> {
    while (this.#rest.length === 0) {
      const next = await this.#pieces?.next()
      if (next === undefined || next.done === true) return { type: 'end' }
      this.#rest = next.value
    }
    const bytes = this.#rest.subarray(0, PIECE_BYTES_MAX)
    this.#rest = this.#rest.subarray(PIECE_BYTES_MAX)
    return { type: 'data', bytes }
  }
}

function startOf(argv: readonly string[], io: Io): CallerMessage {
  const { NO_COLOR: noColour, TERM: terminal } = io.env
  const [isOutTerminal, isErrTerminal] = [io.stdout.isTerminal, io.stderr.isTerminal]
  const { directory } = io.files
  return {
    type: 'start',
    start: { argv, directory, noColour, terminal, isOutTerminal, isErrTerminal },
  }
}

function checkSize(argv: readonly string[]): void {
  const bytes = argv.reduce((sum, argument) => sum + utf8(argument).length + 5, 0)
  if (argv.length <= ARGUMENTS_MAX && bytes <= ARGUMENT_BYTES_MAX) return
  throw new CliError('USAGE', 'too much for arguments while the log is served; use standard input')
}
