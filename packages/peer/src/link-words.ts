/** What the ends of a link mean, in plain words. */

import type { LinkErrorCode } from '@hamlet/identity/linking'

export const LINK_WORDS: Readonly<Record<string, string>> = {
  LINK_CODE_MALFORMED: 'This is not the code of a device.',
  LINK_CODE_EXPIRED: 'The code has expired. Make a new one on the other device.',
  LINK_CODE_USED: 'The code was used already. Make a new one on the other device.',
  LINK_CODE_WRONG: 'The code does not fit. Copy all of it, or make a new one.',
  LINK_REFUSED: 'It was declined on one of the two devices. Nothing was changed.',
  LINK_FAILED: 'One of the devices could not store what it had to. Try again.',
  LINK_BROKEN: 'The other device said something it should not. Try again with a new code.',
  LINK_LOST: 'The other device cannot be reached, or the connection was lost. Try again.',
} satisfies Record<LinkErrorCode, string>
