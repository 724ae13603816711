/**
 * Names: what a space, its people and their devices are called.
 *
 * Names are labels, never identifiers, and they are encrypted content, so relays do not see them. Two content types:
 *
 * | Type | Value | Least role | Meaning |
 * | --- | --- | --- | --- |
 * | `space.name` | `[name]` | admin | what the space is called |
 * | `space.name-again` | `[name]` | writer | the same, told to those who cannot read it |
 * | `space.profile` | `[name, device name]` | relay | what the author and the author's device are called |
 *
 * In a space with the history `from-join` a newcomer cannot read what the space was called before. Whoever lets the
 * newcomer in says it again, also a writer, who may not name a space: `space.name-again` is a register of its own, which
 * counts only where no `space.name` can be read.
 *
 * Each is a last-writer-wins register: hybrid time extends causality, the entry id breaks ties. The fold keeps any text
 * of a fitting length; whether it may be shown is judged when it is read, because that depends on Unicode tables, which
 * two devices need not share.
 */

import { checkName, NAME_BYTES_MAX, readFields } from '@hamlet/core'
import type { CborValue, DeviceId, EntryId, PersonId } from '@hamlet/core'
import { compareHybridTimes } from '@hamlet/crdt'
import type { HybridTime } from '@hamlet/crdt'
import type { ContentDraft, ContentEntry } from './types.ts'
import type { ViewDefinition, ViewState } from './view/view-definition.ts'

export type NamesChange = 'space' | 'profile'

/** Where the register of each name stands in the view. */
export const SPACE_NAME_KEY = 'space'
export const SPACE_NAME_AGAIN_KEY = 'space-again'
export function personNameKey(person: PersonId): string {
  return `person/${person}`
}
export function deviceNameKey(device: DeviceId): string {
  return `device/${device}`
}

export function spaceNameDraft(name: string): ContentDraft {
  return { type: 'space.name', value: [name] }
}

/** For those who cannot read the name as it was given. */
export function spaceNameAgainDraft(name: string): ContentDraft {
  return { type: 'space.name-again', value: [name] }
}

export function profileDraft(name: string, deviceName: string): ContentDraft {
  return { type: 'space.profile', value: [name, deviceName] }
}

export const NAMES_VIEW: ViewDefinition<NamesChange> = {
  name: 'names',
  version: 2,
  types: new Map([
    ['space.name', 'admin'],
    ['space.name-again', 'writer'],
    ['space.profile', 'relay'],
  ]),
  reads: (entry) => registersOf(entry).map(([key]) => key),
  fold(entry, state) {
    const changed = registersOf(entry).filter(([key, name]) => setIfNewer(state, key, name, entry))
    if (changed.length > 0) state.emit(entry.type === 'space.profile' ? 'profile' : 'space')
  },
}

/** The name in a register of the view, or `undefined` when nobody has given one that can be shown. */
export function registerName(value: CborValue | undefined): string | undefined {
  const name = value === undefined ? undefined : readRegister(value)?.name
  return name !== undefined && checkName(name).ok ? name : undefined
}

/** When the name in a register was given, by the entry's time. */
export function registerTimeMs(value: CborValue | undefined): number | undefined {
  return value === undefined ? undefined : readRegister(value)?.time.milliseconds
}

/** The registers an entry writes, with the names it gives them; none when it is malformed. */
function registersOf(entry: ContentEntry): (readonly [key: string, name: string])[] {
  const names = readNames(entry.value)
  if (names === undefined) return []
  if (entry.type !== 'space.profile') {
    const key = entry.type === 'space.name' ? SPACE_NAME_KEY : SPACE_NAME_AGAIN_KEY
    return names.length === 1 ? [[key, names[0]!]] : []
  }
  if (names.length !== 2) return []
  return [
    [personNameKey(entry.person), names[0]!],
    [deviceNameKey(entry.device), names[1]!],
  ]
}

function readNames(value: CborValue): readonly string[] | undefined {
  const read = readFields([value], 'names', (fields) =>
    fields.list(2, (item) => item.text(NAME_BYTES_MAX, 1)),
  )
  return read.ok ? read.value : undefined
}

interface Register {
  readonly name: string
  readonly time: HybridTime
  readonly id: EntryId
}

function readRegister(value: CborValue): Register | undefined {
  const read = readFields(value, 'name register', (fields) => ({
    name: fields.text(NAME_BYTES_MAX),
    time: { milliseconds: fields.uint(), counter: fields.uint() },
    id: fields.text(64) as EntryId,
  }))
  return read.ok ? read.value : undefined
}

function setIfNewer(state: ViewState, key: string, name: string, entry: ContentEntry): boolean {
  const stored = state.get(key)
  const register = stored === undefined ? undefined : readRegister(stored)
  if (register !== undefined && !isNewer(entry, register)) return false
  state.put(key, [name, entry.time.milliseconds, entry.time.counter, entry.id])
  return true
}

function isNewer(entry: ContentEntry, register: Register): boolean {
  const order = compareHybridTimes(entry.time, register.time)
  return order > 0 || (order === 0 && entry.id > register.id)
}
