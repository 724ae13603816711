/**
 * Proofs: what a key has, or that it is not there, shown to somebody who has nothing but the name of the log.
 *
 * A proof holds the author's signed head, the blocks that a walk to the key passes from the newest on, and the hashes that
 * place those blocks in the head's tree. Checking is the walk itself, over these blocks: it ends at the key or at a node
 * beside which the key would have to be, and a block it needs and does not have makes the proof wrong. So presence and
 * absence are one thing, and there is nothing in a proof that states an answer.
 *
 * The author could write nodes that hide a key. Levels that contradict the node's own key are found here; leaving out a way is
 * a statement the author has signed, as is everything else in the log.
 *
 * Encoded (frozen since version 1; LEB128 integers):
 *
 *     SIZE  FIELD
 *        1  format version, 1
 *     1..8  fork: how often the author had truncated the log
 *      104  head, as in logs: length, root, signature
 *     1..2  number of blocks, at most 1,024
 *        …  per block, ascending: how much larger its index is than the last one's (the first: its index),
 *           bytes of the block, the block
 *     1..3  number of hashes, at most 65,536
 *       32  each
 */

import { equalBytes, err, ok } from '@hamlet/core'
import type { Crypto, LogId, Result } from '@hamlet/core'
import {
  BLOCK_BYTES_MAX,
  HEAD_BYTES,
  HASH_BYTES,
  TreeHasher,
  decodeHead,
  encodeHead,
  verifyHead,
} from '@hamlet/log'
import type { LogHead, PayloadReader } from '@hamlet/log'
import { TrieError } from './errors.ts'
import type { TrieMessageError } from './errors.ts'
import { decodeTrieHeader } from './header.ts'
import { LevelReader } from './level-reader.ts'
import { TRIE_PROOF_BLOCKS_MAX, TRIE_PROOF_BYTES_MAX, TRIE_PROOF_HASHES_MAX } from './limits.ts'
import { Lookup } from './lookup.ts'
import { multiProofOf, multiProofRoot } from './multi-proof.ts'
import type { TreeHashes } from './multi-proof.ts'
import { parseNode } from './node.ts'
import type { TrieNode } from './node.ts'
import type { NodeSource } from './node-store.ts'
import { PathHasher } from './path.ts'
import { TrieEntry } from './trie-entry.ts'
import { keyBytes } from './trie-key.ts'
import type { TrieKey } from './trie-key.ts'
import type { TrieView } from './trie-view.ts'
import { ByteReader, ByteWriter } from './varint.ts'

const VERSION = 1

/** A log that holds what is to be proven: `Log` is one. */
export interface ProvableLog extends TreeHashes {
  readonly head: LogHead | undefined
  readonly fork: number
  get(index: number): Uint8Array
}

export interface TrieProof {
  /** How often the author had truncated the log when signing the head. */
  readonly fork: number
  readonly head: LogHead
  /** Blocks by index. */
  readonly blocks: ReadonlyMap<number, Uint8Array>
  readonly hashes: readonly Uint8Array[]
}

/** Whose trie it is: nothing else has to be known, or trusted. */
export interface TrieIdentity {
  readonly logId: LogId
  /** The author's, 32 bytes. */
  readonly publicKey: Uint8Array
  /** What a block has in it: of a trie in a feed `feedPayloads`. @default the block itself */
  readonly payloadOf?: PayloadReader
}

export interface ProvenValue {
  /** The head that the answer is true for: one that is longer, or of a later fork, may say otherwise. */
  readonly head: LogHead
  readonly fork: number
  /** `undefined`: the key is not there. */
  readonly entry: TrieEntry | undefined
}

/**
 * The proof for `key` under the log's newest head. Of a trie in a feed, `log` is the log under the feed: a proof has the blocks as
 * they were signed, and who is to check one of an encrypted feed needs its secret.
 * @throws TrieError `TRIE_NOT_HERE`, `TRIE_VERSION` while the trie is empty
 */
export function proveKey(trie: TrieView, log: ProvableLog, key: TrieKey): TrieProof {
  const { head, fork } = log
  if (!head) throw new TrieError('TRIE_VERSION', 'nothing has been signed yet')
  const indexes = trie.checkout(head.length).visitedBy(key)
  const hashes = multiProofOf(log, head.length, indexes)
  return { fork, head, blocks: new Map(indexes.map((index) => [index, log.get(index)])), hashes }
}

/** What `key` has under the proof's head. Never throws because of what the proof holds. @throws TrieError `TRIE_KEY_INVALID` */
export function verifyTrieProof(
  crypto: Crypto,
  { logId, publicKey, payloadOf = asItIs }: TrieIdentity,
  key: TrieKey,
  { fork, head, blocks, hashes }: TrieProof,
): Result<ProvenValue, TrieMessageError> {
  const bytes = keyBytes(key)
  if (!verifyHead(crypto, logId, publicKey, head, fork))
    return wrong('the head is not the author’s')
  for (const index of blocks.keys())
    if (index >= head.length) return wrong('a block beyond the head')
  const root = multiProofRoot(new TreeHasher(crypto), head.length, blocks, hashes)
  if (!root || !equalBytes(root, head.root)) return wrong('the blocks are not in the log')
  const payloads = new Map<number, Uint8Array>()
  for (const [index, block] of blocks) {
    const payload = payloadOf(index, block)
    if (!payload) return wrong('a block that does not open')
    payloads.set(index, payload)
  }
  const header = decodeTrieHeader(payloads.get(0) ?? new Uint8Array(0))
  if (!header) return wrong('no header of a trie')
  const nodes = new ProvenNodes(payloads, new PathHasher(crypto, header.hashKey))
  if (head.length === 1) return ok({ fork, head, entry: undefined })
  const walked = walkProven(nodes, head.length - 1, bytes)
  return walked.ok ? ok({ fork, head, entry: walked.value.entry }) : walked
}

export function encodeTrieProof({ fork, head, blocks, hashes }: TrieProof): Uint8Array {
  const writer = new ByteWriter()
  writer.byte(VERSION)
  writer.varint(fork)
  writer.append(encodeHead(head))
  writer.varint(blocks.size)
  let last = 0
  for (const index of [...blocks.keys()].sort((a, b) => a - b)) {
    const block = blocks.get(index)!
    writer.varint(index - last)
    writer.varint(block.length)
    writer.append(block)
    last = index
  }
  writer.varint(hashes.length)
  for (const hash of hashes) writer.append(hash)
  return writer.take()
}

/** Blocks and hashes share the memory of `bytes`. */
export function decodeTrieProof(bytes: Uint8Array): Result<TrieProof, TrieMessageError> {
  if (bytes.length > TRIE_PROOF_BYTES_MAX) return malformed('size')
  const reader = new ByteReader(bytes)
  if (reader.byte() !== VERSION) return malformed('version')
  const fork = reader.varint()
  const head = decodeHead(reader.take(HEAD_BYTES))
  if (!head) return malformed('head')
  const blocks = new Map<number, Uint8Array>()
  const count = reader.varint(TRIE_PROOF_BLOCKS_MAX)
  let index = 0
  for (let i = 0; i < count && !reader.failed; i++) {
    const more = reader.varint(head.length)
    index += more
    if ((i > 0 && more === 0) || index >= head.length) return malformed('indexes')
    blocks.set(index, reader.take(reader.varint(BLOCK_BYTES_MAX)))
  }
  const hashCount = reader.varint(TRIE_PROOF_HASHES_MAX)
  if (reader.failed || hashCount * HASH_BYTES !== bytes.length - reader.at) {
    return malformed('blocks and hashes')
  }
  const hashes = Array.from({ length: hashCount }, () => reader.take(HASH_BYTES))
  return ok({ fork, head, blocks, hashes })
}

/** The nodes of a proof; what is not there, or contradicts itself, is missing. */
class ProvenNodes implements NodeSource {
  readonly hasher: PathHasher
  readonly #blocks: ReadonlyMap<number, Uint8Array>
  readonly #levels = new LevelReader()

  constructor(blocks: ReadonlyMap<number, Uint8Array>, hasher: PathHasher) {
    this.#blocks = blocks
    this.hasher = hasher
  }

  peek(index: number): TrieNode | undefined {
    const block = this.#blocks.get(index)
    const node = block && parseNode(index, block)
    return node && this.#isTrue(node) ? node : undefined
  }

  /** Each level says of the node what the node's key says. */
  #isTrue(node: TrieNode): boolean {
    node.path = this.hasher.pathOf(node.key)
    const levels = this.#levels.open(node)
    while (levels.next()) {
      if (node.path.symbolAt(levels.position) !== levels.own) return false
    }
    return true
  }
}

function walkProven(
  nodes: ProvenNodes,
  root: number,
  key: Uint8Array,
): Result<Pick<ProvenValue, 'entry'>, TrieMessageError> {
  const lookup = new Lookup()
  const path = nodes.hasher.pathOf(key)
  try {
    if (!lookup.find(nodes, root, path, key)) return wrong('a node on the way is not there')
  } catch (error) {
    if (error instanceof TrieError) return wrong(error.message)
    throw error
  }
  const { visited, hops, count } = lookup.walker
  for (let i = 1; i < count; i++) {
    const [from, to, hop] = [visited[i - 1]!.path!, visited[i]!.path!, hops[i - 1]!]
    const isOnWay = from.differsFrom(to) === hop && to.symbolAt(hop) === path.symbolAt(hop)
    if (!isOnWay) return wrong('a node leads to one that is not on its way')
  }
  const { found } = lookup
  return ok({ entry: found?.hasValue ? new TrieEntry(found) : undefined })
}

function asItIs(_index: number, block: Uint8Array): Uint8Array {
  return block
}

function malformed(what: string): { readonly ok: false; readonly error: TrieMessageError } {
  return err({ code: 'TRIE_MALFORMED', message: `not a proof of a trie: ${what}` })
}

function wrong(message: string): { readonly ok: false; readonly error: TrieMessageError } {
  return err({ code: 'TRIE_PROOF_WRONG', message })
}
