/**
 * The first block of a trie: the key of its path hash, and what its founder says of it.
 *
 *     OFFSET  SIZE  FIELD
 *          0     1  0x00: not a node
 *          1    11  "hamlet/trie"
 *         12     1  format version, 1
 *         13    32  hash key
 *         45     …  metadata, at most 4,096 bytes
 */

import { concatBytes, equalBytes, utf8 } from '@hamlet/core'
import { TRIE_METADATA_BYTES_MAX } from './limits.ts'
import { HASH_KEY_BYTES } from './path.ts'

export interface TrieHeader {
  /** 32 bytes. */
  readonly hashKey: Uint8Array
  readonly metadata: Uint8Array
}

const BEGINNING = concatBytes(Uint8Array.of(0), utf8('hamlet/trie'), Uint8Array.of(1))
const METADATA_AT = BEGINNING.length + HASH_KEY_BYTES

export function encodeTrieHeader(header: TrieHeader): Uint8Array {
  return concatBytes(BEGINNING, header.hashKey, header.metadata)
}

/** The header, copied, or `undefined` when the block is none of this version. */
export function decodeTrieHeader(block: Uint8Array): TrieHeader | undefined {
  const metadataBytes = block.length - METADATA_AT
  if (metadataBytes < 0 || metadataBytes > TRIE_METADATA_BYTES_MAX) return undefined
  if (!equalBytes(block.subarray(0, BEGINNING.length), BEGINNING)) return undefined
  return {
    hashKey: block.slice(BEGINNING.length, METADATA_AT),
    metadata: block.slice(METADATA_AT),
  }
}
