/**
 * Small things a page keeps between visits: drafts, unsaved texts, late arrivals already shown, the chosen language, whether the
 * recovery words were offered. Storage may be full, forbidden or absent; then they live as long as the page.
 */

export interface NoteStorage {
  getItem(key: string): string | null
  setItem(key: string, value: string): void
  removeItem(key: string): void
}

/** A text, and the key under which it may have been written all the same. */
export interface Unsent {
  readonly key: string
  readonly text: string
}

const PREFIX = 'hamlet.'
const SEEN_LATE_MAX = 300

export class LocalNotes {
  readonly #storage: NoteStorage | undefined
  readonly #memory = new Map<string, string>()

  constructor(storage: NoteStorage | undefined) {
    this.#storage = storage
  }

  draft(roomKey: string): string {
    return this.#read(`draft.${roomKey}`) ?? ''
  }

  setDraft(roomKey: string, text: string): void {
    this.#write(`draft.${roomKey}`, text)
  }

  /** What could not be saved; it outlives the page until it is saved or discarded. */
  unsent(roomKey: string): readonly Unsent[] {
    try {
      const unsent: unknown = JSON.parse(this.#read(`unsent.${roomKey}`) ?? '[]')
      return Array.isArray(unsent) ? unsent.filter(isUnsent) : []
    } catch {
      return []
    }
  }

  setUnsent(roomKey: string, unsent: readonly Unsent[]): void {
    this.#write(`unsent.${roomKey}`, unsent.length === 0 ? '' : JSON.stringify(unsent))
  }

  seenLate(roomKey: string): ReadonlySet<string> {
    return new Set((this.#read(`late.${roomKey}`) ?? '').split(' ').filter((id) => id !== ''))
  }

  addSeenLate(roomKey: string, ids: readonly string[]): void {
    const all = [...new Set([...this.seenLate(roomKey), ...ids])]
    this.#write(`late.${roomKey}`, all.slice(-SEEN_LATE_MAX).join(' '))
  }

  value(name: 'language' | 'recovery' | 'last'): string {
    return this.#read(name) ?? ''
  }

  setValue(name: 'language' | 'recovery' | 'last', value: string): void {
    this.#write(name, value)
  }

  #read(name: string): string | undefined {
    const kept = this.#memory.get(name)
    if (kept !== undefined) return kept
    try {
      return this.#storage?.getItem(PREFIX + name) ?? undefined
    } catch {
      return undefined
    }
  }

  #write(name: string, value: string): void {
    this.#memory.set(name, value)
    try {
      if (value === '') this.#storage?.removeItem(PREFIX + name)
      else this.#storage?.setItem(PREFIX + name, value)
    } catch {
      // The quota is used up: the memory copy above serves until the page closes.
    }
  }
}

function isUnsent(value: unknown): value is Unsent {
  if (typeof value !== 'object' || value === null) return false
  const { key, text } = value as Partial<Unsent>
  return typeof key === 'string' && typeof text === 'string'
}
