/**
 * A little world without keys or networks, for testing the fold of a feature: devices write entries that know their causal
 * past, and any causal order of them can be delivered.
 */

import { createHash } from 'node:crypto'
import { bytesToId } from '@hamlet/core'
import type { DeviceId, EntryId, EpochId, PersonId } from '@hamlet/core'
import { HybridClock } from '@hamlet/crdt'
import type { ContentDraft, ContentEntry, Role } from '@hamlet/space'

export interface CausalEntry extends ContentEntry {
  readonly past: ReadonlySet<EntryId>
}

export function idOf<T extends PersonId | DeviceId | EntryId>(text: string): T {
  return bytesToId<T>(createHash('sha256').update(text).digest())
}

export class CausalWorld {
  wallMs = 1_000_000
  readonly entries: CausalEntry[] = []

  device(name: string, person: string, role: Role = 'writer'): CausalDevice {
    return new CausalDevice(this, name, idOf<PersonId>(`person ${person}`), role)
  }
}

export class CausalDevice {
  readonly id: DeviceId
  readonly person: PersonId
  /** What this device's own clock is wrong by. */
  skewMs = 0
  readonly #world: CausalWorld
  readonly #role: Role
  readonly #seen = new Set<EntryId>()
  readonly #clock: HybridClock
  #seq = 0

  constructor(world: CausalWorld, name: string, person: PersonId, role: Role) {
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
