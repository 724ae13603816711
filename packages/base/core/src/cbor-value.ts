/** What CBOR values are in JavaScript, and what encoder and decoder share. The profile is described in `cbor.ts`. */

import { assert } from './assert.ts'
import { compareBytes } from './bytes.ts'

export type CborValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | CborLink
  | readonly CborValue[]
  | ReadonlyMap<string, CborValue>

/** A CID under tag 42, kept as its bytes; what they mean is not this codec's business. */
export class CborLink {
  readonly cid: Uint8Array

  /** `cid`: the binary CID without the leading zero byte of its CBOR form; kept, do not mutate. */
  constructor(cid: Uint8Array) {
    assert(cid.length > 0, 'a CID has at least one byte')
    this.cid = cid
  }
}

export const CBOR_TAG_CID = 42

/** Text up to this length is encoded and decoded in JavaScript when it is ASCII: the call into the engine costs more. */
export const ASCII_LENGTH_MAX = 32

/** Order of map keys in dag-cbor: shorter first, then bytewise (RFC 7049 section 3.9). */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  return a.length - b.length || compareBytes(a, b)
}
