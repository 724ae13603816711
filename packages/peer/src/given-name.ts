/** Names as people type them: of themselves, of spaces, rooms, and of whatever else is called something. */

import { checkName, normalizeName } from '@hamlet/core'
import { PeerError } from './errors.ts'

/** @throws PeerError `NAME_INVALID` */
export function toName(text: string): string {
  const checked = checkName(normalizeName(text))
  if (checked.ok) return checked.value
  throw new PeerError('NAME_INVALID', 'A name needs 1 to 200 bytes of visible text on one line.', {
    cause: checked.error,
  })
}
