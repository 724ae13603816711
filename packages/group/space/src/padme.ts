/**
 * Padmé: a padded length that hides most of the true one and costs at most 12 %.
 *
 * A length of E bits of magnitude keeps only about log2(E) significant bits; the rest is rounded up. So lengths up to
 * L fall into O(log log L) classes per octave, and an observer learns the class only.
 *
 * Source: Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and Communication with PURBs", 2019, 4.
 */

/** The smallest allowed length not below `length`: 5 stays 5, 129 becomes 144, 1,000 becomes 1,024. */
export function padmeLength(length: number): number {
  if (length < 2) return length
  const exponent = 31 - Math.clz32(length)
  const significantBits = 32 - Math.clz32(exponent)
  const step = 2 ** (exponent - significantBits)
  return Math.ceil(length / step) * step
}
