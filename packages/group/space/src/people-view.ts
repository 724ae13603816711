/**
 * What members say about membership that is not an operation: votes for a new owner, and what was adopted.
 *
 * Both are content, so relays do not see them. Two types:
 *
 * | Type | Value | Least role | Meaning |
 * | --- | --- | --- | --- |
 * | `space.owner-vote` | `[person 32 B, signature 64 B]` | admin | the author wishes that person to own the space |
 * | `space.adopted` | `[entry ids, 32 B each, ≤ 1,000]` | writer | the author wrote these entries that were set aside again |
 *
 * The signature is the one an `owner-transfer` carries (`docs/formats/control.md`); it is verified when votes are
 * counted, because whether it counts depends on who owns the space then. Of one voter the newest vote stands (hybrid
 * time, then id). Of an adopted entry the first author in the same order is remembered.
 */

import { idToBytes, readFields } from '@hamlet/core'
import type { CborValue, EntryId, PersonId } from '@hamlet/core'
import { comparePositions } from './view/entry-position.ts'
import type { PersonSignature } from './control-operation.ts'
import { SET_ASIDE_MAX } from './set-aside.ts'
import type { ContentDraft, ContentEntry } from './types.ts'
import type { ViewDefinition, ViewState } from './view/view-definition.ts'

export type PeopleChange = 'vote' | 'adopted'

export interface OwnerVote {
  readonly voter: PersonId
  readonly candidate: PersonId
  /** 64 bytes. */
  readonly signature: Uint8Array
  readonly atMs: number
}

export const OWNER_VOTE_PREFIX = 'vote/'
export const ADOPTED_PREFIX = 'adopted/'

export function ownerVoteDraft(candidate: PersonId, signature: Uint8Array): ContentDraft {
  return { type: 'space.owner-vote', value: [idToBytes(candidate), signature] }
}

export function adoptedDraft(ids: readonly EntryId[]): ContentDraft {
  return { type: 'space.adopted', value: [[...ids].map(idToBytes)] }
}

export const PEOPLE_VIEW: ViewDefinition<PeopleChange> = {
  name: 'people',
  version: 1,
  types: new Map([
    ['space.owner-vote', 'admin'],
    ['space.adopted', 'writer'],
  ]),
  reads: (entry) => registersOf(entry).map(({ key }) => key),
  fold(entry, state) {
    const changed = registersOf(entry).filter((register) => write(state, register, entry))
    if (changed.length > 0) state.emit(entry.type === 'space.adopted' ? 'adopted' : 'vote')
  },
}

/** The vote in a register of the view, whose key is `vote/<voter>`. */
export function registerVote(key: string, value: CborValue): OwnerVote | undefined {
  const read = readFields(value, 'vote register', (fields) => ({
    candidate: fields.id<PersonId>(),
    signature: fields.bytes(64),
    atMs: fields.uint(),
    counter: fields.uint(),
    id: fields.text(64),
  }))
  if (!read.ok) return undefined
  const { candidate, signature, atMs } = read.value
  return { voter: key.slice(OWNER_VOTE_PREFIX.length) as PersonId, candidate, signature, atMs }
}

/** Who adopted the entry of a register of the view, whose key is `adopted/<entry>`. */
export function registerAdopter(value: CborValue): PersonId | undefined {
  const read = readFields(value, 'adopted register', (fields) => ({
    person: fields.id<PersonId>(),
    atMs: fields.uint(),
    counter: fields.uint(),
    id: fields.text(64),
  }))
  return read.ok ? read.value.person : undefined
}

export function toPersonSignature({ voter, signature }: OwnerVote): PersonSignature {
  return { person: voter, signature }
}

interface Register {
  readonly key: string
  /** What precedes time and id in the stored value. */
  readonly facts: readonly CborValue[]
  readonly keeps: 'newest' | 'oldest'
}

/** The registers an entry writes; none when it is malformed. */
function registersOf(entry: ContentEntry): Register[] {
  return entry.type === 'space.adopted' ? adoptedRegisters(entry) : voteRegisters(entry)
}

function voteRegisters({ value, person }: ContentEntry): Register[] {
  const read = readFields(value, 'owner vote', (fields) => ({
    candidate: fields.id<PersonId>(),
    signature: fields.bytes(64),
  }))
  if (!read.ok) return []
  const facts = [idToBytes(read.value.candidate), read.value.signature]
  return [{ key: OWNER_VOTE_PREFIX + person, facts, keeps: 'newest' }]
}

function adoptedRegisters({ value, person }: ContentEntry): Register[] {
  const read = readFields(value, 'adopted', (fields) =>
    fields.list(SET_ASIDE_MAX, (item) => item.id<EntryId>()),
  )
  if (!read.ok) return []
  const facts = [idToBytes(person)]
  return [...new Set(read.value)].map((id) => ({
    key: ADOPTED_PREFIX + id,
    facts,
    keeps: 'oldest',
  }))
}

function write(state: ViewState, { key, facts, keeps }: Register, entry: ContentEntry): boolean {
  const stored = state.get(key)
  const order = stored === undefined ? undefined : compareWith(stored, entry)
  if (order !== undefined && (keeps === 'newest' ? order <= 0 : order >= 0)) return false
  state.put(key, [...facts, entry.time.milliseconds, entry.time.counter, entry.id])
  return true
}

/** Whether the entry comes after (above 0) or before what is stored. */
function compareWith(stored: CborValue, entry: ContentEntry): number | undefined {
  if (!Array.isArray(stored)) return undefined
  const [milliseconds, counter, id] = stored.slice(-3) as [number, number, EntryId]
  return comparePositions(entry, { time: { milliseconds, counter }, id })
}
