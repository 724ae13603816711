/**
 * Where a view keeps things in the `Kv` the runner was given.
 *
 *     v/<name>/active                 number of the generation that is read, 8 hex digits; absent: 0
 *     v/<name>/<generation>/c         checkpoint
 *     v/<name>/<generation>/d/<key>   values of the state, CBOR
 *     v/<name>/types                  the types it was folded from, as text
 *     v/<name>/local/a                entries that have arrived, as a checkpoint
 *     v/<name>/local/d/<key>          local facts, CBOR; survive every rebuild
 *
 * A rebuild fills the next generation beside the one that is read and then moves `active`, so readers never see
 * half a state and a crash loses nothing but the work.
 */

import { assert, utf8 } from '@hamlet/core'

const NAME_PATTERN = /^[a-z0-9-]{1,32}$/
/** Bytewise greater than any UTF-8 text that could follow a prefix. */
const END = new Uint8Array([0xff])

export interface ViewKeys {
  readonly active: Uint8Array
  readonly types: Uint8Array
  readonly arrived: Uint8Array
  readonly localPrefix: string
  checkpoint(generation: number): Uint8Array
  dataPrefix(generation: number): string
  generationPrefix(generation: number): string
}

export function createViewKeys(name: string): ViewKeys {
  assert(NAME_PATTERN.test(name), 'a view name is 1 to 32 of [a-z0-9-]')
  const base = `v/${name}/`
  const generationPrefix = (generation: number): string => `${base}${generationText(generation)}/`
  return {
    active: utf8(`${base}active`),
    types: utf8(`${base}types`),
    arrived: utf8(`${base}local/a`),
    localPrefix: `${base}local/d/`,
    checkpoint: (generation) => utf8(`${generationPrefix(generation)}c`),
    dataPrefix: (generation) => `${generationPrefix(generation)}d/`,
    generationPrefix,
  }
}

export function generationText(generation: number): string {
  return generation.toString(16).padStart(8, '0')
}

/** The first key after all that begin with `prefix`. */
export function endOfPrefix(prefix: string): Uint8Array {
  const bytes = utf8(prefix)
  const end = new Uint8Array(bytes.length + END.length)
  end.set(bytes)
  end.set(END, bytes.length)
  return end
}
