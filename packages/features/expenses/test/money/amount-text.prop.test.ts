/**
 * Goal: amounts survive text, however it is grouped, and calculations are exact. Method: random amounts written in the
 * ways of several countries; random calculations against fractions computed beside them; any text at all.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  AMOUNT_MINOR_MAX,
  AmountError,
  evaluateAmount,
  minorToText,
  parseAmount,
} from '@hamlet/expenses'

const anyMinor = fc.integer({ min: -AMOUNT_MINOR_MAX, max: AMOUNT_MINOR_MAX })
const magnitude = (value: bigint) => (value < 0n ? -value : value)
const anyExponent = fc.integer({ min: 0, max: 4 })

test('an amount that was written is read as it was', () => {
  fc.assert(
    fc.property(
      anyMinor,
      anyExponent,
      fc.constantFrom('.' as const, ','),
      (minor, exponent, mark) => {
        const text = minorToText(minor, exponent, mark)
        assert.deepEqual(parseAmount(text, exponent, { decimalMark: mark }), {
          ok: true,
          value: minor,
        })
      },
    ),
  )
})

test('grouping does not change an amount, and whatever is read without knowing the mark is right', () => {
  const styles = [
    [',', '.'],
    ['.', ','],
    [' ', ','],
    ['\u00a0', '.'],
    ["'", '.'],
  ] as const
  fc.assert(
    fc.property(
      anyMinor,
      anyExponent,
      fc.constantFrom(...styles),
      (minor, exponent, [group, mark]) => {
        const [whole = '', decimals] = minorToText(minor, exponent).split('.')
        const grouped = whole.replace(/\B(?=(?:\d{3})+$)/g, group)
        const text = decimals === undefined ? grouped : `${grouped}${mark}${decimals}`
        assert.deepEqual(parseAmount(text, exponent, { decimalMark: mark }), {
          ok: true,
          value: minor,
        })
        const guessed = parseAmount(text, exponent)
        if (guessed.ok) assert.equal(guessed.value, minor)
        else assert.ok(guessed.error.code === 'AMOUNT_AMBIGUOUS')
      },
    ),
  )
})

interface Tree {
  readonly text: string
  readonly numerator: bigint
  readonly denominator: bigint
}

const leaf: fc.Arbitrary<Tree> = fc.integer({ min: 0, max: 9999 }).map((minor) => ({
  text: minorToText(minor, 2),
  numerator: BigInt(minor),
  denominator: 100n,
}))
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.tuple(tie('tree'), fc.constantFrom('+', '-', '*', '/'), tie('tree')).map(combine),
  ),
}))

function combine([a, operator, b]: [Tree, string, Tree]): Tree {
  if (operator === '/' && b.numerator === 0n) return combine([a, '*', b])
  const text = `(${a.text}${operator}${b.text})`
  if (operator === '*') {
    const numerator = a.numerator * b.numerator
    return { text, numerator, denominator: a.denominator * b.denominator }
  }
  if (operator === '/') {
    const numerator = a.numerator * b.denominator
    return { text, numerator, denominator: a.denominator * b.numerator }
  }
  const right = (operator === '-' ? -b.numerator : b.numerator) * a.denominator
  return {
    text,
    numerator: a.numerator * b.denominator + right,
    denominator: a.denominator * b.denominator,
  }
}

test('a calculation is exact, and rounded once to the nearest', () => {
  fc.assert(
    fc.property(tree, ({ text, numerator, denominator }) => {
      const result = evaluateAmount(text, 2)
      if (!result.ok) return assert.match(result.error.code, /TOO_(?:LARGE|LONG)/)
      const off = 2n * (BigInt(result.value) * denominator - 100n * numerator)
      assert.ok(magnitude(off) <= magnitude(denominator))
      if (magnitude(off) === magnitude(denominator)) {
        assert.ok(magnitude(BigInt(result.value) * denominator) > magnitude(100n * numerator))
      }
    }),
  )
})

test('no text makes the readers throw, and what they refuse they refuse with a column within it', () => {
  const character = fc.constantFrom(...Array.from("0123456789.,+-*/()  \u00a0\u202f'’−×÷e%€\n"))
  const anyText = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 250 }),
    fc.string({ unit: character, maxLength: 40 }),
  )
  fc.assert(
    fc.property(anyText, anyExponent, (text, exponent) => {
      for (const read of [parseAmount, evaluateAmount]) {
        const result = read(text, exponent)
        if (result.ok) {
          assert.ok(Number.isSafeInteger(result.value))
          continue
        }
        assert.ok(result.error instanceof AmountError)
        const column = result.error.fields['column'] as number
        assert.ok(column >= 1 && column <= text.length + 1, `${column}`)
      }
    }),
    { numRuns: 2000 },
  )
})
