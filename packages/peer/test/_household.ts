/** Two people who keep a ledger. */

import type { ExpenseInput, InviteRole } from '@hamlet/http/api'
import { pass, people } from './_world.ts'
import type { Person } from './_world.ts'

export const EUR = { code: 'EUR', exponent: 2 }

export interface Household {
  readonly anna: Person
  readonly ben: Person
  readonly space: string
}

/** Anna's space with Ben let in. */
export async function household(role: InviteRole = 'writer'): Promise<Household> {
  const [anna, ben] = await people('anna', 'ben')
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home')
  const { link } = await anna.api.createInvite(space, { mode: 'auto', role })
  await ben.api.join(link!, 'Ben')
  await pass([anna, ben], 3_000)
  return { anna, ben, space }
}

/** An id as a client draws one. */
export function id(byte: number): string {
  return byte.toString(16).padStart(2, '0').repeat(16)
}

export function both(...people: readonly Person[]): readonly string[] {
  return people.map(({ identity }) => identity.person)
}

/** Split alike among some, paid by one, on the first of March. */
export function bill(
  { identity: { person } }: Person,
  amountMinor: number,
  among: readonly string[],
): ExpenseInput {
  return {
    title: 'Dinner',
    date: '2026-03-01',
    currency: EUR,
    paid: [{ party: person, amountMinor }],
    split: { shares: among.map((party) => ({ party, weight: 1 })) },
  }
}

/** What everybody is up or down, by name. */
export async function minorOf(
  { api }: Person,
  space: string,
): Promise<Readonly<Record<string, string>>> {
  const names = new Map((await api.ledgerParties(space)).map(({ id, name }) => [id, name]))
  const balances = await api.balances(space)
  return Object.fromEntries(balances.map(({ party, minor }) => [names.get(party), minor]))
}
