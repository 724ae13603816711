/** Hand-made histories for the tests of the checker: one that is as promised, to be spoilt in one place each. */

import type {
  AsideEntry,
  FinalMessage,
  FinalState,
  History,
  MemberEvent,
  Operation,
  OutsiderState,
  ReadOperation,
  Role,
  SeenMember,
  SeenMessage,
  WriteOperation,
} from './history.ts'

export const ANNA = 'person-anna'
export const BEN = 'person-ben'
export const CARL = 'person-carl'
export const ROOM = 'room'

type Timed<T> = T extends unknown ? Omit<T, 'startMs' | 'endMs' | 'outcome' | 'host'> : never

/** A history in the making: operations follow each other, 10 ms each, unless told otherwise. */
export class HistoryBuilder {
  readonly members: SeenMember[] = []
  readonly log: MemberEvent[] = []
  readonly aside: AsideEntry[] = []
  readonly outsiders: OutsiderState[] = []
  readonly operations: Operation[] = []
  readonly ends: { host: string; atMs: number }[] = []
  readonly messages: FinalMessage[] = []
  #nowMs = 0

  constructor() {
    this.log.push({ kind: 'founded', by: ANNA, person: ANNA, role: 'owner', counts: true })
    this.members.push(member('anna', 'owner'))
    this.letIn('ben', 'writer')
  }

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

  /** By a link of Anna's. */
  letIn(host: string, role: Role, kind: 'joined' | 'returned' = 'joined'): void {
    const link = `link-${this.#nowMs}`
    this.add('anna', { kind: 'invite', role, link })
    this.add(host, { kind: 'join', link })
    this.log.push({ kind, by: ANNA, person: `person-${host}`, role, counts: true })
    this.members.push(member(host, role))
    this.add(host, { kind: 'members', members: [...this.members] })
  }

  /** Anna removes somebody, who is told. */
  remove(host: string): void {
    const person = `person-${host}`
    this.add('anna', { kind: 'change', act: 'remove', person })
    this.log.push({ kind: 'removed', by: ANNA, person, counts: true })
    this.members.splice(
      this.members.findIndex((each) => each.person === person),
      1,
    )
    const told = { standing: 'removed', by: ANNA, messages: [], outOfReach: false, unheard: false }
    this.outsiders.push({ host, ...told })
  }

  /** A message that is acknowledged and was set aside in the end. */
  sendAside(host: string, text: string): string {
    const id = text.split(' ')[0]!
    const message = this.final(host, id, text)
    this.messages.pop()
    this.add(host, { kind: 'send', room: ROOM, text, shown: seen(message) })
    this.setAside(host, id, text)
    return id
  }

  setAside(host: string, id: string, text: string, kind = 'message'): void {
    this.aside.push({ id, person: `person-${host}`, device: `device-${host}`, kind, text })
  }

  /** Somebody writes it again, under another id. */
  adopt(host: string, id: string, text: string, copy: string): void {
    this.add(host, { kind: 'adopt', entries: [{ id, text }] })
    this.final(host, copy, text)
  }

  /** A message that is acknowledged and in the final order; its id is its text's first word. */
  send(host: string, text: string, replyTo?: string): string {
    const id = text.split(' ')[0]!
    const message = this.final(host, id, text, replyTo)
    this.add(host, { kind: 'send', room: ROOM, text, ...answer(replyTo), shown: seen(message) })
    return id
  }

  final(host: string, id: string, text: string, replyTo?: string): FinalMessage {
    const author = `person-${host}`
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
    const inside = this.members.map(({ name }) => name)
    const finals = inside.map((host) => spoil(finalState(host, this), host))
    const names = ['anna', 'ben', ...this.outsiders.map(({ host }) => host)]
    return {
      hosts: [...new Set([...names, ...inside])].map((name) => ({
        ...{ name, person: `person-${name}`, device: `device-${name}` },
      })),
      founder: ANNA,
      operations: this.operations,
      ends: this.ends,
      finals,
      outsiders: this.outsiders,
    }
  }
}

function member(name: string, role: Role): SeenMember {
  return { person: `person-${name}`, name, role, devices: [`device-${name}`] }
}

export function seen(message: FinalMessage): SeenMessage {
  const { id, room, author, text, replyTo, deleted, reactions } = message
  return { id, room, author, text, deleted, reactions, ...answer(replyTo) }
}

function finalState(host: string, history: HistoryBuilder): FinalState {
  const { messages, members, log, aside } = history
  return {
    ...{ host, messages, members, log, aside },
    exportLines: messages.map((message) => JSON.stringify(message)),
    pages: { [ROOM]: messages.map(seen) },
    watched: messages.map(seen),
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
