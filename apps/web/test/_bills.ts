/** Bills and people of a ledger for tests of pure parts, made from as little as each test is about. */

import type { Expense, ExpenseDetail, ExpenseVersion, LedgerParty } from '@hamlet/http/api'

export const EUR = { code: 'EUR', exponent: 2 } as const
export const [ANA, BEN, CLEO] = ['a1', 'b2', 'c3'].map((start) => start.padEnd(64, '0')) as [
  string,
  string,
  string,
]
export const GUEST = 'd4'.padEnd(32, '0')

export function party(id: string, name: string, change: Partial<LedgerParty> = {}): LedgerParty {
  return {
    id,
    name,
    isPlaceholder: id.length === 32,
    retired: false,
    is: id,
    aliases: [],
    contested: false,
    ...change,
  }
}

export const PARTIES: readonly LedgerParty[] = [
  party(ANA, 'Ana', { member: true }),
  party(BEN, 'Ben', { member: true }),
  party(CLEO, 'Cleo', { member: true }),
  party(GUEST, 'Grandma'),
]

const SIGNED = { entry: 'e'.repeat(64), person: ANA, device: 'f'.repeat(64), atMs: 1000 }

export function bill(change: Partial<Expense> = {}): Expense {
  return {
    id: '1'.repeat(32),
    version: '2'.repeat(64),
    kind: 'expense',
    deleted: false,
    title: 'Groceries',
    date: '2026-03-05',
    currency: EUR,
    amountMinor: 3000,
    paid: [{ party: ANA, amountMinor: 3000 }],
    split: { shares: [ANA, BEN, CLEO].map((each) => ({ party: each, weight: 1 })) },
    tags: [],
    note: '',
    owed: [ANA, BEN, CLEO].map((each) => ({ party: each, amountMinor: 1000 })),
    cents: [],
    choices: 1,
    edited: false,
    created: SIGNED,
    updated: SIGNED,
    payment: 'none',
    isCorrection: false,
    comments: 0,
    attachments: 0,
    ...change,
  }
}

export function version(change: Partial<ExpenseVersion> = {}): ExpenseVersion {
  const { id: _id, cents: _cents, choices: _choices, edited: _edited, ...rest } = bill()
  const {
    created,
    updated: _updated,
    payment: _payment,
    isCorrection: _is,
    comments: _c,
    attachments: _a,
    ...body
  } = rest
  return {
    ...body,
    replaces: [],
    by: created,
    isHead: false,
    isWinner: false,
    changed: [],
    ...change,
  }
}

export function detail(change: Partial<ExpenseDetail> = {}): ExpenseDetail {
  return { ...bill(), versions: [], thread: [], attached: [], verdicts: [], asked: [], ...change }
}
