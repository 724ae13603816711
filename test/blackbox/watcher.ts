/**
 * A face of a host, as the web app is one: it asks for everything when the stream of events says `resync`, and from
 * then on goes by the events alone. At the end it must show what the host shows to who asks anew.
 *
 * While it is asking, events go on; what an event has told is newer than what an answer says.
 */

import type { Host } from './host.ts'
import type { SeenMessage } from './history.ts'
import type { Recorder } from './recorder.ts'
import { sleep } from './workload.ts'

const RETRY_MS = 300
const PAGE_MESSAGES = 500

export interface WatcherOptions {
  readonly host: Host
  readonly space: string
  readonly recorder: Recorder
  readonly isMember: () => boolean
}

type Event = { readonly type: string; readonly space?: string; readonly messages?: unknown }

export class Watcher {
  readonly #options: WatcherOptions
  readonly #messages = new Map<string, SeenMessage>()
  /** Told by events since the last `resync`. */
  readonly #told = new Set<string>()
  /** Counts the times everything was asked for. */
  #round = 0
  #isAsking = false
  #isStopped = false

  constructor(options: WatcherOptions) {
    this.#options = options
  }

  get messages(): readonly SeenMessage[] {
    return [...this.#messages.values()]
  }

  /** Whether it was told to begin: a phone may come in when nobody looks any more whether it is in. */
  get hasBegun(): boolean {
    return this.#options.isMember()
  }

  get isAsking(): boolean {
    return this.#isAsking
  }

  /** Until it is stopped; a stream that ends is opened again. */
  async run(): Promise<void> {
    const { host, isMember } = this.#options
    while (!this.#isStopped) {
      if (host.isUp && isMember()) await host.follow((event) => this.#hear(event as Event))
      await sleep(RETRY_MS)
    }
  }

  stop(): void {
    this.#isStopped = true
    this.#round += 1
  }

  #hear(event: Event): void {
    if (event.type === 'resync') {
      void this.#askAll()
      return
    }
    if (event.type !== 'messages' || event.space !== this.#options.space) return
    const page = { messages: event.messages, hasOlder: false, hasNewer: false }
    for (const message of this.#options.recorder.toPage(page).messages) {
      this.#told.add(message.id)
      this.#messages.set(message.id, message)
    }
  }

  async #askAll(): Promise<void> {
    const round = ++this.#round
    this.#isAsking = true
    this.#messages.clear()
    this.#told.clear()
    while (this.#round === round && !(await this.#ask(round))) await sleep(RETRY_MS)
    if (this.#round === round) this.#isAsking = false
  }

  async #ask(round: number): Promise<boolean> {
    const { host, space } = this.#options
    const rooms = await host.request('GET', `/spaces/${space}/rooms`)
    if (rooms.outcome !== 'ok') return false
    for (const { id } of rooms.body as { id: string }[]) {
      if (!(await this.#askRoom(round, id))) return false
    }
    return true
  }

  async #askRoom(round: number, room: string): Promise<boolean> {
    const { host, space, recorder } = this.#options
    for (let before = ''; ;) {
      const path = `/spaces/${space}/messages?room=${room}&limit=${PAGE_MESSAGES}${before}`
      const reply = await host.request('GET', path)
      if (reply.outcome !== 'ok') return false
      if (this.#round !== round) return true
      const page = recorder.toPage(reply.body)
      for (const message of page.messages) {
        if (!this.#told.has(message.id)) this.#messages.set(message.id, message)
      }
      if (!page.hasOlder) return true
      before = `&before=${page.messages[0]!.id}`
    }
  }
}
