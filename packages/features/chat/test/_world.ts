/** A little world without keys or networks: devices write entries that know their causal past, replicas fold them. */

import { createHash } from 'node:crypto'
import { bytesToId, encodeCbor } from '@hamlet/core'
import { HybridClock } from '@hamlet/crdt'
import { createMemoryKv } from '@hamlet/store'
import { MemoryViewSource, openViewRunner } from '@hamlet/space/view'
import { Chat, chatDraft, chatView } from '../src/index.ts'
import type { CborValue, DeviceId, EntryId, EpochId, PersonId } from '@hamlet/core'
import type { ContentDraft, ContentEntry, Role } from '@hamlet/space'
import type { View, ViewRunner } from '@hamlet/space/view'
import type { ChatChange, ChatContent, ChatViewOptions } from '../src/index.ts'

export interface CausalEntry extends ContentEntry {
  readonly past: ReadonlySet<EntryId>
}

export function idOf<T extends PersonId | DeviceId | EntryId>(text: string): T {
  return bytesToId<T>(createHash('sha256').update(text).digest())
}

export class World {
  wallMs = 1_000_000
  readonly entries: CausalEntry[] = []

  device(name: string, person: string, role: Role = 'writer'): WritingDevice {
    return new WritingDevice(this, name, idOf<PersonId>(`person ${person}`), role)
  }
}

export class WritingDevice {
  readonly id: DeviceId
  readonly person: PersonId
  /** What this device's own clock is wrong by. */
  skewMs = 0
  readonly #world: World
  readonly #role: Role
  readonly #seen = new Set<EntryId>()
  readonly #clock: HybridClock
  #seq = 0

  constructor(world: World, name: string, person: PersonId, role: Role) {
    this.id = idOf<DeviceId>(`device ${name}`)
    this.person = person
    this.#world = world
    this.#role = role
    this.#clock = new HybridClock({ wall: () => world.wallMs + this.skewMs })
  }

  /** Takes in everything written so far, or the entries given with their pasts. */
  sync(entries: readonly CausalEntry[] = this.#world.entries): this {
    for (const entry of entries) {
      this.#seen.add(entry.id)
      for (const id of entry.past) this.#seen.add(id)
      this.#clock.observe(entry.time)
    }
    return this
  }

  hasSeen(id: EntryId): boolean {
    return this.#seen.has(id)
  }

  write(content: ChatContent): CausalEntry {
    return this.writeDraft(chatDraft(content))
  }

  writeDraft(draft: ContentDraft): CausalEntry {
    const seq = this.#seq++
    const entry: CausalEntry = {
      ...draft,
      id: idOf<EntryId>(`entry ${this.id} ${seq}`),
      device: this.id,
      person: this.person,
      seq,
      time: this.#clock.now(),
      epoch: idOf<EpochId>('epoch'),
      role: this.#role,
      past: new Set(this.#seen),
    }
    this.#seen.add(entry.id)
    this.#world.entries.push(entry)
    return entry
  }

  say(room: EntryId, text: string, replyTo?: EntryId): CausalEntry {
    return this.write({ kind: 'message', room, text, replyTo, mentions: [] })
  }
}

export interface Replica {
  readonly source: MemoryViewSource
  readonly runner: ViewRunner
  readonly view: View<ChatChange>
  readonly chat: Chat
  receive(...entries: readonly ContentEntry[]): Promise<void>
}

export async function openReplica(
  entries: readonly ContentEntry[] = [],
  options: ChatViewOptions = {},
): Promise<Replica> {
  const source = new MemoryViewSource()
  const definition = chatView(options)
  source.add(...entries)
  const runner = await openViewRunner({ source, kv: createMemoryKv(), views: [definition] })
  await runner.caughtUp()
  const view = runner.view(definition)
  const receive = async (...more: readonly ContentEntry[]) => {
    source.add(...more)
    await runner.caughtUp()
  }
  return { source, runner, view, chat: new Chat(view), receive }
}

/** The search index is stored in the order of arrival; what it finds is compared instead. */
const SEARCH_KEY = /^(?:i$|[ibw]\/)/

/** Everything replicas must agree on. */
export async function stateHash(view: View<ChatChange>): Promise<string> {
  const hash = createHash('sha256')
  for await (const [key, value] of view.range('')) {
    if (!SEARCH_KEY.test(key)) hash.update(encodeCbor([key, value as CborValue]))
  }
  return hash.digest('hex')
}

/** An order in which no entry comes before one it knows, chosen by `choices`. */
export function causalOrder(
  entries: readonly CausalEntry[],
  choices: readonly number[],
): readonly CausalEntry[] {
  const waiting = [...entries]
  const done = new Set<EntryId>()
  const present = new Set(entries.map(({ id }) => id))
  const order: CausalEntry[] = []
  for (let step = 0; waiting.length > 0; step++) {
    const ready = waiting.filter(({ past }) => {
      return [...past].every((id) => done.has(id) || !present.has(id))
    })
    const next = ready[(choices[step % choices.length] ?? 0) % ready.length]!
    waiting.splice(waiting.indexOf(next), 1)
    done.add(next.id)
    order.push(next)
  }
  return order
}
