/** Hand-made histories for the tests of the checker: one that is as promised, to be spoilt in one place each. */

import type {
  FinalMessage,
  FinalState,
  History,
  Operation,
  ReadOperation,
  SeenMessage,
  WriteOperation,
} from './history.ts'

export const ANNA = 'person-anna'
export const BEN = 'person-ben'
export const ROOM = 'room'

type Timed<T> = T extends unknown ? Omit<T, 'startMs' | 'endMs' | 'outcome' | 'host'> : never

/** A history in the making: operations follow each other, 10 ms each, unless told otherwise. */
export class HistoryBuilder {
  readonly operations: Operation[] = []
  readonly ends: { host: string; atMs: number }[] = []
  readonly messages: FinalMessage[] = []
  #nowMs = 0

  get nowMs(): number {
    return this.#nowMs
  }

  add(
    host: string,
    what: Timed<Operation>,
    timing: {
      outcome?: Operation['outcome']
      startMs?: number
      endMs?: number
      code?: string
    } = {},
  ): Operation {
    const startMs = timing.startMs ?? this.#nowMs + 1
    const endMs = timing.endMs ?? startMs + 9
    this.#nowMs = Math.max(this.#nowMs, endMs)
    const operation = { host, outcome: 'ok', ...timing, startMs, endMs, ...what } as Operation
    this.operations.push(operation)
    return operation
  }

  /** A message that is acknowledged and in the final order; its id is its text's first word. */
  send(host: string, text: string, replyTo?: string): string {
    const id = text.split(' ')[0]!
    const message = this.final(host, id, text, replyTo)
    this.add(host, { kind: 'send', room: ROOM, text, ...answer(replyTo), shown: seen(message) })
    return id
  }

  final(host: string, id: string, text: string, replyTo?: string): FinalMessage {
    const author = host === 'anna' ? ANNA : BEN
    const message: FinalMessage = {
      ...{ id, room: ROOM, author, text, versions: [text], deleted: false, reactions: [] },
      ...answer(replyTo),
    }
    this.messages.push(message)
    return message
  }

  change(id: string, change: Partial<FinalMessage>): void {
    const index = this.messages.findIndex((message) => message.id === id)
    this.messages[index] = { ...this.messages[index]!, ...change }
  }

  read(host: string, ids: readonly string[], more: Partial<SeenMessage> = {}): ReadOperation {
    const messages = ids.map((id) => {
      const message = this.messages.find((candidate) => candidate.id === id)!
      return { ...seen(message), ...more }
    })
    const page = { messages, hasOlder: false, hasNewer: false }
    return this.add(host, { kind: 'read', room: ROOM, query: '', page }) as ReadOperation
  }

  build(spoil: (state: FinalState, host: string) => FinalState = (state) => state): History {
    const finals = ['anna', 'ben'].map((host) => spoil(finalState(host, this.messages), host))
    return {
      hosts: [
        { name: 'anna', person: ANNA },
        { name: 'ben', person: BEN },
      ],
      moderators: [ANNA],
      operations: this.operations,
      ends: this.ends,
      finals,
    }
  }
}

export function seen(message: FinalMessage): SeenMessage {
  const { id, room, author, text, replyTo, deleted, reactions } = message
  return { id, room, author, text, deleted, reactions, ...answer(replyTo) }
}

export function finalState(host: string, messages: readonly FinalMessage[]): FinalState {
  return {
    host,
    messages,
    exportLines: messages.map((message) => JSON.stringify(message)),
    pages: { [ROOM]: messages.map(seen) },
    watched: messages.map(seen),
    members: ['anna', 'ben'],
    rooms: [ROOM],
    searches: [{ word: 'nowhere', ids: [] }],
    unread: [0],
    inspection: { frontier: 'f', pending: 0, quarantined: 0, rejected: 0, forks: 0 },
  }
}

/** Two people who talk, edit, react and delete, with a write whose reply never came. */
export function goodHistory(): HistoryBuilder {
  const history = new HistoryBuilder()
  history.send('anna', 'a1 hello')
  history.read('ben', ['a1'])
  history.send('ben', 'b1 good evening', 'a1')
  history.send('ben', 'b2 is anyone there')
  history.read('anna', ['a1', 'b1', 'b2'])
  history.add('anna', { kind: 'edit', message: 'a1', text: 'e1 hello all' })
  history.change('a1', { text: 'e1 hello all', versions: ['a1 hello', 'e1 hello all'] })
  history.add('ben', { kind: 'react', message: 'a1', emoji: '👍', on: true })
  history.change('a1', { reactions: [{ emoji: '👍', people: [BEN] }] })
  history.add('anna', { kind: 'delete', message: 'b2' })
  history.change('b2', { text: '', versions: [], deleted: true })
  history.add('anna', { kind: 'send', room: ROOM, text: 'a2 unheard' }, { outcome: 'info' })
  history.final('anna', 'a2', 'a2 unheard')
  history.add('anna', { kind: 'send', room: ROOM, text: 'a3 never sent' }, { outcome: 'fail' })
  history.read('anna', ['a1', 'b1', 'b2', 'a2'])
  history.read('ben', ['a1', 'b1', 'b2', 'a2'])
  return history
}

export type { WriteOperation }

function answer(replyTo: string | undefined): { readonly replyTo?: string } {
  return replyTo === undefined ? {} : { replyTo }
}
