/**
 * `hamlet follow`: prints messages as they arrive, and goes on after the peer was away.
 *
 * The idea: events say what changed; a `resync` says that something may have been missed. On the first one the newest
 * message of each room is noted, on every later one the messages after the noted ones are fetched and printed, so a
 * restart of the peer leaves no gap.
 */

import type { Command } from 'commander'
import type { HamletApi, Message } from '@hamlet/http'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { findRoom, findSpace } from '../find.ts'
import type { Io } from '../io.ts'
import { messageWords } from './chat-commands.ts'

const PAGE_MESSAGES = 200
/** Messages remembered as printed, so that an edit is not taken for a new message. */
const SEEN_MAX = 5000

export function addFollowCommand(program: Command, io: Io): void {
  addCommand<{ room?: string }>(
    program,
    io,
    'follow <space>',
    'print messages as they arrive; with --json one document per line',
    follow,
    (command) => command.option('--room <room>', 'of this room only'),
  )
}

async function follow(
  session: Session,
  [name = '']: readonly string[],
  flags: { readonly room?: string },
): Promise<void> {
  const client = await session.connect()
  const space = await findSpace(client, name)
  const room = flags.room === undefined ? undefined : await findRoom(client, space.id, flags.room)
  const follower = new Follower(session, client, space.id, room?.id)
  for await (const event of client.events({ signal: session.io.signal })) {
    if (event.type === 'resync') await follower.catchUp()
    else if (event.type === 'messages' && event.space === space.id) {
      follower.show(event.room, event.messages)
    }
  }
}

class Follower {
  readonly #session: Session
  readonly #api: HamletApi
  readonly #space: string
  readonly #onlyRoom: string | undefined
  readonly #newestByRoom = new Map<string, string>()
  readonly #textById = new Map<string, string>()
  #isStarted = false

  constructor(session: Session, api: HamletApi, space: string, onlyRoom: string | undefined) {
    this.#session = session
    this.#api = api
    this.#space = space
    this.#onlyRoom = onlyRoom
  }

  async catchUp(): Promise<void> {
    for (const { id } of await this.#api.rooms(this.#space)) {
      if (this.#onlyRoom !== undefined && id !== this.#onlyRoom) continue
      if (this.#isStarted) await this.#showMissed(id)
      else this.#note(id, (await this.#api.messages(this.#space, { room: id })).messages)
    }
    if (!this.#isStarted) this.#session.note('Waiting for messages; end with Ctrl-C.')
    this.#isStarted = true
  }

  show(room: string, messages: readonly Message[]): void {
    if (this.#onlyRoom !== undefined && room !== this.#onlyRoom) return
    for (const message of messages) {
      if (this.#textById.get(message.id) === shownText(message)) continue
      if (this.#session.isJson) this.#session.print(JSON.stringify(message))
      else this.#session.print(messageWords(this.#session, message))
    }
    this.#note(room, messages)
  }

  async #showMissed(room: string): Promise<void> {
    for (;;) {
      const after = this.#newestByRoom.get(room)
      const query = { room, limit: PAGE_MESSAGES, ...(after === undefined ? {} : { after }) }
      const { messages, hasNewer } = await this.#api.messages(this.#space, query)
      this.show(room, messages)
      if (!hasNewer || messages.length === 0 || after === undefined) return
    }
  }

  #note(room: string, messages: readonly Message[]): void {
    const newest = messages.at(-1)
    const isNew = newest !== undefined && !this.#textById.has(newest.id)
    if (isNew && !newest.late) this.#newestByRoom.set(room, newest.id)
    for (const message of messages) this.#textById.set(message.id, shownText(message))
    for (const id of this.#textById.keys()) {
      if (this.#textById.size <= SEEN_MAX) return
      this.#textById.delete(id)
    }
  }
}

/** A reaction or a delivery changes a message too, but is not printed again for it. */
function shownText(message: Message): string {
  return message.deleted ? '\u0000deleted' : message.text
}
