/**
 * What was set aside, as faces show it, and its adoption.
 *
 * Most of it is honest work: messages of somebody who was offline when they were removed. Whoever may write can write
 * them again under their own name. An adopted message goes to the room it was written in, or, if that room was set aside
 * too, to that room adopted with it; replies among what is adopted stay replies. A bill is adopted as it is, one version of
 * it, with the people without the app and the categories it names, if those were set aside too. What was adopted is noted
 * in the space, so that nobody does it twice.
 */

import type { EntryId, PersonId } from '@hamlet/core'
import { parseId } from '@hamlet/core'
import type { SetAsideEntry } from '@hamlet/http/api'
import { adoptedDraft, RANK_BY_ROLE, SpaceError } from '@hamlet/space'
import type { MemberEvent, SetAside } from '@hamlet/space'
import { adoptableText, adoptionDraft, refersTo, toAdoptable, withNeeded } from './adoptable.ts'
import { UNKNOWN_NAME } from './message-mapper.ts'
import type { NamesByPerson, SpaceRuntime } from './space-runtime.ts'

const REASON_BY_KIND: Partial<Record<MemberEvent['kind'], SetAsideEntry['reason']>> = {
  removed: 'removed',
  'removed-again': 'removed',
  lowered: 'lowered',
  left: 'left',
  'handed-over': 'ownership',
  'owner-replaced': 'ownership',
  'device-revoked': 'device-revoked',
}
/** Types that say nothing anybody would miss. */
const SILENT_TYPES: ReadonlySet<string> = new Set(['chat.read', 'space.profile', 'space.adopted'])

interface Known {
  readonly names: NamesByPerson
  readonly rooms: ReadonlyMap<string, string>
  readonly events: ReadonlyMap<string, MemberEvent>
  readonly adopters: ReadonlyMap<EntryId, PersonId>
}

export class SetAsideDesk {
  readonly #runtime: SpaceRuntime

  constructor(runtime: SpaceRuntime) {
    this.#runtime = runtime
  }

  /** By time. */
  async list(): Promise<readonly SetAsideEntry[]> {
    const { space } = this.#runtime
    const aside = space.setAside().filter(({ content }) => !SILENT_TYPES.has(content?.type ?? ''))
    if (aside.length === 0) return []
    const rooms = await this.#runtime.chat.rooms()
    const known: Known = {
      names: await this.#runtime.peopleNames(),
      rooms: new Map(rooms.map(({ id, name }) => [id, name])),
      events: new Map(space.memberHistory().map((event) => [event.id, event])),
      adopters: await this.#runtime.adopters(),
    }
    return aside.map((entry) => this.#toEntry(entry, known)).sort((a, b) => a.atMs - b.atMs)
  }

  /** @throws SpaceError `SPACE_NOT_SET_ASIDE`, and as writing does */
  async adopt(texts: readonly string[]): Promise<readonly SetAsideEntry[]> {
    const ids = new Set(texts.map((text) => parseId<EntryId>(text)))
    const adopters = await this.#runtime.adopters()
    const aside = this.#runtime.space.setAside()
    const wanted = aside.filter(({ id }) => ids.has(id))
    if (wanted.length < ids.size || wanted.some((entry) => toAdoptable(entry) === undefined)) {
      throw new SpaceError('SPACE_NOT_SET_ASIDE', 'no such entry that can be adopted was set aside')
    }
    const fresh = wanted.filter(({ id }) => !adopters.has(id))
    await this.#write(withNeeded(fresh, aside))
    return await this.list()
  }

  #toEntry(entry: SetAside, known: Known): SetAsideEntry {
    const { id, person, device, atMs, by: operation } = entry
    const content = toAdoptable(entry)
    const event = known.events.get(operation)
    const adoptedBy = known.adopters.get(id)
    const roomName = content?.kind === 'message' ? known.rooms.get(content.room) : undefined
    const name = (whose: PersonId): string => known.names.get(whose) ?? UNKNOWN_NAME
    return {
      ...{ id, person, device, atMs, name: name(person) },
      kind: content?.kind ?? (entry.content === undefined ? 'locked' : 'other'),
      text: content === undefined ? '' : adoptableText(content),
      ...(roomName === undefined ? {} : { roomName }),
      reason: (event && REASON_BY_KIND[event.kind]) ?? 'removed',
      ...(event?.by === undefined ? {} : { by: event.by, byName: name(event.by) }),
      ...(event === undefined ? {} : { decidedAtMs: event.atMs }),
      canAdopt: content !== undefined && adoptedBy === undefined && this.#canWrite(),
      ...(adoptedBy === undefined ? {} : { adoptedBy, adoptedByName: name(adoptedBy) }),
    }
  }

  #canWrite(): boolean {
    const { ownRole } = this.#runtime.space
    return ownRole !== undefined && RANK_BY_ROLE[ownRole] >= RANK_BY_ROLE.writer
  }

  /** In rounds, so that what refers to something adopted before it can name it. */
  async #write(entries: readonly SetAside[]): Promise<void> {
    const rooms = await this.#runtime.chat.rooms()
    const known = new Set<string>(rooms.map(({ id }) => id))
    const newIds = new Map<EntryId, EntryId>()
    const context = {
      ...{ rooms: known, newIds, firstRoom: rooms[0]?.id },
      ledger: await this.#runtime.ledger.drafts(this.#runtime.space.ownRole ?? 'reader'),
    }
    let left = entries
    while (left.length > 0) {
      const waiting = new Set(left.map(({ id }) => id))
      const ready = left.filter((entry) => !refersTo(entry, waiting))
      const now = ready.length > 0 ? ready : left
      const drafts = now.map((entry) => adoptionDraft(entry, context))
      const written = await this.#runtime.write(...drafts, adoptedDraft(now.map(({ id }) => id)))
      now.forEach(({ id }, i) => {
        newIds.set(id, written[i]!.id)
        known.add(written[i]!.id)
      })
      left = left.filter((entry) => !now.includes(entry))
    }
  }
}
