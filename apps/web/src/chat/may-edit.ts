/** Whether this person may change what a message says. */

import type { Message } from '@hamlet/http/api'

export function mayEdit({ own, deleted, newer }: Message): boolean {
  return own && !deleted && newer !== true
}
