/** Targets of `expenses`: contents. */

import { encodeCbor } from '@hamlet/core'
import {
  LEDGER_TYPES,
  computeOwed,
  decodeLedger,
  expenseEffect,
  ledgerDraft,
  settingId,
} from '@hamlet/expenses'
import type { AnyVersion, ExpenseBody, LedgerContent, LedgerId, VersionId } from '@hamlet/expenses'
import { judgeDecoder, require } from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import { filled, filledId, texts } from '../_material.ts'
import { decodeTyped } from '../_typed.ts'

const SOURCE = 'packages/features/expenses/src'
const record = '07'.repeat(16) as LedgerId
const party = '08'.repeat(16) as LedgerId
const version = '09'.repeat(32) as VersionId
const EUR = { code: 'EUR', exponent: 2 }

const BODY: ExpenseBody = {
  rule: 1,
  kind: 'expense',
  deleted: false,
  title: 'Dinner',
  date: '2026-03-01',
  currency: EUR,
  amountMinor: 1000,
  paid: [{ party, amountMinor: 1000 }],
  split: {
    items: [{ title: 'Wine', amountMinor: 300, shares: [{ party, weight: 1 }] }],
    taxMinor: 20,
    tipMinor: 30,
    exact: [{ party, amountMinor: 50 }],
    adjustments: [{ party, amountMinor: -10 }],
    percents: [{ party, millionths: 250_000 }],
    shares: [{ party, weight: 2 }],
  },
  category: 'dining-out',
  tags: ['Lisbon'],
  note: 'with a view',
  rate: { to: EUR, numerator: 9, denominator: 10, source: 'typed', asOf: '2026-03-01' },
  origin: { kind: 'series', series: record, version, depth: 1, due: '2026-03-01' },
}

const HEAD = {
  kind: 'version',
  id: record,
  replaces: [version],
  depth: 1,
  batch: undefined,
} as const
const RULE = { start: '2026-01-31', every: 1, unit: 'month', until: undefined, count: 12 } as const

const VERSIONS: readonly AnyVersion[] = [
  { ...HEAD, record: 'expense', body: BODY, batch: party },
  { ...HEAD, record: 'series', body: { template: BODY, rule: RULE, stopped: false } },
  { ...HEAD, record: 'party', body: { name: 'Cat', retired: false } },
  { ...HEAD, record: 'link', body: { to: filledId(3) } },
  { ...HEAD, record: 'category', body: { name: 'Boat', emoji: '⛵', retired: false } },
  { ...HEAD, record: 'template', body: { name: 'Lunch', body: BODY, retired: true } },
  {
    ...HEAD,
    record: 'couple',
    body: { name: 'A and B', members: [record, party], retired: false },
  },
  {
    ...HEAD,
    record: 'budget',
    body: { category: undefined, currency: EUR, amountMinor: 5, retired: false },
  },
  {
    ...HEAD,
    record: 'setting',
    id: settingId('currency'),
    body: { name: 'currency', value: EUR },
  },
]

const CONTENTS: readonly LedgerContent[] = [
  ...VERSIONS,
  { kind: 'comment', expense: record, text: 'why?' },
  { kind: 'uncomment', expense: record, comment: filledId(4) },
  {
    kind: 'attach',
    expense: record,
    attachment: {
      name: 'receipt.jpg',
      mediaType: 'image/jpeg',
      sizeBytes: 5000,
      root: filled(1),
      key: filled(2),
    },
  },
  { kind: 'detach', expense: record, attachment: filledId(4) },
  { kind: 'verdict', expense: record, version, verdict: 'disputed', note: 'no' },
  {
    kind: 'lock',
    through: '2026-03-31',
    frontier: [{ device: filledId(5), count: 7 }],
    balances: 'ab'.repeat(32),
    note: '',
  },
  { kind: 'lock-sign', lock: filledId(6), balances: 'ab'.repeat(32) },
  { kind: 'import', batch: record, source: 'splitwise-csv', fileName: 'a.csv', expenseCount: 3 },
]

/** An input is `[type, value]`, as a content is. What decodes is balanced. */
const contents: FuzzTarget = {
  name: 'ledger/content',
  decoders: [
    `${SOURCE}/ledger/content.ts#decodeLedger`,
    `${SOURCE}/ledger/body-codec.ts#readBody`,
    `${SOURCE}/ledger/body-codec.ts#readCategory`,
    `${SOURCE}/ledger/body-codec.ts#readCurrency`,
    `${SOURCE}/ledger/body-codec.ts#readDay`,
    `${SOURCE}/ledger/body-codec.ts#readLedgerId`,
    `${SOURCE}/ledger/body-codec.ts#readParties`,
    `${SOURCE}/ledger/body-codec.ts#readShare`,
    `${SOURCE}/ledger/body-codec.ts#readStoredBody`,
    `${SOURCE}/ledger/body-codec.ts#readVersionId`,
    `${SOURCE}/ledger/record-bodies.ts#readRecordBody`,
    `${SOURCE}/ledger/rule-codec.ts#readRule`,
    `${SOURCE}/ledger/settings.ts#readSetting`,
    `${SOURCE}/party.ts#readParty`,
  ],
  form: 'cbor',
  seeds: CONTENTS.map((content) => {
    const { type, value } = ledgerDraft(content)
    return encodeCbor([type, value])
  }),
  words: texts(...LEDGER_TYPES.keys()),
  run: (input) =>
    judgeDecoder(input, decodeTyped(decodeLedger), {
      encode(content) {
        requireBalanced(content)
        const { type, value } = ledgerDraft(content)
        return encodeCbor([type, value])
      },
    }),
}

function requireBalanced(content: LedgerContent): void {
  if (content.kind !== 'version' || content.record !== 'expense') return
  require(computeOwed(content.id, content.body).ok, 'a body that counts cannot be divided')
  const { net } = expenseEffect(content.id, content.body)
  require(net.reduce((sum, { minor }) => sum + minor, 0n) === 0n, 'an expense does not sum to zero')
}

export const targets: readonly FuzzTarget[] = [contents]
