/** Why a device was not linked, or a person not recognised. The codes are listed in `docs/errors.md`. */

import { HamletError } from '@hamlet/core'

/** What one side tells the other when it ends a link; also the codes of {@link LinkError}. */
export const LINK_REFUSALS = [
  /** No code is shown, or it has expired. */
  'LINK_CODE_EXPIRED',
  /** The code has served for another device already. */
  'LINK_CODE_USED',
  /** The secret in the code is another. */
  'LINK_CODE_WRONG',
  /** The person said that the numbers differ, or that they do not want this. */
  'LINK_REFUSED',
  /** One side could not store or certify what it had to. */
  'LINK_FAILED',
  /** A message that no honest device sends. */
  'LINK_BROKEN',
] as const

export type LinkRefusal = (typeof LINK_REFUSALS)[number]

export type LinkErrorCode =
  | LinkRefusal
  /** Not the text of a link code. */
  | 'LINK_CODE_MALFORMED'
  /** The connection ended, or took too long, before both were done. */
  | 'LINK_LOST'

export class LinkError extends HamletError<LinkErrorCode> {
  override readonly name = 'LinkError'
}

export type RecoverErrorCode =
  /** A message that no honest device sends. */
  | 'RECOVER_BROKEN'
  /** The certificate or its signature does not prove the person. */
  | 'RECOVER_NOT_PROVED'

export class RecoverError extends HamletError<RecoverErrorCode> {
  override readonly name = 'RecoverError'
}
