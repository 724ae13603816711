/**
 * Messages of the quorum baseline, in CBOR. Members are numbers (their place in the sorted list), lengths are sparse.
 *
 * They are neither signed nor encrypted, so their bytes are a lower bound for such a system.
 */

import { assert, decodeCbor, encodeCbor } from '@hamlet/core'
import type { CborValue } from '@hamlet/core'

/** Entries of each author's log, by the author's number. */
export type Lengths = ReadonlyMap<number, number>

/** That `holder` has made durable so much of `author`'s log. */
export interface Holding {
  readonly holder: number
  readonly author: number
  readonly length: number
}

export type QuorumMessage =
  /** What the sender has made durable, what it knows a majority to hold, and what it knows of others beyond that. */
  | {
      readonly kind: 'state'
      readonly own: Lengths
      readonly stable: Lengths
      readonly others: readonly Holding[]
    }
  | {
      readonly kind: 'entries'
      readonly author: number
      readonly from: number
      readonly payloads: readonly Uint8Array[]
    }
  | { readonly kind: 'want'; readonly author: number; readonly from: number }
  | { readonly kind: 'ask'; readonly read: number }
  | { readonly kind: 'answer'; readonly read: number; readonly own: Lengths }

const KINDS = ['state', 'entries', 'want', 'ask', 'answer'] as const

export function encodeQuorumMessage(message: QuorumMessage): Uint8Array {
  return encodeCbor([KINDS.indexOf(message.kind), ...fieldsOf(message)])
}

function fieldsOf(message: QuorumMessage): CborValue[] {
  switch (message.kind) {
    case 'state': {
      const others = message.others.flatMap(({ holder, author, length }) => [
        holder,
        author,
        length,
      ])
      return [flat(message.own), flat(message.stable), others]
    }
    case 'entries':
      return [message.author, message.from, [...message.payloads]]
    case 'want':
      return [message.author, message.from]
    case 'ask':
      return [message.read]
    case 'answer':
      return [message.read, flat(message.own)]
  }
}

/** Replicas of the baseline trust each other; bytes that are no message are a defect of the laboratory. */
export function decodeQuorumMessage(bytes: Uint8Array): QuorumMessage {
  const decoded = decodeCbor(bytes)
  assert(decoded.ok && Array.isArray(decoded.value), 'a message of the baseline')
  const [kind, first, second, third] = decoded.value as readonly CborValue[]
  const name = KINDS[kind as number]
  assert(name !== undefined, 'a message of the baseline')
  switch (name) {
    case 'state':
      return { kind: 'state', own: map(first), stable: map(second), others: holdings(third) }
    case 'entries':
      return {
        kind: 'entries',
        author: first as number,
        from: second as number,
        payloads: third as readonly Uint8Array[],
      }
    case 'want':
      return { kind: 'want', author: first as number, from: second as number }
    case 'ask':
      return { kind: 'ask', read: first as number }
    case 'answer':
      return { kind: 'answer', read: first as number, own: map(second) }
  }
}

function flat(lengths: Lengths): number[] {
  return [...lengths].flat()
}

function map(value: CborValue | undefined): Lengths {
  const numbers = value as readonly number[]
  const lengths = new Map<number, number>()
  for (let i = 0; i < numbers.length; i += 2) lengths.set(numbers[i]!, numbers[i + 1]!)
  return lengths
}

function holdings(value: CborValue | undefined): Holding[] {
  const numbers = value as readonly number[]
  const list: Holding[] = []
  for (let i = 0; i < numbers.length; i += 3) {
    list.push({ holder: numbers[i]!, author: numbers[i + 1]!, length: numbers[i + 2]! })
  }
  return list
}
