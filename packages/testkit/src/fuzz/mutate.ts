/** From inputs that are known to the next one: a parent of the corpus and a few changes. */

import type { SeededRandom } from '../simulator/seeded-random.ts'
import { byteMutators } from './byte-mutators.ts'
import type { Mutator } from './byte-mutators.ts'
import { changeCborNode } from './cbor-mutators.ts'
import { INPUT_BYTES_MAX } from './fuzz-target.ts'
import type { FuzzForm, FuzzTarget } from './fuzz-target.ts'
import { changeJson } from './json-mutators.ts'
import { changeText } from './text-mutators.ts'

/** How often a change is one of the form's own rather than one of bytes. */
const OWN_SHARE: Readonly<Record<FuzzForm, number>> = {
  bytes: 0,
  cbor: 0.75,
  text: 0.85,
  json: 0.85,
}
const OWN: Readonly<Record<FuzzForm, Mutator | undefined>> = {
  bytes: undefined,
  cbor: changeCborNode,
  text: changeText,
  json: changeJson,
}
const CHANGES_MAX = 6
/** The share of parents taken from the newest inputs of the corpus. */
const NEWEST_SHARE = 0.5
const NEWEST_COUNT = 16

export function nextInput(
  target: Pick<FuzzTarget, 'form' | 'words' | 'bytesMax'>,
  corpus: readonly Uint8Array[],
  random: SeededRandom,
): Uint8Array {
  let input = pickParent(corpus, random)
  const own = OWN[target.form]
  const share = OWN_SHARE[target.form]
  const context = { random, other: random.pick(corpus), words: target.words ?? [] }
  let changes = 1
  while (changes < CHANGES_MAX && random.chance(0.4)) changes++
  for (let i = 0; i < changes; i++) {
    const mutator = own !== undefined && random.chance(share) ? own : random.pick(byteMutators)
    input = mutator(input, context)
  }
  const bytesMax = target.bytesMax ?? INPUT_BYTES_MAX
  return input.length > bytesMax ? input.slice(0, bytesMax) : input
}

function pickParent(corpus: readonly Uint8Array[], random: SeededRandom): Uint8Array {
  const newest = Math.max(0, corpus.length - NEWEST_COUNT)
  const from = random.chance(NEWEST_SHARE) ? newest : 0
  return corpus[random.int(from, corpus.length - 1)]!
}
