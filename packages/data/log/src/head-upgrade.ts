/**
 * How a sparse copy comes to trust a head: the signature, the peaks of its tree, and the hashes that lead from the
 * peaks it trusted before to these. All of them are verified nodes afterwards, so that everything that was proven under the older
 * head is proven under the newer.
 *
 * Encoded, with varints, frozen since version 1:
 *
 *     length trusted before (0: none)
 *     head                                104 bytes
 *     a hash for each peak, largest first
 *     a hash for each node of the climb from the old peaks to the new ones, in the order of `planClimb`
 *
 * How many hashes there are follows from the two lengths.
 */

import { equalBytes, err, ok } from '@hamlet/core'
import type { Result } from '@hamlet/core'
import type { ByteReader, ByteWriter } from './byte-codec.ts'
import { HEAD_BYTES, readHead, writeHead } from './head.ts'
import { SPARSE_LENGTH_MAX, climb, numberOfPlace, peakPlaces, planClimb } from './node-climb.ts'
import { Frontier, HASH_BYTES } from './tree.ts'
import type { LogHead } from './head.ts'
import type { ClimbError, TreeNode } from './node-climb.ts'
import type { TreeHasher } from './tree.ts'

export interface HeadUpgrade {
  /** Length of the head it leads from, 0 for none. */
  readonly from: number
  readonly head: LogHead
  readonly peaks: readonly Uint8Array[]
  readonly nodes: readonly Uint8Array[]
}

/** `undefined` when a hash is not here. */
export function makeHeadUpgrade(
  from: number,
  head: LogHead,
  node: (number: number) => Uint8Array | undefined,
): HeadUpgrade | undefined {
  const peaks: Uint8Array[] = []
  for (const place of peakPlaces(head.length)) {
    const hash = node(numberOfPlace(place))
    if (!hash) return undefined
    peaks.push(hash)
  }
  const nodes: Uint8Array[] = []
  for (const number of neededBetween(from, head.length)) {
    const hash = node(number)
    if (!hash) return undefined
    nodes.push(hash)
  }
  return { from, head, peaks, nodes }
}

/**
 * The nodes that are verified by it, the peaks included. `known` has the peaks of `upgrade.from`, which is the length
 * trusted so far; the signature is judged by the caller.
 */
export function verifyHeadUpgrade(
  hasher: TreeHasher,
  upgrade: HeadUpgrade,
  known: (number: number) => Uint8Array | undefined,
): Result<readonly TreeNode[], ClimbError> {
  const { from, head, peaks } = upgrade
  if (!equalBytes(new Frontier(hasher, head.length, peaks).root(), head.root))
    return err('conflict')
  const peakNumbers = peakPlaces(head.length).map(numberOfPlace)
  const peakNodes = peakNumbers.map((number, i) => ({ number, hash: peaks[i]! }))
  const newPeaks = new Map(peakNodes.map(({ number, hash }) => [number, hash]))
  const starts: TreeNode[] = []
  for (const number of peakPlaces(from).map(numberOfPlace)) {
    const hash = known(number)
    if (!hash) return err('missing')
    starts.push({ number, hash })
  }
  for (const [i, number] of neededBetween(from, head.length).entries()) {
    starts.push({ number, hash: upgrade.nodes[i]! })
  }
  const climbed = climb(hasher, starts, (number) => newPeaks.get(number))
  return climbed.ok ? ok([...peakNodes, ...climbed.value]) : climbed
}

export function writeHeadUpgrade(writer: ByteWriter, upgrade: HeadUpgrade): void {
  const head = new Uint8Array(HEAD_BYTES)
  writeHead(head, 0, upgrade.head)
  writer.varint(upgrade.from)
  writer.raw(head)
  for (const hash of upgrade.peaks) writer.raw(hash)
  for (const hash of upgrade.nodes) writer.raw(hash)
}

export function readHeadUpgrade(reader: ByteReader): HeadUpgrade | undefined {
  const from = reader.varint(SPARSE_LENGTH_MAX)
  const headBytes = reader.raw(HEAD_BYTES)
  const head = reader.hasFailed ? undefined : readHead(headBytes, 0)
  if (!head || head.length > SPARSE_LENGTH_MAX || from > head.length) {
    reader.fail()
    return undefined
  }
  const hashes = (count: number) =>
    Array.from({ length: count }, () => reader.raw(HASH_BYTES).slice())
  const peaks = hashes(peakPlaces(head.length).length)
  const nodes = hashes(neededBetween(from, head.length).length)
  return reader.hasFailed ? undefined : { from, head, peaks, nodes }
}

/** Numbers of the nodes that an upgrade gives beside the peaks. */
export function neededBetween(from: number, to: number): readonly number[] {
  if (from === 0) return []
  const peaks = new Set(peakPlaces(to).map(numberOfPlace))
  return planClimb(peakPlaces(from), (number) => peaks.has(number)).needed
}
