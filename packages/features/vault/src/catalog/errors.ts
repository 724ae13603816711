/** What is wrong with the private list of a person's files, or with what they gave of it. */

import { HamletError } from '@hamlet/core'

export type CatalogErrorCode =
  /** Bytes are not a batch of operations, or one that contradicts itself. */
  | 'VAULT_BATCH_MALFORMED'
  /** More than one entry may hold. */
  | 'VAULT_BATCH_TOO_LARGE'
  /** Bytes do not open under this key, or are not for this person and space. */
  | 'VAULT_SEALED_UNREADABLE'
  /** Bytes are not a sealed key of a catalog. */
  | 'VAULT_KEY_MALFORMED'
  /** A name that no file or folder may have. */
  | 'VAULT_BAD_NAME'
  /** There is no such snapshot, or it was forgotten. */
  | 'VAULT_UNKNOWN_SNAPSHOT'

export class CatalogError extends HamletError<CatalogErrorCode> {
  override readonly name = 'CatalogError'
}
