/**
 * What a feature declares: the content types it understands and how one entry changes its state.
 *
 * The fold is synchronous and pure: its result depends on the entry and on what it reads from the state, never on
 * a clock, on chance or on when the entry arrived. Values read are shared with the runner's cache: never change them
 * in place. `reads` names what most entries of a batch will need, so that one round trip fetches it; a key it left out
 * is fetched when the fold asks for it and the fold of that entry is started again, which purity makes harmless.
 */

import type { CborValue } from '@hamlet/core'
import type { ContentEntry, Role } from '../types.ts'

export interface ViewState<Change = unknown> {
  get(key: string): CborValue | undefined
  /** As `get` for each key, in one round trip when they are not at hand. */
  getMany(keys: readonly string[]): readonly (CborValue | undefined)[]
  /** Keys that begin with `prefix`, in bytewise order. For rare operations: it reads them all. */
  keys(prefix: string): readonly string[]
  put(key: string, value: CborValue): void
  delete(key: string): void
  /** Told to subscribers once everything folded together with this entry is stored. */
  emit(change: Change): void
}

/** What only this device knows, such as the order of arrival. Not part of the state; a rebuild keeps it. */
export interface LocalFacts {
  get(key: string): CborValue | undefined
  put(key: string, value: CborValue): void
  delete(key: string): void
}

export interface ViewDefinition<Change = unknown> {
  /** 1 to 32 of `[a-z0-9-]`. */
  readonly name: string
  /** Another number discards what an older definition stored; so do other types. */
  readonly version: number
  /** Content types folded, each with the least role its author needs. */
  readonly types: ReadonlyMap<string, Role>
  /**
   * Of types that no view of the runner names, written by a later version for all that is known: the least role;
   * `undefined` for those that are not folded either.
   */
  roleOfUnknown?(type: string): Role | undefined
  reads(entry: ContentEntry): readonly string[]
  fold(entry: ContentEntry, state: ViewState<Change>): void
  /**
   * Called before `fold`, once in the life of this device's store for each entry that arrives after the first
   * complete pass.
   */
  arrive?(entry: ContentEntry, state: ViewState<Change>, local: LocalFacts): void
}

export type ViewEvent<Change = unknown> =
  | { readonly kind: 'changed'; readonly changes: readonly Change[] }
  /** Anything may have changed: entries below the checkpoint became void, readable or due. */
  | { readonly kind: 'rebuilt' }
