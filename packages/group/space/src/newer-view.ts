/**
 * What newer software has written: content of types that nothing here can show.
 *
 * Such an entry is stored, passed on and counted like any other; only its meaning is not known here. A face says that it
 * is there, by whom and since when, so that nobody takes a silent device for a complete picture. When the software learns
 * a type its entries leave this view, because the set of known types is part of what the view is folded from.
 *
 *     KEY                                     VALUE
 *     n                                       how many there are
 *     e/<milliseconds><counter>/<entry id>    [type, person, device, sequence], in hybrid time
 *
 * Every type counts, of authors from reader up: whether a later version asks for more is not known here.
 */

import { idToBytes, readFields } from '@hamlet/core'
import type { DeviceId, EntryId, PersonId } from '@hamlet/core'
import type { ContentEntry } from './types.ts'
import type { ViewReader } from './view/view.ts'
import type { ViewDefinition } from './view/view-definition.ts'

/** An entry of a type that this version does not know. */
export interface NewerEntry {
  readonly id: EntryId
  readonly type: string
  readonly person: PersonId
  readonly device: DeviceId
  readonly seq: number
  readonly atMs: number
}

const COUNT_KEY = 'n'
const ENTRY_PREFIX = 'e/'
const MS_DIGITS = 12
const COUNTER_DIGITS = 4
const ID_DIGITS = 64
/** Of a type, see `docs/formats/entry.md`. */
const TYPE_BYTES_MAX = 64

export const NEWER_VIEW: ViewDefinition<EntryId> = {
  name: 'newer',
  version: 1,
  types: new Map(),
  roleOfUnknown: () => 'reader',
  reads: () => [COUNT_KEY],
  fold(entry, state) {
    const { id, type, person, device, seq } = entry
    state.put(entryKey(entry), [type, idToBytes(person), idToBytes(device), seq])
    const count = state.get(COUNT_KEY)
    state.put(COUNT_KEY, (typeof count === 'number' ? count : 0) + 1)
    state.emit(id)
  },
}

export async function countNewer(view: ViewReader): Promise<number> {
  const count = await view.get(COUNT_KEY)
  return typeof count === 'number' ? count : 0
}

/** The newest first. */
export async function listNewer(view: ViewReader, limit: number): Promise<readonly NewerEntry[]> {
  const entries: NewerEntry[] = []
  for await (const [key, value] of view.range(ENTRY_PREFIX, { reverse: true, limit })) {
    const place = key.slice(ENTRY_PREFIX.length)
    const read = readFields(value, 'newer entry', (fields) => ({
      id: place.slice(-ID_DIGITS) as EntryId,
      type: fields.text(TYPE_BYTES_MAX),
      person: fields.id<PersonId>(),
      device: fields.id<DeviceId>(),
      seq: fields.uint(),
      atMs: Number.parseInt(place.slice(0, MS_DIGITS), 16),
    }))
    if (read.ok) entries.push(read.value)
  }
  return entries
}

function entryKey({ id, time: { milliseconds, counter } }: ContentEntry): string {
  const ms = milliseconds.toString(16).padStart(MS_DIGITS, '0')
  return `${ENTRY_PREFIX}${ms}${counter.toString(16).padStart(COUNTER_DIGITS, '0')}/${id}`
}
