/**
 * After the faults: waits until the hosts agree, then asks each of them everything a client can ask.
 *
 * "Agree" is what a client can see of it: those that believe to be members are those the owner lists; with them there is
 * the same frontier, nothing waiting, the same export, the same members and the same list of what was set aside; and what
 * was acknowledged to anybody is in one of the two.
 */

import type { Host } from './host.ts'
import type {
  AsideEntry,
  FinalMessage,
  FinalState,
  MemberEvent,
  OutsiderState,
  SearchResult,
  SeenMessage,
} from './history.ts'
import type { ApiMember, Recorder } from './recorder.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Watcher } from './watcher.ts'
import { Roster } from './roster.ts'
import { COMMON_WORDS, sleep } from './workload.ts'

const POLL_MS = 500
const PAGE_MESSAGES = 500
const SEARCHES = 12
const READ_TIMEOUT_MS = 20_000
const EVENTS_MS = 2000

/** A line of an export. */
interface ExportedMessage {
  readonly id: string
  readonly room: string
  readonly author: string
  readonly text: string
  readonly replyTo?: string
  readonly versions: readonly { readonly text: string }[]
  readonly deleted?: unknown
  readonly reactions: readonly { readonly emoji: string; readonly people: readonly string[] }[]
}

interface Inspection {
  readonly frontier: string
  readonly pending: number
  readonly quarantined: number
  readonly forks: readonly unknown[]
  readonly rejected: readonly unknown[]
}

export class Settlement {
  /** Those that are members. */
  #hosts: readonly Host[] = []
  readonly #roster: Roster
  readonly #space: string
  readonly #recorder: Recorder
  readonly #watchers: ReadonlyMap<Host, Watcher>

  constructor(
    hosts: readonly Host[],
    space: string,
    recorder: Recorder,
    watchers: ReadonlyMap<Host, Watcher>,
  ) {
    this.#roster = new Roster(hosts, space, recorder)
    this.#space = space
    this.#recorder = recorder
    this.#watchers = watchers
  }

  /** How long it took until all agreed, or what kept them from it. */
  async wait(timeoutMs: number): Promise<number | string> {
    const startMs = performance.now()
    for (;;) {
      const tookMs = performance.now() - startMs
      const difference = await this.#difference().catch((error: unknown) => String(error))
      if (difference === undefined) return tookMs
      if (tookMs > timeoutMs) return difference
      await sleep(POLL_MS)
    }
  }

  /** Waits until every host knows that every device holds the newest messages; what is missing after that time. */
  async waitForDelivery(timeoutMs: number): Promise<string | undefined> {
    const startMs = performance.now()
    for (;;) {
      const missing = await this.#undelivered()
      if (missing === undefined || performance.now() - startMs > timeoutMs) return missing
      await sleep(POLL_MS)
    }
  }

  /** Marks the newest message of every room as read, at every host. */
  async readAll(): Promise<void> {
    for (const host of this.#hosts) {
      for (const { id } of await this.#get<{ id: string }[]>(host, '/rooms')) {
        const page = this.#recorder.toPage(await this.#get(host, `/messages?room=${id}&limit=1`))
        const message = page.messages.at(-1)?.id
        const path = `/spaces/${this.#space}/rooms/${id}/read`
        if (message === undefined) continue
        await this.#recorder.other(host, 'mark as read', 'POST', path, { message })
      }
    }
  }

  /** Waits until no face is still asking, and the last events have had time to come. */
  async waitForFaces(timeoutMs: number): Promise<void> {
    const deadlineMs = performance.now() + timeoutMs
    const watchers = [...this.#watchers.values()]
    while (watchers.some(({ isAsking }) => isAsking) && performance.now() < deadlineMs) {
      await sleep(POLL_MS)
    }
    await sleep(EVENTS_MS)
  }

  /** What the members say, or the first so many of them. */
  async collect(random: SeededRandom, hostsMax: number): Promise<readonly FinalState[]> {
    const hosts = this.#hosts.slice(0, hostsMax)
    if (hosts.length === 0) return []
    const first = await this.#messages(hosts[0]!)
    const words = drawWords(first.messages, random)
    const states: FinalState[] = []
    for (const host of hosts) states.push(await this.#state(host, words))
    return states
  }

  async #difference(): Promise<string | undefined> {
    const unclear = await this.#roster.look()
    this.#hosts = this.#roster.members
    if (unclear !== undefined) return unclear
    const inspections = await Promise.all(this.#hosts.map((host) => this.#inspect(host)))
    const frontiers = new Set(inspections.map(({ frontier }) => frontier))
    const waiting = inspections.some(({ pending, quarantined }) => pending + quarantined > 0)
    if (frontiers.size > 1 || waiting) {
      return this.#hosts
        .map(({ name }, i) => {
          const { frontier, pending, quarantined } = inspections[i]!
          return `${name}: frontier ${frontier.slice(0, 8)}, ${pending} pending, ${quarantined} set aside`
        })
        .join('; ')
    }
    const exports = await Promise.all(this.#hosts.map((host) => this.#export(host)))
    const aside = await Promise.all(this.#hosts.map((host) => this.#aside(host)))
    const members = await Promise.all(this.#hosts.map((host) => this.#get(host, '/membership-log')))
    const views = exports.map((text, i) => text + JSON.stringify([aside[i], members[i]]))
    const other = views.findIndex((text) => text !== views[0])
    if (other < 0) return this.#unplaced(exports[0]!, aside[0]!)
    const what = exports[other] === exports[0] ? 'tell of members' : 'export'
    return `same frontier, but ${this.#hosts[0]!.name} and ${this.#hosts[other]!.name} ${what} differently`
  }

  /** Something that was acknowledged and is neither shown nor set aside: it may be on its way. */
  #unplaced(exported: string, aside: readonly AsideEntry[]): string | undefined {
    const ids = new Set(aside.map(({ id }) => id))
    for (const line of exported.split('\n')) {
      if (line !== '') ids.add((JSON.parse(line) as ExportedMessage).id)
    }
    const lost = this.#recorder.operations.find(
      (operation) =>
        operation.kind === 'send' &&
        operation.shown !== undefined &&
        !ids.has(operation.shown.id) &&
        !this.#roster.outOfReach.has(operation.host) &&
        !this.#roster.unheard.has(operation.host),
    )
    if (lost?.kind !== 'send') return undefined
    this.#roster.giveUp(lost.host)
    return `nobody has ${lost.text.slice(0, 20)} of ${lost.host}`
  }

  async #aside(host: Host): Promise<readonly AsideEntry[]> {
    const entries = await this.#get<readonly AsideEntry[]>(host, '/set-aside')
    return entries
      .map(({ id, person, device, kind, text }) => ({ id, person, device, kind, text }))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
  }

  /** Of those that are no members at the end. */
  async outsiders(): Promise<readonly OutsiderState[]> {
    const states: OutsiderState[] = []
    for (const { host, standing, by } of await this.#roster.outsiders()) {
      const messages = standing === 'never in' ? [] : (await this.#messages(host)).messages
      states.push({
        host: host.name,
        standing,
        ...(by === undefined ? {} : { by }),
        messages: messages.map(({ id }) => id),
        outOfReach: this.#roster.outOfReach.has(host.name),
        unheard: this.#roster.unheard.has(host.name),
      })
    }
    return states
  }

  async #state(host: Host, words: readonly string[]): Promise<FinalState> {
    const { messages, exportLines } = await this.#messages(host)
    const rooms = await this.#get<{ id: string; name: string }[]>(host, '/rooms')
    const members = await this.#get<readonly ApiMember[]>(host, '/members')
    const log = await this.#get<readonly MemberEvent[]>(host, '/membership-log')
    const pages: Record<string, readonly SeenMessage[]> = {}
    for (const { id } of rooms) pages[id] = await this.#pages(host, id)
    const inspection = await this.#inspect(host)
    const watcher = this.#watchers.get(host)
    return {
      host: host.name,
      messages,
      exportLines,
      pages,
      ...(watcher?.hasBegun === true ? { watched: watcher.messages } : {}),
      members: this.#recorder.toMembers(members),
      log: log.map(toEvent),
      aside: await this.#aside(host),
      rooms: rooms.map(({ id, name }) => `${id} ${name}`),
      searches: await this.#search(host, words),
      unread: (await this.#get<{ unread: number }[]>(host, '/rooms')).map(({ unread }) => unread),
      inspection: {
        ...inspection,
        forks: inspection.forks.length,
        rejected: inspection.rejected.length,
      },
    }
  }

  async #messages(host: Host): Promise<Pick<FinalState, 'messages' | 'exportLines'>> {
    const exportLines = (await this.#export(host)).split('\n').filter((line) => line !== '')
    const messages = exportLines.map((line) => toFinal(JSON.parse(line) as ExportedMessage))
    return { messages, exportLines }
  }

  async #pages(host: Host, room: string): Promise<readonly SeenMessage[]> {
    const pages: SeenMessage[][] = []
    let before = ''
    for (;;) {
      const path = `/messages?room=${room}&limit=${PAGE_MESSAGES}${before}`
      const page = this.#recorder.toPage(await this.#get(host, path))
      pages.unshift([...page.messages])
      if (!page.hasOlder) return pages.flat()
      before = `&before=${page.messages[0]!.id}`
    }
  }

  async #search(host: Host, words: readonly string[]): Promise<readonly SearchResult[]> {
    const results: SearchResult[] = []
    for (const word of words) {
      const path = `/messages?search=${encodeURIComponent(word)}&limit=${PAGE_MESSAGES}`
      const { messages, hasOlder } = await this.#get<{
        messages: { id: string }[]
        hasOlder: boolean
      }>(host, path)
      // More than one page says nothing about which.
      if (!hasOlder) results.push({ word, ids: messages.map(({ id }) => id) })
    }
    return results
  }

  async #undelivered(): Promise<string | undefined> {
    for (const host of this.#hosts) {
      for (const { id } of await this.#get<{ id: string }[]>(host, '/rooms')) {
        const path = `/messages?room=${id}&limit=20`
        const page = await this.#get<{
          messages: { id: string; delivery: { heldBy: number; devices: number } }[]
        }>(host, path)
        const found = page.messages.find(
          ({ delivery }) =>
            delivery.heldBy !== delivery.devices || delivery.devices !== this.#hosts.length,
        )
        if (found !== undefined)
          return `${host.name}: ${JSON.stringify(found.delivery)} of ${found.id.slice(0, 8)}`
      }
    }
    return undefined
  }

  async #inspect(host: Host): Promise<Inspection> {
    return await this.#get<Inspection>(host, '/inspection')
  }

  async #export(host: Host): Promise<string> {
    const body = await this.#get<unknown>(host, '/export')
    // A single line is a document by itself.
    return typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)
  }

  async #get<T>(host: Host, path: string): Promise<T> {
    const url = `/spaces/${this.#space}${path}`
    for (;;) {
      const reply = await host.request('GET', url, undefined, READ_TIMEOUT_MS)
      if (reply.outcome === 'ok') return reply.body as T
      if (reply.code !== 'RATE_LIMITED') throw new Error(`${host.name} ${path}: ${reply.code}`)
      await sleep(POLL_MS)
    }
  }
}

function toEvent({ kind, by, person, device, role, counts }: MemberEvent): MemberEvent {
  return {
    kind,
    ...(by === undefined ? {} : { by }),
    ...(person === undefined ? {} : { person }),
    ...(device === undefined ? {} : { device }),
    ...(role === undefined ? {} : { role }),
    counts,
  }
}

function toFinal(line: ExportedMessage): FinalMessage {
  const { id, room, author, text, replyTo, versions, deleted, reactions } = line
  return {
    id,
    room,
    author,
    text,
    ...(replyTo === undefined ? {} : { replyTo }),
    versions: versions.map((version) => version.text),
    deleted: deleted !== undefined,
    reactions,
  }
}

/** Words that one message has, words that many have, and one that none has. */
function drawWords(messages: readonly FinalMessage[], random: SeededRandom): readonly string[] {
  const texts = messages.flatMap(({ text }) => (text === '' ? [] : [text]))
  if (texts.length === 0) return ['nothing']
  const rare = Array.from({ length: SEARCHES }, () => random.pick(texts).split(/\s/)[0]!)
  return [...new Set([...rare, random.pick(COMMON_WORDS), 'nowhere'])]
}
