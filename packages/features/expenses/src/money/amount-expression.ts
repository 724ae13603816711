/**
 * Arithmetic in the amount field: `12.50+3*2`, `(89,90 - 10) / 3`.
 *
 *     sum     = product { ("+" | "-") product }
 *     product = factor { ("*" | "/") factor }
 *     factor  = { "+" | "-" } ( number | "(" sum ")" )
 *
 * Computed in exact fractions and rounded once, half away from zero: `10/3*3` is 10.00. Numbers in it may have more
 * decimals than the currency, a factor of 1.175 is not money; but one mark with three digits behind it is refused
 * unless the currency has three decimals or the mark is known. Signs and × ÷ − as keyboards and clipboards have them are
 * read like theirs of ASCII.
 */

import type { Result } from '@hamlet/core'
import { catchAmountError, parseAmount, requireRange } from './amount-text.ts'
import type { AmountOptions } from './amount-text.ts'
import { refuseAt, scanLiteral } from './decimal-literal.ts'
import type { AmountError } from './errors.ts'
import type { LiteralOptions } from './decimal-literal.ts'
import { AMOUNT_DEPTH_MAX, AMOUNT_TEXT_LENGTH_MAX } from './money-limits.ts'

interface Fraction {
  readonly numerator: bigint
  /** Positive. */
  readonly denominator: bigint
}

const OPERATORS: ReadonlyMap<string, string> = new Map([
  ['\u2212', '-'],
  ['\u00d7', '*'],
  ['\u00f7', '/'],
])
const HAS_OPERATOR = /[^\s][\s]*[+\-\u2212*/\u00d7\u00f7(]|^[\s]*[+\-\u2212]*[\s]*[(]/

/** Minor units of an amount or a calculation. */
export function evaluateAmount(
  text: string,
  exponent: number,
  options: AmountOptions = {},
): Result<number, AmountError> {
  const isLong = text.length > AMOUNT_TEXT_LENGTH_MAX
  if (isLong || !HAS_OPERATOR.test(text)) return parseAmount(text, exponent, options)
  return catchAmountError(() => {
    const ambiguous = exponent >= 3 ? 'decimal' : 'refuse'
    const value = new ExpressionReader(text, { ...options, ambiguous }).readAll()
    return requireRange(roundHalfAway(value.numerator * 10n ** BigInt(exponent), value.denominator))
  })
}

/** The nearest integer to a fraction of a positive denominator; halves go away from zero. */
export function roundHalfAway(numerator: bigint, denominator: bigint): bigint {
  const magnitude = numerator < 0n ? -numerator : numerator
  const rounded = (2n * magnitude + denominator) / (2n * denominator)
  return numerator < 0n ? -rounded : rounded
}

class ExpressionReader {
  readonly #text: string
  readonly #options: LiteralOptions
  #position = 0
  #depth = 0

  constructor(text: string, options: LiteralOptions) {
    this.#text = text
    this.#options = options
  }

  readAll(): Fraction {
    const value = this.#readSum()
    if (this.#next() !== undefined) throw this.#refuse('expected an operator or the end')
    return value
  }

  #readSum(): Fraction {
    let sum = this.#readProduct()
    for (;;) {
      const operator = this.#take('+', '-')
      if (operator === undefined) return sum
      const { numerator, denominator } = this.#readProduct()
      const signed = operator === '-' ? -numerator : numerator
      sum = {
        numerator: sum.numerator * denominator + signed * sum.denominator,
        denominator: sum.denominator * denominator,
      }
    }
  }

  #readProduct(): Fraction {
    let product = this.#readFactor()
    for (;;) {
      const operator = this.#take('*', '/')
      if (operator === undefined) return product
      const at = this.#position
      const factor = this.#readFactor()
      product = multiply(product, operator === '*' ? factor : this.#invert(factor, at))
    }
  }

  #readFactor(): Fraction {
    let sign = 1n
    for (;;) {
      const operator = this.#take('+', '-')
      if (operator === undefined) break
      if (operator === '-') sign = -sign
    }
    const { numerator, denominator } =
      this.#take('(', '(') === undefined ? this.#readNumber() : this.#readParentheses()
    return { numerator: sign * numerator, denominator }
  }

  #readParentheses(): Fraction {
    this.#depth += 1
    if (this.#depth > AMOUNT_DEPTH_MAX) {
      const message = `expected at most ${AMOUNT_DEPTH_MAX} parentheses within each other`
      throw refuseAt('AMOUNT_TOO_DEEP', this.#position - 1, message)
    }
    const value = this.#readSum()
    if (this.#take(')', ')') === undefined) throw this.#refuse('expected )')
    this.#depth -= 1
    return value
  }

  #readNumber(): Fraction {
    if (this.#next() === undefined) throw this.#refuse('expected a number')
    const literal = scanLiteral(this.#text, this.#position, this.#options)
    this.#position = literal.end
    return { numerator: literal.digits, denominator: 10n ** BigInt(literal.decimals) }
  }

  #invert({ numerator, denominator }: Fraction, at: number): Fraction {
    if (numerator === 0n) {
      throw refuseAt('AMOUNT_DIVIDED_BY_ZERO', at, 'expected something other than zero')
    }
    return numerator < 0n
      ? { numerator: -denominator, denominator: -numerator }
      : { numerator: denominator, denominator: numerator }
  }

  /** The next character but white space, as ASCII; `undefined` at the end. */
  #next(): string | undefined {
    while (/\s/.test(this.#text[this.#position] ?? '')) this.#position += 1
    const character = this.#text[this.#position]
    return character === undefined ? undefined : (OPERATORS.get(character) ?? character)
  }

  #take(one: string, other: string): string | undefined {
    const character = this.#next()
    if (character !== one && character !== other) return undefined
    this.#position += 1
    return character
  }

  #refuse(message: string): AmountError {
    return refuseAt('AMOUNT_UNEXPECTED', this.#position, message)
  }
}

function multiply(a: Fraction, b: Fraction): Fraction {
  return {
    numerator: a.numerator * b.numerator,
    denominator: a.denominator * b.denominator,
  }
}
