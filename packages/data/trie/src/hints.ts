/**
 * Hints: what a peer that has a trie tells one that does not, so that a get takes one round trip instead of one per node.
 *
 * The asker names a version and a key, or only the key's path; the answer names the blocks that a walk to it passes. Whoever
 * answers may send the blocks with it. A hint proves nothing and need not: every block is verified as a block of the log.
 *
 * Encoded (frozen since version 1; LEB128 integers):
 *
 *     request   SIZE  FIELD
 *                  1  0x10
 *                  1  0 for a key, 1 for a path
 *               1..8  version: the number of blocks of the log, at least 1
 *                  …  the key; or 16 bytes per component
 *     answer       1  0x11
 *               1..2  number of blocks, at most 1,024
 *                  …  their indexes, ascending: the first, then how much larger each is than the one before
 */

import { err, ok } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import { TRIE_HINT_BLOCKS_MAX, TRIE_KEY_COMPONENTS_MAX } from './limits.ts'
import { COMPONENT_HASH_BYTES } from './path.ts'
import { isKey } from './trie-key.ts'
import { ByteReader, ByteWriter } from './varint.ts'
import type { TrieMessageError } from './errors.ts'

export type TrieHintRequest =
  | { readonly by: 'key'; readonly version: number; readonly key: Uint8Array }
  /** Does not tell the key: 16 bytes per component. */
  | { readonly by: 'path'; readonly version: number; readonly hashes: Uint8Array }

export interface TrieHint {
  /** Ascending, without repetition. */
  readonly indexes: readonly number[]
}

const REQUEST = 0x10
const ANSWER = 0x11

export function encodeTrieHintRequest(request: TrieHintRequest): Uint8Array {
  const writer = new ByteWriter()
  writer.byte(REQUEST)
  writer.byte(request.by === 'key' ? 0 : 1)
  writer.varint(request.version)
  writer.append(request.by === 'key' ? request.key : request.hashes)
  return writer.take()
}

export function decodeTrieHintRequest(
  bytes: Uint8Array,
): Result<TrieHintRequest, TrieMessageError> {
  const reader = new ByteReader(bytes)
  if (reader.byte() !== REQUEST) return malformed('not a request')
  const by = reader.byte()
  const version = reader.varint()
  const rest = reader.rest().slice()
  if (reader.failed || version === 0) return malformed('version')
  if (by === 0) return isKey(rest) ? ok({ by: 'key', version, key: rest }) : malformed('key')
  if (by !== 1 || !arePathHashes(rest)) return malformed('path')
  return ok({ by: 'path', version, hashes: rest })
}

export function encodeTrieHint({ indexes }: TrieHint): Uint8Array {
  const writer = new ByteWriter()
  writer.byte(ANSWER)
  writer.varint(indexes.length)
  let last = 0
  for (const index of indexes) {
    writer.varint(index - last)
    last = index
  }
  return writer.take()
}

export function decodeTrieHint(bytes: Uint8Array): Result<TrieHint, TrieMessageError> {
  const reader = new ByteReader(bytes)
  if (reader.byte() !== ANSWER) return malformed('not an answer')
  const count = reader.varint(TRIE_HINT_BLOCKS_MAX)
  const indexes: number[] = []
  for (let i = 0; i < count && !reader.failed; i++) {
    const more = reader.varint()
    const index = (indexes.at(-1) ?? 0) + more
    if ((i > 0 && more === 0) || !Number.isSafeInteger(index)) reader.fail()
    indexes.push(index)
  }
  return reader.isComplete ? ok({ indexes }) : malformed('indexes')
}

function arePathHashes(bytes: Uint8Array): boolean {
  const components = bytes.length / COMPONENT_HASH_BYTES
  return Number.isInteger(components) && components >= 1 && components <= TRIE_KEY_COMPONENTS_MAX
}

function malformed(what: string): { readonly ok: false; readonly error: TrieMessageError } {
  return err({ code: 'TRIE_MALFORMED', message: `not a hint of a trie: ${what}` })
}
