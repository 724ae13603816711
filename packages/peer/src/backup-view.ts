/**
 * The newest profile backup of each member, as the entries of a space give it.
 *
 * | Type | Value | Least role | Meaning |
 * | --- | --- | --- | --- |
 * | `space.profile-backup` | `[enc, ciphertext]` | writer | sealed to the author's recovery key |
 *
 * A last-writer-wins register for each person: hybrid time, then entry id. What is in it is the person's business alone.
 */

import { readFields } from '@hamlet/core'
import type { CborValue, PersonId } from '@hamlet/core'
import type { Sealed } from '@hamlet/identity'
import { BACKUP_BYTES_MAX } from '@hamlet/identity/linking'
import type { ContentDraft, ContentEntry } from '@hamlet/space'
import type { ViewDefinition } from '@hamlet/space/view'

export const BACKUP_TYPE = 'space.profile-backup'

const CIPHERTEXT_BYTES_MAX = BACKUP_BYTES_MAX + 16

export function backupDraft({ enc, ciphertext }: Sealed): ContentDraft {
  return { type: BACKUP_TYPE, value: [enc, ciphertext] }
}

export function backupKey(person: PersonId): string {
  return `backup/${person}`
}

export const BACKUP_VIEW: ViewDefinition<PersonId> = {
  name: 'backups',
  version: 1,
  types: new Map([[BACKUP_TYPE, 'writer']]),
  reads: ({ person }) => [backupKey(person)],
  fold(entry, state) {
    const sealed = readSealed(entry.value)
    const key = backupKey(entry.person)
    if (sealed === undefined || !isNewer(entry, state.get(key))) return
    const { milliseconds, counter } = entry.time
    state.put(key, [sealed.enc, sealed.ciphertext, milliseconds, counter, entry.id])
    state.emit(entry.person)
  },
}

/** What a register of the view holds. */
export function registeredBackup(value: CborValue | undefined): Sealed | undefined {
  return Array.isArray(value) ? readSealed(value.slice(0, 2)) : undefined
}

function readSealed(value: CborValue): Sealed | undefined {
  const read = readFields(value, 'sealed backup', (fields) => ({
    enc: fields.bytes(32),
    ciphertext: fields.bytesUpTo(CIPHERTEXT_BYTES_MAX),
  }))
  return read.ok ? read.value : undefined
}

function isNewer({ time, id }: ContentEntry, stored: CborValue | undefined): boolean {
  if (!Array.isArray(stored)) return true
  const [, , milliseconds, counter, storedId] = stored as [unknown, unknown, number, number, string]
  if (time.milliseconds !== milliseconds) return time.milliseconds > milliseconds
  if (time.counter !== counter) return time.counter > counter
  return id > storedId
}
