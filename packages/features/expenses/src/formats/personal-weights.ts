/**
 * Weights of people, for apps where a weight is somebody's and not an expense's. They are copied into every expense, so
 * that no later change of one rewrites the past.
 */

import type { LedgerId } from '../party.ts'
import type { PartyPart } from './bill.ts'
import { guardFormula } from './csv-writer.ts'
import type { Decimal } from './decimal.ts'
import { numberToDecimal } from './decimal.ts'
import type { TextPosition } from './errors.ts'
import type { ImportDraft } from './import-draft.ts'

const ONE: Decimal = { digits: 1n, decimals: 0 }
/** A name with more commas in it than this is not looked for. */
const NAME_PIECES_MAX = 8

export class PersonalWeights {
  readonly #draft: ImportDraft
  readonly #weights = new Map<string, Decimal>()
  readonly #guessed = new Set<string>()

  constructor(draft: ImportDraft) {
    this.#draft = draft
  }

  /** Those learned, as they are and as tables have them. */
  get names(): ReadonlySet<string> {
    return new Set([...this.#weights.keys()].flatMap((name) => [name, guardFormula(name)]))
  }

  learn(name: string, weight: Decimal): void {
    this.#weights.set(name, weight)
  }

  /** Parts in proportion to the weights of these people. */
  partsOf(names: readonly string[], at: TextPosition): readonly PartyPart[] {
    return names.map((name) => ({ party: this.partyOf(name, at), part: this.#weightOf(name, at) }))
  }

  partyOf(name: string, at: TextPosition): LedgerId {
    return this.#draft.partyNamed(name, at)
  }

  #weightOf(name: string, at: TextPosition): Decimal {
    const given = this.#draft.options.weights?.get(name)
    if (given !== undefined) return numberToDecimal(`${given}`, at)
    const known = this.#weights.get(name)
    if (known !== undefined) return known
    if (!this.#guessed.has(name)) {
      this.#guessed.add(name)
      this.#draft.warn('weight-guessed', at, `of ${name}; 1 was taken`)
    }
    return ONE
  }
}

/** Names joined by commas; those that are known may have commas in them. */
export function splitNames(text: string, known: ReadonlySet<string>): readonly string[] {
  const pieces = text.split(',')
  const names: string[] = []
  for (let at = 0; at < pieces.length;) {
    let count = Math.min(NAME_PIECES_MAX, pieces.length - at)
    while (
      count > 1 &&
      !known.has(
        pieces
          .slice(at, at + count)
          .join(',')
          .trim(),
      )
    )
      count--
    const name = pieces
      .slice(at, at + count)
      .join(',')
      .trim()
    if (name !== '') names.push(name)
    at += count
  }
  return names
}
