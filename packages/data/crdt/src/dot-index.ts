/** Live items by a text: mostly one each, several only where replicas did the same without knowing of each other. */

import type { Dot } from './dot.ts'

export class DotIndex<Item extends Dot> {
  readonly #items = new Map<string, Item | Set<Item>>()

  /** Texts that have an item. */
  get size(): number {
    return this.#items.size
  }

  has(text: string): boolean {
    return this.#items.has(text)
  }

  texts(): Iterable<string> {
    return this.#items.keys()
  }

  itemsOf(text: string): readonly Item[] {
    const found = this.#items.get(text)
    if (found === undefined) return []
    return found instanceof Set ? [...found] : [found]
  }

  add(text: string, item: Item): void {
    const found = this.#items.get(text)
    if (found === undefined) this.#items.set(text, item)
    else if (found instanceof Set) found.add(item)
    else this.#items.set(text, new Set([found, item]))
  }

  /** `item`: the very object that was added. */
  delete(text: string, item: Item): void {
    const found = this.#items.get(text)
    if (found instanceof Set && found.delete(item) && found.size > 0) return
    this.#items.delete(text)
  }
}
