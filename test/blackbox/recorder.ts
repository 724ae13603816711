/** Asks a host and writes down what was asked and what came of it. */

import type { ApiReply, Host } from './host.ts'
import type {
  ChangeOperation,
  Operation,
  Role,
  SeenMember,
  SeenMessage,
  SeenPage,
} from './history.ts'

/** A message as the API gives it; more fields than these come with it. */
interface ApiMessage extends SeenMessage {
  readonly replyTo?: never
  readonly delivery: { readonly heldBy: number; readonly devices: number }
}

/** A member as the API gives it. */
export interface ApiMember {
  readonly person: string
  readonly name: string
  readonly role: Role
  readonly devices: readonly { readonly id: string }[]
}

export interface InviteInput {
  readonly role: Role
  readonly mode: 'auto' | 'approve'
  readonly maxUses: number
}

export class Recorder {
  readonly operations: Operation[] = []
  /** Replies with a code of 500 or above that says "defect". */
  readonly defects: string[] = []
  /** One copy of each text, however many reads show it. */
  readonly #texts = new Map<string, string>()

  constructor(onOperation: (operation: Operation) => void = () => {}) {
    this.#onOperation = onOperation
  }

  readonly #onOperation: (operation: Operation) => void

  async send(
    host: Host,
    space: string,
    room: string,
    text: string,
    replyTo?: string,
  ): Promise<SeenMessage | undefined> {
    const input = { room, text, ...(replyTo === undefined ? {} : { replyTo }) }
    const reply = await host.request('POST', `/spaces/${space}/messages`, input)
    const shown = this.#shown(reply)
    this.#add(host, reply, { kind: 'send', ...input, ...shown })
    return shown.shown
  }

  async edit(host: Host, space: string, message: string, text: string): Promise<void> {
    const reply = await host.request('PUT', `/spaces/${space}/messages/${message}`, { text })
    this.#add(host, reply, { kind: 'edit', message, text, ...this.#shown(reply) })
  }

  async delete(host: Host, space: string, message: string): Promise<void> {
    const reply = await host.request('DELETE', `/spaces/${space}/messages/${message}`)
    this.#add(host, reply, { kind: 'delete', message, ...this.#shown(reply) })
  }

  async react(
    host: Host,
    space: string,
    message: string,
    emoji: string,
    on: boolean,
  ): Promise<void> {
    const path = `/spaces/${space}/messages/${message}/reactions/${encodeURIComponent(emoji)}`
    const reply = await host.request(on ? 'PUT' : 'DELETE', path)
    this.#add(host, reply, { kind: 'react', message, emoji, on, ...this.#shown(reply) })
  }

  async read(
    host: Host,
    space: string,
    room: string,
    query: string,
  ): Promise<SeenPage | undefined> {
    const reply = await host.request('GET', `/spaces/${space}/messages?room=${room}&${query}`)
    const page = reply.outcome === 'ok' ? this.toPage(reply.body) : undefined
    this.#add(host, reply, { kind: 'read', room, query, ...(page === undefined ? {} : { page }) })
    return page
  }

  async invite(host: Host, space: string, input: InviteInput): Promise<string | undefined> {
    const reply = await host.request('POST', `/spaces/${space}/invites`, input)
    const link = reply.outcome === 'ok' ? (reply.body as { link: string }).link : undefined
    const made = link === undefined ? {} : { link }
    this.#add(host, reply, { kind: 'invite', role: input.role, ...made })
    return link
  }

  async join(host: Host, link: string): Promise<ApiReply> {
    const reply = await host.request('POST', '/joins', { link, name: host.name })
    this.#add(host, reply, { kind: 'join', link })
    return reply
  }

  async link(host: Host): Promise<ApiReply> {
    const reply = await host.request('POST', '/device-link/confirm', {})
    this.#add(host, reply, { kind: 'link' })
    return reply
  }

  async members(host: Host, space: string): Promise<readonly ApiMember[] | undefined> {
    const reply = await host.request('GET', `/spaces/${space}/members`)
    const found = reply.outcome === 'ok' ? (reply.body as readonly ApiMember[]) : undefined
    const shown = found === undefined ? {} : { members: this.toMembers(found) }
    this.#add(host, reply, { kind: 'members', ...shown })
    return found
  }

  toMembers(found: readonly ApiMember[]): readonly SeenMember[] {
    return found
      .map(({ person, name, role, devices }) => ({
        person: this.#once(person),
        name: this.#once(name),
        role,
        devices: devices.map(({ id }) => this.#once(id)).sort(),
      }))
      .sort((a, b) => (a.person < b.person ? -1 : 1))
  }

  /** A change of who belongs to the space. */
  async change(
    host: Host,
    what: Pick<ChangeOperation, 'act' | 'person' | 'device' | 'role'>,
    method: 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<ApiReply> {
    const reply = await host.request(method, path, body)
    this.#add(host, reply, { kind: 'change', ...what })
    return reply
  }

  /** Writes what was set aside again. */
  async adopt(
    host: Host,
    space: string,
    entries: readonly { readonly id: string; readonly text: string }[],
  ): Promise<ApiReply> {
    const body = { ids: entries.map(({ id }) => id) }
    const reply = await host.request('POST', `/spaces/${space}/set-aside/adopt`, body)
    const kept = entries.map(({ id, text }) => ({ id: this.#once(id), text: this.#once(text) }))
    this.#add(host, reply, { kind: 'adopt', entries: kept })
    return reply
  }

  async other(
    host: Host,
    name: string,
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<ApiReply> {
    const reply = await host.request(method, path, body)
    this.#add(host, reply, { kind: 'other', name })
    return reply
  }

  toPage(body: unknown): SeenPage {
    const page = body as { messages: ApiMessage[]; hasOlder: boolean; hasNewer: boolean }
    return {
      messages: page.messages.map((message) => this.#toSeen(message)),
      hasOlder: page.hasOlder,
      hasNewer: page.hasNewer,
    }
  }

  #shown({ outcome, body }: ApiReply): { readonly shown?: SeenMessage } {
    return outcome === 'ok' ? { shown: this.#toSeen(body as ApiMessage) } : {}
  }

  #toSeen(message: ApiMessage): SeenMessage {
    const { id, room, author, text, deleted, reactions } = message
    const answered = (message.replyTo as { id: string } | undefined)?.id
    return {
      id: this.#once(id),
      room: this.#once(room),
      author: this.#once(author),
      text: this.#once(text),
      ...(answered === undefined ? {} : { replyTo: this.#once(answered) }),
      deleted,
      reactions: reactions.map(({ emoji, people }) => ({
        emoji: this.#once(emoji),
        people: people.map((person) => this.#once(person)),
      })),
    }
  }

  #once(text: string): string {
    const kept = this.#texts.get(text)
    if (kept !== undefined) return kept
    this.#texts.set(text, text)
    return text
  }

  #add(
    host: Host,
    reply: ApiReply,
    what: DistributiveOmit<Operation, keyof ApiReply | 'host'>,
  ): void {
    const { outcome, startMs, endMs, code } = reply
    const operation = {
      host: host.name,
      outcome,
      startMs,
      endMs,
      ...(code === undefined ? {} : { code }),
      ...what,
    } as Operation
    this.operations.push(operation)
    this.#onOperation(operation)
    if (code === 'INTERNAL')
      this.defects.push(`${host.name}: ${what.kind} was answered with INTERNAL`)
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never
