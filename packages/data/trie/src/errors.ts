/** The errors of tries: `TrieError` is thrown, `TrieMessageError` is returned for what a peer sent. */

import { HamletError } from '@hamlet/core'

/** Every code is explained in `docs/errors.md`. */
export type TrieErrorCode =
  | 'TRIE_KEY_INVALID'
  | 'TRIE_VALUE_TOO_LARGE'
  | 'TRIE_BATCH_TOO_LARGE'
  | 'TRIE_COLLISIONS'
  | 'TRIE_CHANGED'
  | 'TRIE_READ_ONLY'
  | 'TRIE_NOT_ALONE'
  | 'TRIE_OTHER'
  | 'TRIE_DAMAGED'
  | 'TRIE_NOT_HERE'
  | 'TRIE_VERSION'
  | 'TRIE_CHECKPOINT'
  | 'TRIE_CLOSED'
  | 'TRIE_MALFORMED'
  | 'TRIE_PROOF_WRONG'

export class TrieError extends HamletError<TrieErrorCode> {
  override readonly name = 'TrieError'
}

/** Why a message or a proof of a peer was refused: the sender's fault. */
export interface TrieMessageError {
  readonly code: 'TRIE_MALFORMED' | 'TRIE_PROOF_WRONG'
  readonly message: string
}
