/**
 * How reliable somebody is at least: the lower bound of a Beta posterior.
 *
 * Of good and bad outcomes seen, starting from one of each (nothing is known), the true share of good ones lies above the
 * bound with 95 %. So a single success proves little, and the bound rises with many. The regularised incomplete beta
 * function is its continued fraction by Lentz's method (Press et al., Numerical Recipes 6.4), inverted by bisection.
 */

const CONFIDENCE = 0.95
const FRACTION_STEPS_MAX = 300
const PRECISION = 1e-12
const TINY = 1e-300
const LANCZOS: readonly number[] = [
  76.18009172947146, -86.50532032941678, 24.01409824083091, -1.231739572450155,
  0.001208650973866179, -5.395239384953e-6,
]

/** `good`, `bad`: weights of outcomes, 0 or more. */
export function reliabilityBound(good: number, bad: number): number {
  let low = 0
  let high = 1
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (incompleteBeta(good + 1, bad + 1, middle) < 1 - CONFIDENCE) low = middle
    else high = middle
  }
  return low
}

/** The probability that a Beta(a, b) variable is below `x`. */
export function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0) return 0
  if (x >= 1) return 1
  const front = Math.exp(
    logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(1 - x),
  )
  const isLeft = x < (a + 1) / (a + b + 2)
  return isLeft ? (front * fraction(a, b, x)) / a : 1 - (front * fraction(b, a, 1 - x)) / b
}

function fraction(a: number, b: number, x: number): number {
  let c = 1
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1))
  let value = d
  for (let m = 1; m <= FRACTION_STEPS_MAX; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    d = 1 / awayFromZero(1 + even * d)
    c = awayFromZero(1 + even / c)
    value *= d * c
    d = 1 / awayFromZero(1 + odd * d)
    c = awayFromZero(1 + odd / c)
    value *= d * c
    if (Math.abs(d * c - 1) < PRECISION) break
  }
  return value
}

function awayFromZero(value: number): number {
  return Math.abs(value) < TINY ? TINY : value
}

function logGamma(x: number): number {
  const base = x + 5.5
  let sum = 1.000000000190015
  for (const [i, term] of LANCZOS.entries()) sum += term / (x + i + 1)
  return (x + 0.5) * Math.log(base) - base + Math.log((Math.sqrt(2 * Math.PI) * sum) / x)
}
