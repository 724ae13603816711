/**
 * Changes that know nothing about the input: bits, bytes, integers at their limits, pieces moved, joined and cut.
 *
 * Each gives new bytes and leaves its input alone.
 */

import { concatBytes } from '@hamlet/core'
import type { SeededRandom } from '../simulator/seeded-random.ts'

export interface MutationContext {
  readonly random: SeededRandom
  /** Another input of the corpus. */
  readonly other: Uint8Array
  readonly words: readonly Uint8Array[]
}

export type Mutator = (input: Uint8Array, context: MutationContext) => Uint8Array

const INTERESTING_BYTES = [0, 1, 7, 8, 15, 16, 23, 24, 31, 32, 63, 64, 127, 128, 254, 255]
/** Limits that lengths, counts and times have in these formats, and their neighbours. */
const INTERESTING_INTEGERS = [
  0,
  1,
  2,
  31,
  32,
  33,
  64,
  127,
  128,
  255,
  256,
  512,
  1023,
  1024,
  4095,
  4096,
  4097,
  16_384,
  32_767,
  32_768,
  65_535,
  65_536,
  65_537,
  1_048_575,
  1_048_576,
  1_048_577,
  0x7fffffff,
  0x80000000,
  0xffffffff,
  0x100000000,
  2 ** 48 - 1,
  2 ** 48,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  2 ** 64 - 2048,
]
const PIECE_BYTES_MAX = 64
const REPEATS_MAX = 40

function flipBit(input: Uint8Array, { random }: MutationContext): Uint8Array {
  return changed(input, random, (byte) => byte ^ (1 << random.int(0, 7)))
}

function setByte(input: Uint8Array, { random }: MutationContext): Uint8Array {
  const value = random.chance(0.5) ? random.pick(INTERESTING_BYTES) : random.int(0, 255)
  return changed(input, random, () => value)
}

function addToByte(input: Uint8Array, { random }: MutationContext): Uint8Array {
  return changed(input, random, (byte) => byte + random.int(1, 4) * (random.chance(0.5) ? 1 : -1))
}

function setInteger(input: Uint8Array, { random }: MutationContext): Uint8Array {
  const width = random.pick([2, 4, 8])
  if (input.length < width) return setByte(input, { random, other: input, words: [] })
  const output = input.slice()
  const at = random.int(0, input.length - width)
  let value = BigInt(random.pick(INTERESTING_INTEGERS))
  for (let i = 0; i < width; i++) {
    const place = random.chance(0.9) ? width - 1 - i : i
    output[at + place] = Number(value & 0xffn)
    value >>= 8n
  }
  return output
}

function insertBytes(input: Uint8Array, { random }: MutationContext): Uint8Array {
  const at = random.int(0, input.length)
  return splice(input, at, at, random.bytes(random.int(1, 8)))
}

function insertWord(input: Uint8Array, context: MutationContext): Uint8Array {
  const { random, words } = context
  if (words.length === 0) return insertBytes(input, context)
  const at = random.int(0, input.length)
  const word = random.pick(words)
  return splice(input, at, random.chance(0.5) ? at : Math.min(at + word.length, input.length), word)
}

function removePiece(input: Uint8Array, { random }: MutationContext): Uint8Array {
  const [from, to] = piece(input, random)
  return splice(input, from, to, new Uint8Array(0))
}

function repeatPiece(input: Uint8Array, { random }: MutationContext): Uint8Array {
  const [from, to] = piece(input, random)
  const times = random.chance(0.8) ? 1 : random.int(2, REPEATS_MAX)
  const copies = Array.from({ length: times }, () => input.subarray(from, to))
  return splice(input, to, to, concatBytes(...copies))
}

function movePiece(input: Uint8Array, { random }: MutationContext): Uint8Array {
  const [from, to] = piece(input, random)
  const rest = splice(input, from, to, new Uint8Array(0))
  const at = random.int(0, rest.length)
  return splice(rest, at, at, input.subarray(from, to))
}

function fillPiece(input: Uint8Array, { random }: MutationContext): Uint8Array {
  const [from, to] = piece(input, random)
  return input.slice().fill(random.pick([0, 0xff, 0x80, 0x20]), from, to)
}

function truncate(input: Uint8Array, { random }: MutationContext): Uint8Array {
  return input.slice(0, random.int(0, input.length))
}

function addTail(input: Uint8Array, { random }: MutationContext): Uint8Array {
  return concatBytes(input, random.bytes(random.int(1, 4)))
}

/** The beginning of one and the end of another. */
function crossOver(input: Uint8Array, { random, other }: MutationContext): Uint8Array {
  const head = input.subarray(0, random.int(0, input.length))
  const at = random.chance(0.5) ? Math.min(head.length, other.length) : random.int(0, other.length)
  return concatBytes(head, other.subarray(at))
}

function copyPieceOfOther(input: Uint8Array, { random, other }: MutationContext): Uint8Array {
  const [from, to] = piece(other, random)
  const at = random.int(0, input.length)
  const end = random.chance(0.5) ? at : Math.min(input.length, at + to - from)
  return splice(input, at, end, other.subarray(from, to))
}

export const byteMutators: readonly Mutator[] = [
  flipBit,
  setByte,
  addToByte,
  setInteger,
  insertBytes,
  insertWord,
  removePiece,
  repeatPiece,
  movePiece,
  fillPiece,
  truncate,
  addTail,
  crossOver,
  copyPieceOfOther,
]

function changed(
  input: Uint8Array,
  random: SeededRandom,
  change: (byte: number) => number,
): Uint8Array {
  if (input.length === 0) return random.bytes(1)
  const output = input.slice()
  const at = random.int(0, output.length - 1)
  output[at] = change(output[at]!)
  return output
}

function splice(input: Uint8Array, from: number, to: number, piece: Uint8Array): Uint8Array {
  return concatBytes(input.subarray(0, from), piece, input.subarray(to))
}

function piece(input: Uint8Array, random: SeededRandom): readonly [from: number, to: number] {
  const from = random.int(0, input.length)
  return [from, Math.min(input.length, from + random.int(1, PIECE_BYTES_MAX))]
}
