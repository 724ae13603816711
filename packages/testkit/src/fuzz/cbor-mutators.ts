/**
 * Changes that know CBOR: another type, another length, another order, a key twice, too deep, integers at their
 * limits, and spellings of the same value that a strict decoder refuses.
 *
 * A change is made to one node of the tree and everything around it stays well-formed, so that it reaches the rules of
 * the format instead of ending at the first length that does not fit.
 */

import { hexToBytes, utf8 } from '@hamlet/core'
import type { SeededRandom } from '../simulator/seeded-random.ts'
import { byteMutators } from './byte-mutators.ts'
import type { MutationContext, Mutator } from './byte-mutators.ts'
import { allNodes, INDEFINITE, readCborTree, writeCborTree } from './cbor-tree.ts'
import type { CborNode } from './cbor-tree.ts'

type NodeChange = (node: CborNode, context: MutationContext) => void

const LIMITS: readonly (number | bigint)[] = [
  0,
  1,
  2,
  7,
  16,
  23,
  24,
  32,
  33,
  64,
  65,
  255,
  256,
  1000,
  1001,
  4096,
  65_535,
  65_536,
  0xffffffff,
  0x100000000,
  2 ** 48 - 1,
  2 ** 48,
  2 ** 53 - 1,
  2n ** 53n,
  2n ** 63n,
  2n ** 64n - 1n,
]
const LENGTHS = [
  0, 1, 15, 16, 17, 31, 32, 33, 47, 48, 49, 63, 64, 65, 199, 200, 201, 255, 256, 1024,
]
const FLOATS = [0, -0, 1, 0.5, -1.5, 1e300, 5e-324, NaN, Infinity, -Infinity, 2 ** 53]
const TEXTS = ['', 'a', '__proto__', 'constructor', '\u0000', '\u202e', '\ufeff', 'é', 'é', '😀']
/** Not UTF-8: a lone continuation, an overlong slash, a surrogate, beyond U+10FFFF, cut short. */
const BAD_TEXTS = ['80', 'c0af', 'eda080', 'f4908080', 'e282'].map((hex) => hexToBytes(hex))
const NESTING = [1, 2, 30, 31, 32, 33, 60]

const changes: readonly NodeChange[] = [
  setLimit,
  resizeString,
  changeContent,
  replaceByScalar,
  replaceByOther,
  removeChild,
  repeatChild,
  swapChildren,
  addChild,
  nest,
  lieAboutLength,
  widenHead,
  makeIndefinite,
  changeMajor,
  tagIt,
  duplicateKey,
  breakText,
]

function setLimit(node: CborNode, { random }: MutationContext): void {
  if (node.major > 1)
    return replaceBy(node, { major: random.int(0, 1), argument: random.pick(LIMITS) })
  node.argument = random.pick(LIMITS)
}

function resizeString(node: CborNode, { random }: MutationContext): void {
  if (node.bytes === undefined) return
  const length = random.chance(0.7)
    ? random.pick(LENGTHS)
    : Math.max(0, node.bytes.length + random.int(-2, 2))
  const resized = new Uint8Array(length).fill(node.major === 3 ? 0x61 : 0)
  resized.set(node.bytes.subarray(0, length))
  node.bytes = resized
}

function changeContent(node: CborNode, context: MutationContext): void {
  if (node.bytes !== undefined) node.bytes = context.random.pick(byteMutators)(node.bytes, context)
}

function replaceByScalar(node: CborNode, { random }: MutationContext): void {
  replaceBy(node, scalar(random))
}

/** A node of another input, or of this one, in the place of this node. */
function replaceByOther(node: CborNode, { random, other }: MutationContext): void {
  const tree = readCborTree(other)
  if (tree !== undefined) replaceBy(node, random.pick(allNodes(tree)))
}

function removeChild(node: CborNode, { random }: MutationContext): void {
  const children = node.children ?? []
  if (children.length > 0) children.splice(random.int(0, children.length - 1), 1)
}

function repeatChild(node: CborNode, { random }: MutationContext): void {
  const children = node.children ?? []
  if (children.length === 0) return
  const at = random.int(0, children.length - 1)
  const times = random.chance(0.8) ? 1 : random.int(2, 70)
  children.splice(at, 0, ...Array.from({ length: times }, () => children[at]!))
}

function swapChildren(node: CborNode, { random }: MutationContext): void {
  const children = node.children ?? []
  if (children.length < 2) return
  const [a, b] = [random.int(0, children.length - 1), random.int(0, children.length - 1)]
  ;[children[a], children[b]] = [children[b]!, children[a]!]
}

function addChild(node: CborNode, { random }: MutationContext): void {
  const children = node.children ?? []
  children.splice(random.int(0, children.length), 0, scalar(random))
}

function nest(node: CborNode, { random }: MutationContext): void {
  const major = random.pick([4, 4, 5, 6])
  let inner: CborNode = { ...node }
  for (let depth = random.pick(NESTING); depth > 0; depth--) {
    const key = major === 5 ? [{ major: 3, argument: 1, bytes: utf8('k') }] : []
    inner = { major, argument: 42, children: [...key, inner] }
  }
  replaceBy(node, inner)
}

function lieAboutLength(node: CborNode, { random }: MutationContext): void {
  if (node.major < 2 || node.major > 5) return
  const length = node.bytes?.length ?? node.children?.length ?? 0
  node.claim = random.chance(0.5) ? Math.max(0, length + random.int(-2, 2)) : random.pick(LIMITS)
}

function widenHead(node: CborNode, { random }: MutationContext): void {
  node.width = random.pick([1, 2, 4, 8])
}

function makeIndefinite(node: CborNode): void {
  node.width = INDEFINITE
}

/** The same bytes as text, the same integer negative, an array as a map. */
function changeMajor(node: CborNode, { random }: MutationContext): void {
  const partner = [1, 0, 3, 2, 5, 4, 4, 0][node.major]!
  node.major = random.chance(0.8) ? partner : random.int(0, 7)
}

function tagIt(node: CborNode, { random }: MutationContext): void {
  const argument = random.pick([42, 42, 0, 2, 24, 55_799])
  const cid = { major: 2, argument: 0, bytes: random.bytes(random.int(0, 4)).fill(0, 0, 1) }
  replaceBy(node, { major: 6, argument, children: [random.chance(0.5) ? cid : { ...node }] })
}

function duplicateKey(node: CborNode, { random }: MutationContext): void {
  const children = node.children ?? []
  if (node.major !== 5 || children.length < 2) return
  const at = 2 * random.int(0, children.length / 2 - 1)
  children.splice(at, 0, children[at]!, scalar(random))
}

function breakText(node: CborNode, { random }: MutationContext): void {
  replaceBy(node, { major: 3, argument: 0, bytes: random.pick(BAD_TEXTS) })
}

function scalar(random: SeededRandom): CborNode {
  switch (random.int(0, 6)) {
    case 0:
      return { major: random.int(0, 1), argument: random.pick(LIMITS) }
    case 1:
      return { major: 2, argument: 0, bytes: random.bytes(random.pick(LENGTHS)) }
    case 2:
      return { major: 3, argument: 0, bytes: utf8(random.pick(TEXTS)) }
    case 3:
      return { major: random.int(4, 5), argument: 0, children: [] }
    case 4:
      return { major: 7, argument: random.pick([20, 21, 22, 23, 0, 19, 24]) }
    case 5:
      return { major: 7, argument: floatBits(random.pick(FLOATS)), width: 8 }
    default:
      return { major: 0, argument: 0, raw: random.bytes(random.int(1, 3)) }
  }
}

function floatBits(value: number): bigint {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return view.getBigUint64(0)
}

function replaceBy(node: CborNode, by: CborNode): void {
  const copy = { ...by }
  node.bytes = node.children = node.claim = node.raw = node.width = undefined
  Object.assign(node, copy)
}

/** One change at one node; what is no CBOR is changed as bytes. */
export const changeCborNode: Mutator = (input, context) => {
  const { random } = context
  const tree = readCborTree(input)
  if (tree === undefined) return random.pick(byteMutators)(input, context)
  random.pick(changes)(random.pick(allNodes(tree)), context)
  return writeCborTree(tree)
}
