/**
 * Clients of the hosts: each asks one thing after another, at random times, through the HTTP API.
 *
 * Every text is unique by its first word, so that a write whose reply never came can be told in what is read later.
 */

import type { Host } from './host.ts'
import type { SeenMessage } from './history.ts'
import type { Recorder } from './recorder.ts'
import type { SeededRandom } from './seeded-random.ts'

export const EMOJIS = ['👍', '🎉', '😀', '❤️']
export const COMMON_WORDS = ['pear', 'mill', 'brook', 'lantern', 'héron', 'мост', '村']
const ACTS = {
  send: 30,
  burst: 2,
  reply: 12,
  edit: 9,
  delete: 3,
  react: 14,
  read: 26,
  mark: 3,
  room: 0.4,
}
/** They may read what was there, and are refused what changes anything. */
const ACTS_OF_OUTSIDERS: typeof ACTS = {
  ...{ send: 1, burst: 0, reply: 1, edit: 1, delete: 1, react: 1, read: 20, mark: 0, room: 0 },
}
const RECENT_MAX = 60
const DOWN_WAIT_MS = 150
const ROOMS_MAX = 4

export interface WorkloadOptions {
  readonly hosts: readonly Host[]
  readonly space: string
  readonly recorder: Recorder
  readonly random: SeededRandom
  readonly clientsPerHost: number
  /** Mean pause of a client between a reply and its next request. */
  readonly thinkMs: number
  /** What the host is to the space as it says itself; `undefined` before it was ever in. */
  readonly standing: (host: Host) => { readonly isIn: boolean } | undefined
}

/** What the clients of one host have seen lately. */
interface Memory {
  readonly rooms: string[]
  readonly recent: SeenMessage[]
  readonly own: SeenMessage[]
}

export class Workload {
  readonly #options: WorkloadOptions
  readonly #memories = new Map<Host, Memory>()
  #isStopped = false
  #texts = 0
  #clients: Promise<void>[] = []

  constructor(options: WorkloadOptions) {
    this.#options = options
    for (const host of options.hosts) this.#memories.set(host, { rooms: [], recent: [], own: [] })
  }

  start(): void {
    const { hosts, clientsPerHost, random } = this.#options
    this.#clients = hosts.flatMap((host) =>
      Array.from({ length: clientsPerHost }, async (_, client) => {
        await this.#client(host, random.fork(`${host.name} ${client}`))
      }),
    )
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    await Promise.all(this.#clients)
  }

  async #client(host: Host, random: SeededRandom): Promise<void> {
    while (!this.#isStopped) {
      await sleep(random.exponential(this.#options.thinkMs))
      const standing = host.isUp ? this.#options.standing(host) : undefined
      if (standing === undefined) await sleep(DOWN_WAIT_MS)
      else await this.#act(host, random, standing.isIn)
    }
  }

  async #act(host: Host, random: SeededRandom, isIn: boolean): Promise<void> {
    const memory = this.#memories.get(host)!
    if (memory.rooms.length === 0 || random.chance(0.03)) await this.#lookAtRooms(host, memory)
    if (memory.rooms.length === 0) return
    const act = random.weighted(isIn ? ACTS : ACTS_OF_OUTSIDERS)
    switch (act) {
      case 'send':
        await this.#send(host, random, undefined)
        return
      case 'burst':
        await Promise.all(
          Array.from({ length: random.integer(2, 12) }, () => this.#send(host, random, undefined)),
        )
        return
      case 'reply':
        await this.#send(host, random, this.#target(memory, random))
        return
      case 'read':
        await this.#read(host, random)
        return
      case 'mark':
        await this.#mark(host, random)
        return
      case 'room':
        await this.#makeRoom(host, memory)
        return
      case 'edit':
      case 'delete':
      case 'react':
        await this.#change(act, host, random)
    }
  }

  async #lookAtRooms(host: Host, memory: Memory): Promise<void> {
    const { space, recorder } = this.#options
    const { outcome, body } = await recorder.other(host, 'rooms', 'GET', `/spaces/${space}/rooms`)
    if (outcome !== 'ok') return
    const rooms = (body as { id: string }[]).map(({ id }) => id)
    memory.rooms.splice(0, memory.rooms.length, ...rooms)
  }

  async #makeRoom(host: Host, memory: Memory): Promise<void> {
    if (memory.rooms.length >= ROOMS_MAX) return
    const { space, recorder } = this.#options
    const name = `Room ${this.#texts++}`
    const made = await recorder.other(host, 'make room', 'POST', `/spaces/${space}/rooms`, { name })
    if (made.outcome === 'ok') memory.rooms.push((made.body as { id: string }).id)
  }

  async #send(host: Host, random: SeededRandom, answered: SeenMessage | undefined): Promise<void> {
    const memory = this.#memories.get(host)!
    const { space, recorder } = this.#options
    const room = answered?.room ?? random.pick(memory.rooms)
    const shown = await recorder.send(host, space, room, this.#text(random), answered?.id)
    if (shown === undefined) return
    remember(memory.recent, shown)
    remember(memory.own, shown)
  }

  /** Mostly what one may; sometimes what must be refused, as the edit of another's message. */
  async #change(act: 'edit' | 'delete' | 'react', host: Host, random: SeededRandom): Promise<void> {
    const memory = this.#memories.get(host)!
    const { space, recorder } = this.#options
    const isOwn = act !== 'react' && random.chance(0.85)
    const target = isOwn ? random.pick([...memory.own, undefined]) : this.#target(memory, random)
    if (target === undefined) return
    if (act === 'edit') await recorder.edit(host, space, target.id, this.#text(random))
    else if (act === 'delete') await recorder.delete(host, space, target.id)
    else await recorder.react(host, space, target.id, random.pick(EMOJIS), random.chance(0.7))
  }

  async #read(host: Host, random: SeededRandom): Promise<void> {
    const memory = this.#memories.get(host)!
    const { space, recorder } = this.#options
    const at = random.chance(0.3) ? this.#target(memory, random) : undefined
    const limit = `limit=${random.integer(5, 120)}`
    const query = at === undefined ? limit : `${random.pick(['before', 'after'])}=${at.id}&${limit}`
    const room = at?.room ?? random.pick(memory.rooms)
    const page = await recorder.read(host, space, room, query)
    for (const message of page?.messages.slice(-10) ?? []) {
      if (!message.deleted) remember(memory.recent, message)
    }
  }

  async #mark(host: Host, random: SeededRandom): Promise<void> {
    const target = this.#target(this.#memories.get(host)!, random)
    if (target === undefined) return
    const { space, recorder } = this.#options
    const path = `/spaces/${space}/rooms/${target.room}/read`
    await recorder.other(host, 'mark as read', 'POST', path, { message: target.id })
  }

  #target({ recent }: Memory, random: SeededRandom): SeenMessage | undefined {
    return recent.length === 0 ? undefined : random.pick(recent)
  }

  #text(random: SeededRandom): string {
    const length = random.chance(0.03) ? random.integer(500, 1500) : random.integer(1, 12)
    const words = Array.from({ length }, () => random.pick(COMMON_WORDS))
    return `w${this.#texts++}x ${words.join(random.chance(0.1) ? '\n' : ' ')}`
  }
}

function remember(list: SeenMessage[], message: SeenMessage): void {
  list.push(message)
  if (list.length > RECENT_MAX) list.shift()
}

export function sleep(waitMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, waitMs))
}
