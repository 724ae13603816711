/**
 * Largest remainder (Hamilton): dividing a whole number of units so that the parts sum to it exactly.
 *
 * Every part is first rounded down, for negative amounts too, which leaves fewer units than there are parts with a
 * remainder; the largest remainders get one each. Where remainders tie at the cut, the tied parts, in their given order,
 * form a circle, and an id decides where on it counting begins: so nobody pays the cent each time, and every device
 * gives it to the same person. The circle is that of the tied parts alone; rotating all of them would give whoever
 * stands behind a part without a remainder more than their turn.
 *
 * Invariants: 1. The parts sum to the whole. 2. Each part differs from its exact value by less than one unit. 3. A part
 * whose exact value is whole keeps it. 4. Over uniform ids, tied parts get a unit equally often.
 */

import { assert } from '@hamlet/core'

const ROTATION_DIGITS = 12

/** Where the circle begins: the first six bytes of an id of hex digits as an integer. */
export function rotationOf(id: string): number {
  const rotation = Number.parseInt(id.slice(0, ROTATION_DIGITS), 16)
  assert(Number.isSafeInteger(rotation), 'a rotation comes from an id of hex digits')
  return rotation
}

/** Which of the remainders (of one denominator) get one of `count` units; positions, in no particular order. */
export function pickLargest(
  remainders: readonly (number | bigint)[],
  count: number,
  rotation: number,
): readonly number[] {
  if (count === 0) return []
  assert(count < remainders.length, 'rounding down leaves fewer units than parts')
  if (areEqual(remainders)) return takeTurns(remainders.length, count, rotation)
  const order = remainders.map((_, position) => position)
  order.sort((a, b) => compare(remainders[b]!, remainders[a]!) || a - b)
  const cut = remainders[order[count - 1]!]!
  const above = order.filter((position) => remainders[position]! > cut)
  const tied = order.filter((position) => compare(remainders[position]!, cut) === 0)
  const turns = takeTurns(tied.length, count - above.length, rotation)
  return [...above, ...turns.map((turn) => tied[turn]!)]
}

/**
 * Divides `total`, which may be negative, in proportion to weights that are not negative and not all zero.
 * `rotation` is 0 to 2^48 - 1.
 */
export function apportion(
  total: bigint,
  weights: readonly bigint[],
  rotation: number,
): readonly bigint[] {
  const denominator = weights.reduce((sum, weight) => sum + weight, 0n)
  assert(denominator > 0n, 'units are divided among weights that are not all zero')
  assert(
    weights.every((weight) => weight >= 0n),
    'a weight is not negative',
  )
  const parts = weights.map((weight) => divideDown(total * weight, denominator))
  const remainders = weights.map((weight, i) => total * weight - parts[i]! * denominator)
  const rest = total - parts.reduce((sum, part) => sum + part, 0n)
  for (const position of pickLargest(remainders, Number(rest), rotation)) parts[position]! += 1n
  return parts
}

/** The quotient rounded towards minus infinity; the divisor is positive. */
export function divideDown(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  return dividend < 0n && quotient * divisor !== dividend ? quotient - 1n : quotient
}

/** So it is for equal parts, which most are; spares them the sorting. */
function areEqual(remainders: readonly (number | bigint)[]): boolean {
  for (let i = 1; i < remainders.length; i++) if (remainders[i] !== remainders[0]) return false
  return true
}

function takeTurns(length: number, count: number, rotation: number): number[] {
  const turns: number[] = []
  for (let turn = 0; turn < count; turn++) turns.push((rotation + turn) % length)
  return turns
}

function compare(a: number | bigint, b: number | bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
