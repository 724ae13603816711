/**
 * People found by what somebody types of their names, and the shortest way to write each so that it is found again.
 *
 * The idea: letters are compared without case and accents. The whole name or one of its words comes first, then `me` and
 * `all` of either language, then what a name or a word of it begins with. Of several who are found, `ben#2` is the
 * second; `#3` is the third of all, for names without letters. An `@` before says that what follows is a person and no
 * amount.
 *
 * Invariant: `find(tokenOf(id))` is that person.
 */

export interface Person {
  readonly id: string
  readonly name: string
}

export type PersonMatch =
  | { readonly kind: 'one'; readonly id: string }
  | { readonly kind: 'all' }
  | { readonly kind: 'several'; readonly names: readonly string[] }
  | { readonly kind: 'none' }

interface Known extends Person {
  readonly whole: string
  readonly words: readonly string[]
}

const MYSELF = new Set(['me', 'i', 'myself', 'ich'])
const ALL = new Set(['all', 'everybody', 'everyone', 'alle'])
const NUMBERED = /^(.*)#([1-9][0-9]{0,3})$/u

export class PeopleIndex {
  readonly people: readonly Person[]
  readonly self: string
  readonly #known: readonly Known[]
  readonly #nameById: ReadonlyMap<string, string>

  constructor(people: readonly Person[], self: string) {
    this.people = people
    this.self = self
    this.#nameById = new Map(people.map(({ id, name }) => [id, name]))
    this.#known = people.map((person) => ({
      ...person,
      whole: fold(person.name),
      words: person.name
        .split(/\s+/u)
        .map(fold)
        .filter((word) => word !== ''),
    }))
  }

  has(id: string): boolean {
    return this.#nameById.has(id)
  }

  nameOf(id: string): string {
    return this.#nameById.get(id) ?? ''
  }

  find(token: string): PersonMatch {
    const bare = token.startsWith('@') ? token.slice(1) : token
    const numbered = NUMBERED.exec(bare)
    const number = numbered === null ? undefined : Number(numbered[2])
    const text = fold(numbered?.[1] ?? bare)
    if (text === '') return this.#pick(number === undefined ? [] : this.#known, number)
    const exact = this.#known.filter(({ whole, words }) => whole === text || words.includes(text))
    if (exact.length > 0) return this.#pick(exact, number)
    if (MYSELF.has(text) && this.has(this.self)) return { kind: 'one', id: this.self }
    if (ALL.has(text)) return { kind: 'all' }
    const begun = this.#known.filter(
      ({ whole, words }) => whole.startsWith(text) || words.some((word) => word.startsWith(text)),
    )
    return this.#pick(begun, number)
  }

  /** What to write for somebody; empty for who is not among the people. */
  tokenOf(id: string): string {
    const name = this.#nameById.get(id)
    if (name === undefined) return ''
    const words = name.split(/\s+/u).map(safe).filter(Boolean)
    const places = this.#known.map((_, place) => `#${place + 1}`)
    const whole = words.join('-')
    const candidates = [...words, whole, ...places.map((place) => `${whole}${place}`), ...places]
    const found = candidates.find((candidate) => {
      const match = this.find(guard(candidate))
      return candidate !== '' && match.kind === 'one' && match.id === id
    })
    return guard(found ?? '')
  }

  #pick(found: readonly Known[], number: number | undefined): PersonMatch {
    const one =
      number === undefined ? (found.length === 1 ? found[0] : undefined) : found[number - 1]
    if (one !== undefined) return { kind: 'one', id: one.id }
    if (found.length === 0 || number !== undefined) return { kind: 'none' }
    return { kind: 'several', names: found.map(({ name }) => name) }
  }
}

/** Letters and digits alone, without case and accents. */
export function fold(text: string): string {
  return text
    .normalize('NFD')
    .replace(/[^\p{L}\p{N}]+/gu, '')
    .toLowerCase()
}

function safe(word: string): string {
  return word.replace(/[^\p{L}\p{M}\p{N}]+/gu, '')
}

/** What begins like an amount gets an `@`. */
function guard(token: string): string {
  return /^[0-9]/.test(token) ? `@${token}` : token
}
