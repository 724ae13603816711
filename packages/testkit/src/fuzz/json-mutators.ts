/** Changes to JSON: another type, a field too many or too few, names that objects inherit, numbers past their limits. */

import { utf8 } from '@hamlet/core'
import type { SeededRandom } from '../simulator/seeded-random.ts'
import type { MutationContext, Mutator } from './byte-mutators.ts'
import { changeText } from './text-mutators.ts'

type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

const NAMES = ['__proto__', 'constructor', 'toString', 'length', '', 'id', 'code', '\u0000']
const SCALARS: readonly Json[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  -(2 ** 63),
  '',
  'a',
  '\u0000',
  '\ud800',
  '<b>',
  [],
  {},
]
const NESTING = [1, 5, 100, 1000]

/** One change at one place of the document; what is no JSON is changed as text. */
export const changeJson: Mutator = (input, context) => {
  const { random } = context
  const document = parse(input)
  if (document === undefined || random.chance(0.15)) return changeText(input, context)
  return utf8(JSON.stringify(change(document, context)))
}

function parse(input: Uint8Array): Json | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(input)) as Json
  } catch {
    return undefined
  }
}

function change(value: Json, context: MutationContext): Json {
  const { random, other } = context
  if (typeof value === 'object' && value !== null && random.chance(0.8)) {
    return Array.isArray(value) ? changeArray(value, context) : changeObject(value, context)
  }
  if (random.chance(0.2)) return nested(value, random)
  if (random.chance(0.2)) return parse(other) ?? null
  if (typeof value === 'string' && random.chance(0.6)) {
    return new TextDecoder().decode(changeText(utf8(value), context))
  }
  return random.pick(SCALARS)
}

function changeArray(items: Json[], context: MutationContext): Json {
  const { random } = context
  const at = random.int(0, items.length)
  if (at === items.length) return [...items, random.pick(SCALARS)]
  if (random.chance(0.2)) return items.toSpliced(at, 1)
  if (random.chance(0.2)) return items.toSpliced(at, 0, ...items)
  return items.with(at, change(items[at]!, context))
}

function changeObject(fields: { [name: string]: Json }, context: MutationContext): Json {
  const { random } = context
  const entries = Object.entries(fields)
  const at = random.int(0, entries.length)
  const [name, value] = entries[at] ?? [random.pick(NAMES), random.pick(SCALARS)]
  if (random.chance(0.15)) return Object.fromEntries(entries.toSpliced(at, 1))
  if (random.chance(0.15)) return Object.fromEntries([...entries, [random.pick(NAMES), value]])
  const changed: [string, Json] = [name, change(value, context)]
  return Object.fromEntries(
    at === entries.length ? [...entries, changed] : entries.with(at, changed),
  )
}

function nested(value: Json, random: SeededRandom): Json {
  let inner = value
  const isArray = random.chance(0.5)
  for (let depth = random.pick(NESTING); depth > 0; depth--)
    inner = isArray ? [inner] : { a: inner }
  return inner
}
