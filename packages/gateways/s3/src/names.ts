/** Names of buckets and the order of keys. */

import { BUCKET_NAME_LENGTH_MAX, BUCKET_NAME_LENGTH_MIN } from './limits.ts'

const BUCKET = /^[a-z0-9][a-z0-9.-]*[a-z0-9]$/
const BAD_DOTS = /\.\.|\.-|-\./
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/

/** Lower-case letters, digits, dots and hyphens, in labels of a host name; no address. */
export function isBucketName(name: string): boolean {
  const isLong = name.length >= BUCKET_NAME_LENGTH_MIN && name.length <= BUCKET_NAME_LENGTH_MAX
  return isLong && BUCKET.test(name) && !BAD_DOTS.test(name) && !IPV4.test(name)
}

/** Order of the UTF-8 bytes of two texts. Code units are in the same order but for surrogates, which stand for the highest points. */
export function compareKeys(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return rank(x) - rank(y)
  }
  return a.length - b.length
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit
}
