/**
 * Under which names blobs of a space stand in receipts: known to all members, whatever history they may read, for as long as the
 * space is there, and to nobody else.
 *
 * It comes from the space's first entry, which everybody has who can judge who is a member. That entry holds 16 bytes of chance
 * and goes to members (and to relays, which carry it) alone; epochs come and go, and newcomers may not have the first.
 */

import { utf8 } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import type { Space } from '@hamlet/space'

const LABEL = utf8('hamlet/v1/receipt-group\0')

/** `undefined` while the first entry is not here. */
export function receiptSecret(
  crypto: Crypto,
  space: Pick<Space, 'founderDevice' | 'entryAt'>,
): Uint8Array | undefined {
  const { founderDevice } = space
  const genesis = founderDevice === undefined ? undefined : space.entryAt(founderDevice, 0)
  return genesis === undefined ? undefined : crypto.hmac(crypto.hash(genesis.payload), LABEL)
}
