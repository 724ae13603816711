/**
 * Where a diff has got to, as bytes to keep: whoever passes them in later gets the rest of the same diff.
 *
 *     SIZE  FIELD (LEB128 integers)
 *        1  format version, 1
 *        1  0: some have been given, 1: all of them
 *     1..8  version before
 *     1..8  version after
 *     1..2  bytes of the prefix
 *        …  prefix
 *        …  key of the difference given last; nothing when none was given
 */

import { TrieError } from './errors.ts'
import { TRIE_KEY_BYTES_MAX } from './limits.ts'
import { isKey } from './trie-key.ts'
import { ByteReader, ByteWriter } from './varint.ts'

export interface DiffCheckpoint {
  readonly isDone: boolean
  readonly before: number
  readonly after: number
  /** No bytes: everything. */
  readonly prefix: Uint8Array
  readonly key: Uint8Array | undefined
}

const VERSION = 1

export function encodeCheckpoint(checkpoint: DiffCheckpoint): Uint8Array {
  const writer = new ByteWriter()
  writer.byte(VERSION)
  writer.byte(checkpoint.isDone ? 1 : 0)
  writer.varint(checkpoint.before)
  writer.varint(checkpoint.after)
  writer.varint(checkpoint.prefix.length)
  writer.append(checkpoint.prefix)
  if (checkpoint.key) writer.append(checkpoint.key)
  return writer.take()
}

/** @throws TrieError `TRIE_CHECKPOINT` */
export function decodeCheckpoint(bytes: Uint8Array): DiffCheckpoint {
  const reader = new ByteReader(bytes)
  const version = reader.byte()
  const done = reader.byte()
  const before = reader.varint()
  const after = reader.varint()
  const prefix = reader.take(reader.varint(TRIE_KEY_BYTES_MAX)).slice()
  const rest = reader.rest().slice()
  const areKeys = (prefix.length === 0 || isKey(prefix)) && (rest.length === 0 || isKey(rest))
  if (!reader.isComplete || version !== VERSION || done > 1 || !areKeys) {
    throw new TrieError('TRIE_CHECKPOINT', 'these bytes are not the checkpoint of a diff')
  }
  const key = rest.length === 0 ? undefined : rest
  return { isDone: done === 1, before, after, prefix, key }
}
