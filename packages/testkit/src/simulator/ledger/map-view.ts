/** A view without a runner: entries are folded as they are given, in any order, into a map. */

import type { Cancel, CborValue } from '@hamlet/core'
import type { ContentEntry } from '@hamlet/space'
import type { LocalStore, View, ViewDefinition, ViewRange, ViewState } from '@hamlet/space/view'
import { RANK_BY_ROLE } from '@hamlet/space'

export class MapView<Change> implements View<Change> {
  readonly name: string
  readonly #definition: ViewDefinition<Change>
  readonly #values = new Map<string, CborValue>()
  readonly #state: ViewState<Change>

  constructor(definition: ViewDefinition<Change>) {
    this.name = definition.name
    this.#definition = definition
    const values = this.#values
    this.#state = {
      get: (key) => values.get(key),
      getMany: (keys) => keys.map((key) => values.get(key)),
      keys: (prefix) => this.#keys(prefix),
      put: (key, value) => void values.set(key, value),
      delete: (key) => void values.delete(key),
      emit: () => undefined,
    }
  }

  /** An entry of no type that it folds, or of somebody who may not write it, changes nothing. */
  fold(entry: ContentEntry): void {
    const least = this.#definition.types.get(entry.type)
    if (least === undefined || RANK_BY_ROLE[entry.role] < RANK_BY_ROLE[least]) return
    this.#definition.fold(entry, this.#state)
  }

  /** In the order of keys. */
  stored(): ReadonlyMap<string, CborValue> {
    return new Map(this.#keys('').map((key) => [key, this.#values.get(key)!]))
  }

  get local(): LocalStore {
    return {
      get: async () => undefined,
      getMany: async (keys) => keys.map(() => undefined),
      async *range() {},
      put: async () => undefined,
      delete: async () => undefined,
    }
  }

  async get(key: string): Promise<CborValue | undefined> {
    return this.#values.get(key)
  }

  async getMany(keys: readonly string[]): Promise<readonly (CborValue | undefined)[]> {
    return keys.map((key) => this.#values.get(key))
  }

  async *range(prefix: string, range: ViewRange = {}): AsyncIterable<readonly [string, CborValue]> {
    const { gt, gte, lt, lte, reverse, limit } = range
    const keys = this.#keys(prefix).filter((key) => {
      const rest = key.slice(prefix.length)
      const isAbove = gt === undefined ? gte === undefined || rest >= gte : rest > gt
      return isAbove && (lt === undefined || rest < lt) && (lte === undefined || rest <= lte)
    })
    if (reverse === true) keys.reverse()
    for (const key of keys.slice(0, limit)) yield [key, this.#values.get(key)!]
  }

  subscribe(): Cancel {
    return () => undefined
  }

  #keys(prefix: string): string[] {
    return [...this.#values.keys()].filter((key) => key.startsWith(prefix)).sort()
  }
}
