/**
 * The field GF(2^8) with polynomial 0x11d and generator 2: bytes that can be added (XOR), multiplied and divided.
 *
 * Products are looked up: `PRODUCTS[a * 256 + b]`. 64 KiB, made once from the generator's powers.
 */

const POLYNOMIAL = 0x11d
export const FIELD_SIZE = 256

/** The product of `a` and `b` at `a * 256 + b`. */
export const PRODUCTS: Uint8Array = makeProducts()
const INVERSES: Uint8Array = makeInverses()

export function multiply(a: number, b: number): number {
  return PRODUCTS[a * FIELD_SIZE + b]!
}

/** `a` is not 0. */
export function inverse(a: number): number {
  return INVERSES[a]!
}

function makeProducts(): Uint8Array {
  const powers = new Uint8Array(2 * FIELD_SIZE)
  const logarithms = new Uint8Array(FIELD_SIZE)
  for (let i = 0, power = 1; i < FIELD_SIZE - 1; i++) {
    powers[i] = power
    powers[i + FIELD_SIZE - 1] = power
    logarithms[power] = i
    power = (power << 1) ^ (power & 0x80 ? POLYNOMIAL : 0)
  }
  const products = new Uint8Array(FIELD_SIZE * FIELD_SIZE)
  for (let a = 1; a < FIELD_SIZE; a++) {
    for (let b = 1; b < FIELD_SIZE; b++) {
      products[a * FIELD_SIZE + b] = powers[logarithms[a]! + logarithms[b]!]!
    }
  }
  return products
}

function makeInverses(): Uint8Array {
  const inverses = new Uint8Array(FIELD_SIZE)
  for (let a = 1; a < FIELD_SIZE; a++) {
    inverses[a] = PRODUCTS.subarray(a * FIELD_SIZE, (a + 1) * FIELD_SIZE).indexOf(1)
  }
  return inverses
}
