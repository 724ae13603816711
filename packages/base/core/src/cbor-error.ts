/** Why bytes were refused as canonical CBOR, or a CBOR value as the fields of a format. */

import { HamletError } from './errors.ts'

export type CborErrorCode =
  /** The input ends inside an item, or a length points past its end. */
  | 'CBOR_TRUNCATED'
  /** Bytes follow the value. */
  | 'CBOR_TRAILING_BYTES'
  /** A longer or differently ordered form of a value that has exactly one. */
  | 'CBOR_NOT_CANONICAL'
  /** Well-formed CBOR outside the dag-cbor profile. */
  | 'CBOR_UNSUPPORTED'
  /** Text that is not UTF-8. */
  | 'CBOR_BAD_TEXT'
  /** More bytes, depth, items or string than the caller allows. */
  | 'CBOR_LIMIT'
  /** A valid value that is not the one the format asks for at this place. */
  | 'CBOR_FIELD'

export class CborError extends HamletError<CborErrorCode> {
  override readonly name = 'CborError'
}
