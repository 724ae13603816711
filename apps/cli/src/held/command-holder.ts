/**
 * Commands about a log that a process holds for long, such as one that serves it: they come in through a socket in the log's
 * folder and run here, on the log as it is open.
 *
 * Invariants:
 * 1. Only who owns the folder gets in: it is readable by its owner alone, and so is the socket.
 * 2. What is listened on belongs to whoever has the lock of the log; a socket that a killed process left is replaced.
 * 3. A caller that breaks the rules, stops or dies ends its own command and nothing else.
 * 4. Before the log is closed the commands are asked to end, and waited for.
 */

import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { Server, Socket } from 'node:net'
import { assert } from '@hamlet/core'
import { isSocketPath, listenOnSocket } from '@hamlet/http/local'

import type { Session } from '../command.ts'
import type { LocalLog } from '../local-log.ts'
import { BorrowedIo } from './borrowed-io.ts'
import type { HolderLine } from './borrowed-io.ts'
import { decodeCallerMessage, encodeHolderMessage } from './command-message.ts'
import type { CallerMessage, CommandStart } from './command-message.ts'
import { holderSocketPath } from './holder-socket.ts'
import { MessageLine } from './message-line.ts'

/** Commands at a time. */
export const CALLERS_MAX = 32
/** A caller that has said nothing yet is waited for so long. */
const START_MS_MAX = 10_000
/** When the log is about to be closed, a caller has so long to take what its command has still to say. */
const END_MS_MAX = 3000
const FAILED = 1

export class CommandHolder {
  readonly #session: Session
  readonly #local: LocalLog
  readonly #server: Server
  readonly #conversations = new Set<Conversation>()
  #path: string | undefined

  /** Takes commands until it is closed, before the log is. Where the system has no place for the socket, it takes none. */
  static async start(session: Session, local: LocalLog): Promise<CommandHolder> {
    const holder = new CommandHolder(session, local)
    await holder.#listen()
    return holder
  }

  private constructor(session: Session, local: LocalLog) {
    this.#session = session
    this.#local = local
    this.#server = createServer((socket) => void this.#receive(socket))
    this.#server.maxConnections = CALLERS_MAX
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    await Promise.all([...this.#conversations].map((conversation) => conversation.close()))
    if (this.#path === undefined) return
    await closed
    await rm(this.#path, { force: true })
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #listen(): Promise<void> {
    const path = holderSocketPath(this.#local.directory)
    if (this.#session.io.platform === 'win32' || !isSocketPath(path)) {
      this.#session.note('No place for a socket: other commands about this log wait for the end.')
      return
    }
    await listenOnSocket(this.#server, path)
    this.#path = path
  }

  async #receive(socket: Socket): Promise<void> {
    const conversation = new Conversation(socket, (start, io) => this.#run(start, io))
    this.#conversations.add(conversation)
    await conversation.ended
    this.#conversations.delete(conversation)
  }

  async #run(start: CommandStart, io: BorrowedIo): Promise<number> {
    const world = this.#session.io
    assert(world.runCommand !== undefined, 'a command runs commands')
    return await world.runCommand(start.argv, { ...io.io(start, world), held: this.#local })
  }
}

type RunCommand = (start: CommandStart, io: BorrowedIo) => Promise<number>

/** One caller and its one command. */
class Conversation {
  /** Resolves when both are over. Never rejects. */
  readonly ended: Promise<void>
  readonly #line: HolderLine
  readonly #io: BorrowedIo
  readonly #run: RunCommand
  #command: Promise<void> | undefined

  constructor(socket: Socket, run: RunCommand) {
    this.#line = new MessageLine(socket, encodeHolderMessage, decodeCallerMessage)
    this.#io = new BorrowedIo(this.#line)
    this.#run = run
    this.ended = this.#converse()
  }

  /** The command ends as if its user had asked it to; a caller that takes no output is not waited for. */
  async close(): Promise<void> {
    this.#io.stop()
    if (this.#command === undefined) this.#line.destroy()
    const late = setTimeout(() => this.#line.destroy(), END_MS_MAX)
    await this.ended
    clearTimeout(late)
  }

  async #converse(): Promise<void> {
    const late = setTimeout(() => this.#line.destroy(), START_MS_MAX)
    for await (const message of this.#line.messages()) {
      if (!this.#take(message)) break
      if (this.#command !== undefined) clearTimeout(late)
    }
    clearTimeout(late)
    this.#io.stop()
    this.#line.destroy()
    await this.#command
  }

  /** `false`: this is not said here. */
  #take(message: CallerMessage): boolean {
    if (message.type === 'start') {
      if (this.#command !== undefined) return false
      this.#command = this.#execute(message.start)
      return true
    }
    if (message.type !== 'stop') return this.#io.answer(message)
    this.#io.stop()
    return true
  }

  async #execute(start: CommandStart): Promise<void> {
    const code = await this.#run(start, this.#io).catch(() => FAILED)
    this.#line.send({ type: 'done', code })
    this.#line.end()
  }
}
