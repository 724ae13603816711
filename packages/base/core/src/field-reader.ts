/**
 * Reading the fields of a format that is a CBOR array, one after the other, with one kind of failure.
 *
 * Every stored or sent record of Hamlet is an array whose fields stand in a fixed order. Its decoder names the
 * fields once, with their limits, and gets back either the record or a {@link CborError}:
 *
 *     const point = decodeFields(bytes, 'point', (fields) => {
 *       fields.literal(1)
 *       return { x: fields.uint(100), label: fields.optional(() => fields.text(20)) }
 *     })
 *
 * Invariants:
 * 1. The array must hold exactly the fields that were read: too few and too many are both refused.
 * 2. A method that does not find what it asks for ends the reading; only `decodeFields` and `readFields` catch that,
 *    so nothing untyped reaches their caller.
 */

import { decodeCbor } from './cbor.ts'
import type { CborLimits } from './cbor-decoder.ts'
import { CborError } from './errors.ts'
import { ASCII_LENGTH_MAX } from './cbor-value.ts'
import type { CborValue } from './cbor-value.ts'
import { bytesToId, ID_BYTES } from './ids.ts'
import type { AnyId } from './ids.ts'
import { err, ok } from './result.ts'
import type { Result } from './result.ts'
import { utf8 } from './bytes.ts'

/** Decodes `bytes` as one CBOR array and reads its fields. `what` names the format in error messages. */
export function decodeFields<T>(
  bytes: Uint8Array,
  what: string,
  read: (fields: FieldReader) => T,
  limits: CborLimits = {},
): Result<T, CborError> {
  const decoded = decodeCbor(bytes, limits)
  return decoded.ok ? readFields(decoded.value, what, read) : decoded
}

/** As {@link decodeFields}, from a value that is decoded already. */
export function readFields<T>(
  value: CborValue,
  what: string,
  read: (fields: FieldReader) => T,
): Result<T, CborError> {
  try {
    return ok(readTuple(value, what, read))
  } catch (error) {
    if (error instanceof CborError) return err(error)
    throw error
  }
}

export class FieldReader {
  readonly #items: readonly CborValue[]
  readonly #what: string
  #index = 0

  constructor(items: readonly CborValue[], what: string) {
    this.#items = items
    this.#what = what
  }

  /** Fields not read yet: for formats whose later versions append fields. */
  get remaining(): number {
    return this.#items.length - this.#index
  }

  /** An integer from 0 to `max`, which is a safe integer. */
  uint(max: number = Number.MAX_SAFE_INTEGER): number {
    return this.int(0, max)
  }

  int(min: number, max: number): number {
    const value = this.#next()
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) {
      return value
    }
    throw this.#wrong(`an integer from ${min} to ${max}`)
  }

  boolean(): boolean {
    const value = this.#next()
    if (typeof value === 'boolean') return value
    throw this.#wrong('true or false')
  }

  /** Exactly `length` bytes. */
  bytes(length: number): Uint8Array {
    const value = this.#next()
    if (value instanceof Uint8Array && value.length === length) return value
    throw this.#wrong(`${length} bytes`)
  }

  bytesUpTo(lengthMax: number, lengthMin = 0): Uint8Array {
    const value = this.#next()
    if (value instanceof Uint8Array && value.length >= lengthMin && value.length <= lengthMax) {
      return value
    }
    throw this.#wrong(`${lengthMin} to ${lengthMax} bytes`)
  }

  /** 32 bytes, as an id. */
  id<T extends AnyId>(): T {
    return bytesToId<T>(this.bytes(ID_BYTES))
  }

  /** Text of `bytesMin` to `bytesMax` bytes in UTF-8. */
  text(bytesMax: number, bytesMin = 0): string {
    const value = this.#next()
    if (typeof value === 'string' && isLengthWithin(value, bytesMin, bytesMax)) return value
    throw this.#wrong(`text of ${bytesMin} to ${bytesMax} bytes`)
  }

  /** Exactly this value: versions and type names. */
  literal<T extends string | number>(expected: T): T {
    if (this.#next() === expected) return expected
    throw this.#wrong(`${expected}`)
  }

  /** One of these values: type names, roles, modes. */
  oneOf<T extends string | number>(allowed: readonly T[]): T {
    const value = this.#next()
    const index = allowed.findIndex((candidate) => candidate === value)
    if (index >= 0) return allowed[index]!
    throw this.#wrong(`one of ${allowed.join(', ')}`)
  }

  /** `undefined` for null, otherwise what `read` makes of the field. */
  optional<T>(read: () => T): T | undefined {
    if (this.#items[this.#index] !== null) return read()
    this.#index++
    return undefined
  }

  /** A nested array with fields of its own, all of which `read` must read. */
  tuple<T>(read: (fields: FieldReader) => T): T {
    const index = this.#index
    return readTuple(this.#next(), `${this.#what}[${index}]`, read)
  }

  /** A nested array of `countMin` to `countMax` items; `read` reads exactly one item each time. */
  list<T>(countMax: number, read: (fields: FieldReader) => T, countMin = 0): T[] {
    const value = this.#next()
    if (!Array.isArray(value) || value.length < countMin || value.length > countMax) {
      throw this.#wrong(`a list of ${countMin} to ${countMax} items`)
    }
    const items = new FieldReader(value, `${this.#what}[${this.#index - 1}]`)
    const list: T[] = []
    for (let i = 0; i < value.length; i++) {
      list.push(read(items))
      if (items.#index !== i + 1) throw items.#wrong('one item at a time')
    }
    return list
  }

  /** Whatever stands here, for fields that another decoder judges. */
  value(): CborValue {
    return this.#next()
  }

  /** Ends the reading because of a rule beyond types: `throw fields.refuse('expiry before creation')`. */
  refuse(reason: string): CborError {
    return new CborError('CBOR_FIELD', `${this.#what}: ${reason}`, {
      fields: { what: this.#what, index: this.#index },
    })
  }

  /** Refuses fields beyond those read; `decodeFields` and `tuple` call it. */
  end(): void {
    if (this.remaining !== 0)
      throw this.refuse(`expected ${this.#index} fields, got ${this.#items.length}`)
  }

  #next(): CborValue {
    if (this.#index >= this.#items.length) throw this.refuse(`field ${this.#index} is missing`)
    return this.#items[this.#index++]!
  }

  #wrong(expected: string): CborError {
    return this.refuse(`expected ${expected} in field ${this.#index - 1}`)
  }
}

function readTuple<T>(value: CborValue, what: string, read: (fields: FieldReader) => T): T {
  if (!Array.isArray(value)) {
    throw new CborError('CBOR_FIELD', `${what}: expected an array`, { fields: { what } })
  }
  const fields = new FieldReader(value, what)
  const record = read(fields)
  fields.end()
  return record
}

/** A UTF-16 unit takes one to three bytes in UTF-8, so most texts need no encoding to be judged. */
function isLengthWithin(text: string, bytesMin: number, bytesMax: number): boolean {
  if (text.length > bytesMax) return false
  if (text.length >= bytesMin && text.length * 3 <= bytesMax) return true
  const length = isAscii(text) ? text.length : utf8(text).length
  return length >= bytesMin && length <= bytesMax
}

/** Codes of currencies and the like, exactly as long as they may be: a call into the engine costs five times as much. */
function isAscii(text: string): boolean {
  if (text.length > ASCII_LENGTH_MAX) return false
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) >= 0x80) return false
  return true
}
