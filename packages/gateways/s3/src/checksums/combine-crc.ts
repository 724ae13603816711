/**
 * The CRC of two pieces joined, from the CRC of each: what gives a multipart object the checksum of its whole without reading it again.
 *
 * A CRC is linear, so appending n zero bytes multiplies its register by x^(8n) modulo the polynomial. That power is found by squaring,
 * so the work grows with the number of digits of n. Values are reflected: the top bit is the power zero.
 */

export interface CrcShape {
  readonly bits: 32 | 64
  /** Reflected. */
  readonly polynomial: bigint
}

export const CRC32_SHAPE: CrcShape = { bits: 32, polynomial: 0xedb88320n }
export const CRC32C_SHAPE: CrcShape = { bits: 32, polynomial: 0x82f63b78n }
export const CRC64NVME_SHAPE: CrcShape = { bits: 64, polynomial: 0x9a6c9329ac4bc9b5n }

/** @param secondBytes length of the second piece */
export function combineCrc(
  shape: CrcShape,
  first: bigint,
  second: bigint,
  secondBytes: number,
): bigint {
  return multiply(shape, powerOfX(shape, 8n * BigInt(secondBytes)), first) ^ second
}

function multiply({ bits, polynomial }: CrcShape, a: bigint, b: bigint): bigint {
  let product = 0n
  let shifted = b
  for (let bit = BigInt(bits) - 1n; bit >= 0n; bit--) {
    if ((a >> bit) & 1n) product ^= shifted
    shifted = shifted & 1n ? (shifted >> 1n) ^ polynomial : shifted >> 1n
  }
  return product
}

function powerOfX(shape: CrcShape, exponent: bigint): bigint {
  const one = 1n << BigInt(shape.bits - 1)
  let power = one
  let square = one >> 1n
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) power = multiply(shape, power, square)
    square = multiply(shape, square, square)
  }
  return power
}
