/** What is typed behind `hamlet expense add` and `edit`: flags into bills, over the ledger of people in memory. */

import type { ExpenseInput, HttpClient } from '@hamlet/http'
import { decodeUtf8, utf8 } from '@hamlet/core'
import { judgeRejecting, require } from '@hamlet/testkit/fuzz'
import type { FuzzTarget, FuzzVerdict } from '@hamlet/testkit/fuzz'
import { Session } from '../../../apps/cli/src/command.ts'
import { processFiles } from '../../../apps/cli/src/process-io.ts'
import { readExpenseChange, readNewExpense } from '../../../apps/cli/src/ledger/expense-flags.ts'
import type { ExpenseFlags } from '../../../apps/cli/src/ledger/expense-flags.ts'
import { LedgerHere } from '../../../apps/cli/src/ledger/here.ts'
import { expenseInput } from '../../../packages/gateways/http/src/ledger-inputs.ts'
import { createTestApp } from '../../../packages/gateways/http/test/_app.ts'
import { NOW_MS } from '../_material.ts'

const LEDGER = 'apps/cli/src/ledger'
const REFUSALS = /^(?:USAGE|NOTHING_MATCHES|AMBIGUOUS)$/
const TEXTS = [
  'title',
  'amount',
  'currency',
  'for',
  'tax',
  'tip',
  'date',
  'category',
  'note',
  'rate',
]
const LISTS = ['paid', 'split', 'item', 'tag']

const FLAGS: readonly object[] = [
  { title: 'Dinner', amount: '12.50+3*2' },
  { amount: '31', paid: ['Ben=20', 'me=11'], split: ['shares:Ana=2,Cleo=1'], date: 'yesterday' },
  { item: ['Pizza=12.00:Ana,Ben=2', 'Wine=9'], tax: '2,10', tip: '3', category: 'dining out' },
  { amount: '9', split: ['percent:Ana=33.3333,Ben=50%', 'exact:Cleo=1'], for: 'Ben,cl' },
  {
    amount: '10',
    split: ['adjust:Ben=-2', 'equal'],
    currency: 'usd',
    rate: 'EUR=0.92',
    tag: ['x'],
  },
  { amount: '7', currency: 'XBE/0', category: 'none', note: 'n', kind: 'transfer', paid: ['Ben'] },
]

const SILENT = { write: (): void => {}, isTerminal: false }

let opened: Promise<LedgerHere> | undefined

async function openHousehold(): Promise<LedgerHere> {
  const { world } = createTestApp()
  const [api] = world.people
  const { id: space } = await api!.createSpace('Household')
  const { link } = await api!.createInvite(space, { mode: 'auto' })
  await world.addPerson('Ben').join(link!)
  for (const name of ['Cleo', 'Benedict']) await api!.addParty(space, name)
  await api!.changeLedgerSettings(space, { currency: { code: 'EUR', exponent: 2 } })
  const io = {
    stdout: SILENT,
    stderr: SILENT,
    readStdin: () => Promise.resolve(''),
    async *stdinBytes() {
      yield new Uint8Array()
    },
    files: processFiles(),
    env: {},
    homeDirectory: '/nowhere/home',
    platform: 'linux',
    nowMs: () => NOW_MS,
    signal: AbortSignal.abort(),
  }
  const parties = await api!.ledgerParties(space)
  const session = new Session(io, {})
  const client = api as never as HttpClient
  return new LedgerHere(session, client, { space, self: api!.id, parties })
}

/** What the command line gives: texts and lists of texts. */
function parseFlags(input: Uint8Array): ExpenseFlags | undefined {
  try {
    const given = JSON.parse(decodeUtf8(input) ?? '') as Record<string, unknown>
    const texts = TEXTS.filter((name) => typeof given[name] === 'string')
    const lists = LISTS.filter((name) => Array.isArray(given[name]))
    return Object.fromEntries([
      ...texts.map((name) => [name, given[name]]),
      ...lists.map((name) => [
        name,
        (given[name] as unknown[]).filter((each) => typeof each === 'string'),
      ]),
    ]) as ExpenseFlags
  } catch {
    return undefined
  }
}

/** The form of what a command asks a peer for; what a text is too long for, the peer says. */
function requireForm(input: ExpenseInput): void {
  const judged = expenseInput.safeParse(input)
  const isLong = judged.error?.issues.every(({ code }) => code !== 'unrecognized_keys') ?? true
  require(isLong, `a field that is none: ${JSON.stringify(input)}`)
  for (const { amountMinor } of input.paid ?? []) {
    require(Number.isSafeInteger(amountMinor), 'no whole amount')
  }
}

const bills: FuzzTarget = {
  name: 'bills/flags',
  decoders: [
    `${LEDGER}/expense-flags.ts#parseDay`,
    `${LEDGER}/expense-flags.ts#readCategory`,
    `${LEDGER}/expense-flags.ts#readExpenseChange`,
    `${LEDGER}/expense-flags.ts#readNewExpense`,
    `${LEDGER}/money.ts#parseCurrency`,
    `${LEDGER}/money.ts#parseMoney`,
    `${LEDGER}/split-flags.ts#parsePercent`,
    `${LEDGER}/split-flags.ts#readSplit`,
  ],
  form: 'json',
  seeds: FLAGS.map((flags) => utf8(JSON.stringify(flags))),
  words: [...TEXTS, ...LISTS, 'Ana', 'Ben', '=', ',', ':', 'me', '/0', '%'].map((word) =>
    utf8(word),
  ),
  smokeInputs: 500,
  async run(input): Promise<FuzzVerdict> {
    const flags = parseFlags(input)
    if (flags === undefined) return 'refused'
    const here = await (opened ??= openHousehold())
    const { title = 'x', amount } = flags as { title?: string; amount?: string }
    const verdict = await judgeRejecting(
      () => readNewExpense(here, { title, amount }, flags),
      REFUSALS,
      requireForm,
    )
    const { expenses } = await here.client.expenses(here.space, { limit: 1 })
    const first = expenses[0] ?? (await enterFirst(here))
    await judgeRejecting(() => readExpenseChange(here, first, flags), REFUSALS, requireForm)
    return verdict
  },
}

async function enterFirst(here: LedgerHere) {
  const input = await readNewExpense(here, { title: 'first', amount: '1' }, {})
  return await here.client.addExpense(here.space, input)
}

export const targets: readonly FuzzTarget[] = [bills]
