/**
 * What a set of control operations says of entries: whose each is, in what role it was written, as it stands in that set.
 *
 * An entry is judged by its own past, less what has fallen in the whole set, and within the cuts made there. Answers are
 * kept by past, and asked for again only when something else has fallen.
 */

import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import { isBeyond } from './control-cut.ts'
import type { Cut, EntryPlace } from './control-cut.ts'
import type { ControlNode } from './control-node.ts'
import type { ControlPast } from './control-past.ts'
import type { Standing } from './control-standing.ts'
import { foldOperations } from './control-state.ts'
import type { ControlState } from './control-state.ts'
import { RANK_BY_ROLE } from './types.ts'
import type { Role } from './types.ts'

export interface Author {
  readonly person: PersonId
  readonly role: Role
}

export interface StandingState {
  readonly standing: Standing
  readonly state: ControlState
}

/** What stands of a set from which some operations are left out, as if they had never been made. */
export interface Present extends StandingState {
  readonly leftOut: ReadonlySet<EntryId>
}

/** Where a view gets operations from. */
export interface ControlSource {
  readonly all: ControlPast
  /** The state of the operations in a past, by that past alone. */
  stateAt(past: ControlPast): ControlState
  /** Operations that counted where they were made, sorted by size of past, then id. */
  authorisedIn(past: ControlPast): readonly ControlNode[]
}

const STATES_CACHED_MAX = 256

export class ControlView {
  readonly #source: ControlSource
  #present: Present
  /** States of pasts with the voids of the whole set taken out; empty whenever those are none. */
  #corrected = new Map<ControlPast, ControlState>()
  #authors = new Map<ControlPast, Map<DeviceId, Author | undefined>>()

  constructor(source: ControlSource, present: Present) {
    this.#source = source
    this.#present = present
  }

  /** The whole set is another one now. */
  follow(present: Present): void {
    const isSame =
      areEqual(present.state.voided, this.#present.state.voided) &&
      areEqual(present.leftOut, this.#present.leftOut)
    this.#present = present
    if (isSame) return
    this.#corrected = new Map()
    this.#authors = new Map()
  }

  get state(): ControlState {
    return this.#present.state
  }

  /** Operations that are left out. */
  get leftOut(): ReadonlySet<EntryId> {
    return this.#present.leftOut
  }

  get standing(): Standing {
    return this.#present.standing
  }

  /** Up to where the logs of those who lost a right count. */
  get cuts(): readonly Cut[] {
    return this.#present.standing.cuts
  }

  /** Whether an operation that counted where it was made still does. */
  counts(id: EntryId): boolean {
    return !this.#present.leftOut.has(id) && !this.state.voided.has(id)
  }

  /** The state in a past as it stands now: without what the whole set has made void. */
  correctedAt(past: ControlPast): ControlState {
    const { voided } = this.state
    if (past === this.#source.all) return this.state
    const { leftOut } = this.#present
    if (voided.size + leftOut.size === 0) return this.#source.stateAt(past)
    const cached = this.#corrected.get(past)
    if (cached !== undefined) return cached
    const nodes = this.#source.authorisedIn(past).filter(({ id }) => !leftOut.has(id))
    const owners = this.standing.owners.filter((node) => nodes.includes(node))
    const state = foldOperations(nodes, { ...this.standing, voided, owners })
    if (this.#corrected.size >= STATES_CACHED_MAX) this.#corrected.clear()
    this.#corrected.set(past, state)
    return state
  }

  /** Whose an entry is and in what role it was written. Cheap: what pasts say is kept. */
  authorAt(place: EntryPlace): Author | undefined {
    const author = this.authorBeforeCuts(place)
    if (author === undefined) return undefined
    const beyond = this.cuts.filter((cut) => isBeyond(cut, author.person, place))
    if (beyond.length === 0) return author
    let { role } = author
    for (const cut of beyond) {
      // Nobody below can cut the owner short.
      const isOfOwner = author.role === 'owner' && cut.person !== undefined
      if (isOfOwner && cut.rank <= RANK_BY_ROLE.owner) continue
      if (cut.role === undefined) return undefined
      if (RANK_BY_ROLE[cut.role] < RANK_BY_ROLE[role]) role = cut.role
    }
    return { person: author.person, role }
  }

  /** As `authorAt`, as if nobody had lost a right without the author's knowledge. */
  authorBeforeCuts({ past, device }: EntryPlace): Author | undefined {
    let authors = this.#authors.get(past)
    if (authors === undefined) {
      authors = new Map<DeviceId, Author | undefined>()
      this.#authors.set(past, authors)
    }
    if (authors.has(device)) return authors.get(device)
    const state = this.correctedAt(past)
    const person = state.owners.get(device)
    const author =
      person === undefined ? undefined : { person, role: state.members.get(person)!.role }
    authors.set(device, author)
    return author
  }
}

function areEqual(a: ReadonlySet<EntryId>, b: ReadonlySet<EntryId>): boolean {
  return a.size === b.size && [...a].every((id) => b.has(id))
}
