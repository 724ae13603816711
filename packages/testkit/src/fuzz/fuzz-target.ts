/**
 * What is fuzzed: a decoder with valid examples, and what must hold for every input.
 *
 * A target's `run` gives the decoder one input and answers whether it took it. It throws for everything a decoder must
 * not do: throw something without a code, give back another encoding, keep the caller's memory, grow without bound.
 * Whatever is thrown makes the input a *crasher*.
 */

export type FuzzVerdict = 'accepted' | 'refused'

/** What inputs are made of, which decides how they are changed. */
export type FuzzForm = 'bytes' | 'cbor' | 'text' | 'json'

export interface FuzzTarget {
  /** `<group>/<name>`; the group is the file the target stands in. */
  readonly name: string
  /** The functions it drives, as `<file from the root>#<function>`. */
  readonly decoders: readonly string[]
  readonly form: FuzzForm
  /** Valid inputs, made by the real encoders: each must be accepted. */
  readonly seeds: readonly Uint8Array[]
  /** Pieces that mean something to the decoder and are worth inserting. */
  readonly words?: readonly Uint8Array[]
  /** Inputs are cut to this. @default 4096 */
  readonly bytesMax?: number
  /** One input may take this long, in milliseconds. @default 1000 */
  readonly msMax?: number
  /** Inputs in the smoke test; fewer where one input costs much. @default 2000 */
  readonly smokeInputs?: number
  run(input: Uint8Array): FuzzVerdict | Promise<FuzzVerdict>
}

export const INPUT_BYTES_MAX = 4096
export const INPUT_MS_MAX = 1000
export const SMOKE_INPUTS = 2000

/** An input that broke a promise. */
export interface Crasher {
  readonly input: Uint8Array
  readonly problem: string
}
