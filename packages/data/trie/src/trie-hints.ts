/**
 * Hints between peers who share a trie's log: what makes a get from far away take one round trip.
 *
 * The idea: who has the trie walks to the key without waiting (`hintFor`), names the blocks of that walk, and sends those that
 * the asker lacks along with the answer (`SharedHandle.onAsk`, docs/formats/sparse-log.md). The asker verifies them as blocks
 * of the log; a hint that is wrong or missing makes the get slower, and what it returns stays right.
 */

import {
  decodeTrieHint,
  decodeTrieHintRequest,
  encodeTrieHint,
  encodeTrieHintRequest,
} from './hints.ts'
import { Trie } from './trie.ts'
import { trieLogOf } from './trie-log.ts'
import type { SharedHandle, SparseLog } from '@hamlet/log'
import type { AskHint, TrieCoreOptions } from './trie-core.ts'
import type { TrieHintRequest } from './hints.ts'
import type { TrieView } from './trie-view.ts'

/** Under which hints are asked for and answered. */
export const TRIE_HINT_NAME = 'hamlet/trie/1'

/** Answers what peers ask about the trie, from now on. `shared`: its log in the exchange. */
export function answerTrieHints(shared: SharedHandle, trie: TrieView): void {
  shared.onAsk(TRIE_HINT_NAME, (bytes) => {
    const request = decodeTrieHintRequest(bytes)
    const indexes = request.ok ? visitedFor(trie, request.value) : []
    return indexes.length === 0
      ? undefined
      : { bytes: encodeTrieHint({ indexes }), blocks: indexes }
  })
}

/** Asks the peers of the exchange. When it resolves the blocks that came with the answer are here. */
export function askTrieHints(shared: SharedHandle): AskHint {
  return async (request, options) => {
    const bytes = await shared.ask(TRIE_HINT_NAME, encodeTrieHintRequest(request), options)
    const hint = bytes && decodeTrieHint(bytes)
    return hint?.ok === true ? hint.value.indexes : []
  }
}

/** A trie that is elsewhere: over the sparse copy of its log, which `shared` brings here block by block. */
export function openRemoteTrie(
  log: SparseLog,
  shared: SharedHandle,
  options: Pick<TrieCoreOptions, 'crypto' | 'cacheNodes'>,
): Promise<Trie> {
  return Trie.open({ ...options, log: trieLogOf(log), askHint: askTrieHints(shared) })
}

/** Who has only a part of the trie, or one that is damaged, cannot tell. */
function visitedFor(trie: TrieView, request: TrieHintRequest): readonly number[] {
  try {
    return trie.hintFor(request)
  } catch {
    return []
  }
}
