/** Every method of `LedgerApi`, over a real connection, gives what the backend gives. */

import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { bytesToBase64, utf8 } from '@hamlet/core'

import type { ExpenseInput, LedgerExportFormat } from '../src/hamlet-api.ts'
import { startTestServer } from './_server.ts'
import type { TestServer } from './_server.ts'

const EUR = { code: 'EUR', exponent: 2 }
const USD = { code: 'USD', exponent: 2 }
const DAY = '2026-03-01'
const UNKNOWN = '0'.repeat(32)

interface Household {
  readonly client: ReturnType<TestServer['client']>
  readonly api: TestServer['api']
  readonly ben: TestServer['api']
  readonly id: string
  bill(amountMinor: number, more?: Partial<ExpenseInput>): ExpenseInput
}

/** Ana pays for both, unless the input says otherwise. */
async function household({ api, world, client }: TestServer): Promise<Household> {
  const ben = world.addPerson('Ben')
  const { id } = await api.createSpace('Household')
  const { link } = await api.createInvite(id, { mode: 'auto' })
  await ben.join(link!)
  const shares = [api.id, ben.id].map((party) => ({ party, weight: 1 }))
  const bill = (amountMinor: number, more: Partial<ExpenseInput> = {}): ExpenseInput => ({
    ...{ title: 'Dinner', date: DAY, currency: EUR, split: { shares } },
    paid: [{ party: api.id, amountMinor }],
    ...more,
  })
  return { client: client(), api, ben, id, bill }
}

suite('the ledger over HTTP', () => {
  test('a bill is entered once, edited, deleted, restored and read with its history', async () => {
    await using setup = await startTestServer()
    const { client, api, id, bill } = await household(setup)
    const chosen = 'ab'.repeat(16)
    const input = bill(1001, { category: 'dining-out', tags: ['Lisbon'], note: 'with "wine"' })
    const entered = await client.addExpense(id, input, chosen)
    assert.deepEqual([entered.id, entered.amountMinor], [chosen, 1001])
    assert.deepEqual(await client.addExpense(id, bill(7), chosen), entered)
    assert.equal((await api.expenses(id)).total, 1)

    const edited = await client.editExpense(id, chosen, { category: null, note: '' })
    assert.deepEqual([edited.category, edited.note, edited.edited], [undefined, '', true])
    assert.equal((await client.deleteExpense(id, chosen)).deleted, true)
    assert.deepEqual((await client.expenses(id)).expenses, [])
    assert.equal((await client.expenses(id, { state: 'deleted', minMinor: 1001 })).total, 1)
    assert.equal((await client.restoreExpense(id, chosen)).deleted, false)
    const [first] = (await client.expense(id, chosen)).versions
    assert.equal((await client.resolveExpense(id, chosen, first!.version)).note, 'with "wine"')
    assert.deepEqual(await client.expense(id, chosen), await api.expense(id, chosen))
    const query = { search: 'dinner lisbon', party: api.id, from: DAY, to: DAY, limit: 1 }
    assert.deepEqual(await client.expenses(id, query), await api.expenses(id, query))
    assert.equal((await client.expenses(id, query)).total, 1)
  })

  test('people comment, and confirm what was paid to them', async () => {
    await using setup = await startTestServer()
    const { client, api, ben, id, bill } = await household(setup)
    const { id: dinner } = await client.addExpense(id, bill(1000))
    const [said] = (await client.commentExpense(id, dinner, 'who had wine?')).thread
    assert.deepEqual([said!.person, said!.text], [api.id, 'who had wine?'])
    assert.deepEqual((await client.uncommentExpense(id, dinner, said!.id)).thread, [])
    const [other] = (await ben.commentExpense(id, dinner, 'me')).thread
    await assert.rejects(client.uncommentExpense(id, dinner, other!.id), { code: 'NOT_AUTHOR' })

    const shares = [{ party: api.id, weight: 1 }]
    const paid = [{ party: ben.id, amountMinor: 500 }]
    const back = bill(500, { kind: 'transfer', title: 'Back', paid, split: { shares } })
    const { id: payment, payment: state } = await ben.addExpense(id, back)
    assert.equal(state, 'pending')
    assert.equal((await client.expenses(id, { state: 'pending' })).total, 1)
    assert.deepEqual((await client.balances(id)).map(({ pendingMinor }) => pendingMinor).sort(), [
      '-500',
      '500',
    ])
    const judged = await client.judgeExpense(id, payment, 'confirmed', 'thanks')
    assert.equal(judged.payment, 'confirmed')
    await assert.rejects(client.judgeExpense(id, dinner, 'disputed', ''), {
      code: 'LEDGER_VERDICT_NOT_ALLOWED',
      status: 403,
    })
    assert.deepEqual(await client.balances(id), [])
  })

  test('somebody without the app is added, renamed, linked and retired', async () => {
    await using setup = await startTestServer()
    const { client, api, ben, id } = await household(setup)
    const cleo = await client.addParty(id, 'Cleo')
    assert.deepEqual([cleo.isPlaceholder, cleo.member], [true, undefined])
    assert.equal((await client.changeParty(id, cleo.id, { name: 'Cléo' })).name, 'Cléo')
    assert.equal((await client.changeParty(id, cleo.id, { is: ben.id })).is, ben.id)
    const parties = await client.ledgerParties(id)
    assert.deepEqual(parties, await api.ledgerParties(id))
    assert.deepEqual(
      parties.map(({ name, aliases }) => [name, aliases]),
      [
        ['Ana', []],
        ['Ben', [cleo.id]],
        ['Cléo', []],
      ],
    )
    const apart = await client.changeParty(id, cleo.id, { is: null, retired: true })
    assert.deepEqual([apart.is, apart.retired], [cleo.id, true])
  })

  test('balances, plans, reasons and rates are those of the backend', async () => {
    await using setup = await startTestServer()
    const { client, api, ben, id, bill } = await household(setup)
    await client.addExpense(id, bill(1001))
    const rate = { to: EUR, numerator: 9, denominator: 10, source: 'typed', asOf: DAY }
    await client.addExpense(id, bill(2000, { currency: USD, rate }))
    assert.deepEqual(await client.balances(id), await api.balances(id))
    const converted = await client.convertedBalances(id, 'EUR')
    assert.deepEqual(converted, await api.convertedBalances(id, 'EUR'))
    assert.equal(converted.withoutRate, 0)
    await assert.rejects(client.convertedBalances(id, 'QQQ'), { code: 'LEDGER_BAD_QUERY' })
    const plan = await client.settlement(id, { mode: 'pairwise', byCouple: false })
    assert.deepEqual(plan, await api.settlement(id, { mode: 'pairwise', byCouple: false }))
    assert.equal(plan.transfers.length, 2)
    const reasons = await client.explainDebt(id, ben.id, api.id)
    assert.deepEqual(reasons, await api.explainDebt(id, ben.id, api.id))
    assert.equal(reasons.length, 2)
    const query = { from: 'USD', to: 'EUR', date: DAY }
    assert.equal((await client.knownRate(id, query)).rate?.numerator, 9)
    assert.deepEqual(await client.knownRate(id, { ...query, date: '2026-02-01' }), {})
    const days = { from: DAY, to: DAY, currency: 'EUR' }
    assert.deepEqual(await client.ledgerStatistics(id, days), await api.ledgerStatistics(id, days))
    assert.equal((await client.ledgerStatistics(id)).byMonth.length, 2)
    const page = await client.ledgerActivity(id, { limit: 1 })
    assert.deepEqual(page, await api.ledgerActivity(id, { limit: 1 }))
    const rest = await client.ledgerActivity(id, { before: page.before! })
    assert.deepEqual([page.lines.length, rest.lines.length, rest.before], [1, 1, undefined])
  })

  test('settings are changed one by one, and some of them by admins alone', async () => {
    await using setup = await startTestServer()
    const { client, ben, id, bill } = await household(setup)
    const settings = await client.changeLedgerSettings(id, { currency: EUR, cashStepMinor: 5 })
    assert.deepEqual([settings.currency, settings.cashStepMinor], [EUR, 5])
    assert.deepEqual(await client.ledgerSettings(id), settings)
    await assert.rejects(ben.changeLedgerSettings(id, { archived: true }), {
      code: 'LEDGER_ADMINS_ONLY',
    })
    assert.equal((await client.changeLedgerSettings(id, { archived: true })).archived, true)
    await assert.rejects(client.addExpense(id, bill(1)), { code: 'LEDGER_ARCHIVED', status: 409 })
  })

  test('categories, templates, couples and budgets are kept', async () => {
    await using setup = await startTestServer()
    const { client, api, ben, id, bill } = await household(setup)
    const category = await client.addCategory(id, { name: 'Sofas', emoji: '🛋️' })
    assert.equal((await client.changeCategory(id, category.id, { retired: true })).retired, true)
    const template = await client.addTemplate(id, { name: 'Rent', expense: bill(1000) })
    const changed = { name: 'Higher rent', expense: { note: 'up' } }
    assert.equal((await client.changeTemplate(id, template.id, changed)).expense.note, 'up')
    const couple = await client.addCouple(id, { name: 'A & B', members: [ben.id, api.id] })
    assert.deepEqual([...couple.members].sort(), [api.id, ben.id].sort())
    await client.addExpense(id, bill(1000))
    assert.deepEqual(await client.balances(id, { byCouple: true }), [])
    assert.equal((await client.changeCouple(id, couple.id, { name: 'Us' })).name, 'Us')
    const budget = await client.addBudget(id, { currency: EUR, amountMinor: 500 })
    assert.equal(budget.category, undefined)
    const limited = { category: category.id, amountMinor: 600 }
    assert.equal((await client.changeBudget(id, budget.id, limited)).category, category.id)
    assert.deepEqual(await client.ledgerExtras(id), await api.ledgerExtras(id))
    await assert.rejects(client.changeCouple(id, UNKNOWN, {}), { code: 'LEDGER_UNKNOWN' })
  })

  test('a bill comes again, is entered when due, and stops', async () => {
    await using setup = await startTestServer()
    const { client, api, id, bill } = await household(setup)
    const rule = { unit: 'month', every: 1, start: '2026-01-31', count: 3 } as const
    const series = await client.addSeries(id, { expense: bill(1000), rule })
    assert.deepEqual(series.due, ['2026-01-31', '2026-02-28', '2026-03-31'])
    assert.equal((await client.enterDue(id)).length, 3)
    assert.deepEqual(await client.enterDue(id), [])
    assert.equal((await client.expenses(id)).expenses[0]!.origin?.from, series.id)
    assert.equal((await client.changeSeries(id, series.id, { stopped: true })).stopped, true)
    assert.deepEqual(await client.ledgerSeries(id), await api.ledgerSeries(id))
  })

  test('a period is closed and countersigned, and what comes later is a correction', async () => {
    await using setup = await startTestServer()
    const { client, api, ben, id, bill } = await household(setup)
    await client.addExpense(id, bill(1000))
    const lock = await client.lockPeriod(id, '2026-03-31', 'spring')
    assert.deepEqual([lock.agrees, lock.signatures], [true, []])
    await ben.signLock(id, lock.id)
    assert.deepEqual(
      (await client.signLock(id, lock.id)).signatures.map(({ agrees }) => agrees),
      [true, true],
    )
    assert.deepEqual(await client.ledgerLocks(id), await api.ledgerLocks(id))
    assert.equal((await client.addExpense(id, bill(5))).isCorrection, true)
  })

  test('a file is looked at, imported, taken back and exported', async () => {
    await using setup = await startTestServer()
    const { client, api, ben, id } = await household(setup)
    const contents = bytesToBase64(utf8(SPLITWISE))
    const preview = await client.previewImport(id, { contents, fileName: 'trip.csv' })
    assert.deepEqual(preview, await api.previewImport(id, { contents, fileName: 'trip.csv' }))
    assert.deepEqual([preview.source, preview.newExpenses], ['splitwise-csv', 3])
    assert.deepEqual((await client.expenses(id)).total, 0)
    const people = preview.parties.map((party) => ({
      id: party.id,
      is: party.name === 'Ana' ? api.id : ben.id,
    }))
    const imported = await client.applyImport(id, { contents, fileName: 'trip.csv', people })
    assert.deepEqual([imported.expenses, imported.fileName], [3, 'trip.csv'])
    assert.equal((await client.previewImport(id, { contents })).knownExpenses, 3)
    const balances = await client.balances(id)
    const sums = new Map(balances.map(({ party, minor }) => [party, minor]))
    assert.deepEqual([sums.get(api.id), sums.get(ben.id)], ['1500', '-1500'])
    for (const format of FORMATS) {
      const [text, expected] = await Promise.all(
        [client, api].map((each) => textOf(each.exportLedger(id, format, { currency: 'EUR' }))),
      )
      assert.equal(text, expected)
      assert.ok(text!.length > 10, format)
    }
    assert.equal((await client.undoImport(id, imported.batch)).undone, true)
    assert.deepEqual(await client.ledgerImports(id), await api.ledgerImports(id))
    assert.equal((await client.expenses(id)).total, 0)
  })

  test('a malformed file is refused with its line and column, and nothing of it is written', async () => {
    await using setup = await startTestServer()
    const { client, id } = await household(setup)
    const contents = bytesToBase64(utf8(SPLITWISE.replace('40.00', '40.0x')))
    const place = { line: 3, column: 28 }
    const refusal = { code: 'IMPORT_BAD_VALUE', status: 400, fields: place }
    await assert.rejects(client.previewImport(id, { contents }), refusal)
    await assert.rejects(client.applyImport(id, { contents }), refusal)
    await assert.rejects(client.previewImport(id, { contents: 'no base64' }), {
      code: 'INVALID_INPUT',
    })
    assert.deepEqual(await client.ledgerImports(id), [])
  })

  test('what does not hold together is refused with the reason, and days that are none too', async () => {
    await using setup = await startTestServer()
    const { client, id, bill } = await household(setup)
    await assert.rejects(client.addExpense(id, bill(1000, { amountMinor: 999 })), {
      code: 'LEDGER_BAD_EXPENSE',
    })
    await assert.rejects(client.addExpense(id, bill(1000, { date: '2026-02-30' })), {
      code: 'INVALID_INPUT',
    })
    await assert.rejects(client.addExpense(id, bill(0.5)), { code: 'INVALID_INPUT' })
    await assert.rejects(client.expense(id, UNKNOWN), { code: 'LEDGER_UNKNOWN', status: 404 })
    const reader = setup.client('read')
    assert.equal((await reader.expenses(id)).total, 0)
    await assert.rejects(reader.addExpense(id, bill(1)), { code: 'SCOPE_FORBIDDEN' })
  })

  test('listeners hear that a ledger changed', async () => {
    await using setup = await startTestServer()
    const { client, ben, id, bill } = await household(setup)
    const abort = new AbortController()
    const events = client.events({ signal: abort.signal })[Symbol.asyncIterator]()
    await events.next()
    await ben.addExpense(id, bill(1))
    assert.deepEqual((await events.next()).value, { type: 'ledger', space: id })
    abort.abort()
  })
})

const FORMATS: readonly LedgerExportFormat[] = [
  'json',
  'csv',
  'splitwise-csv',
  'spliit-json',
  'ihatemoney-json',
  'cospend-csv',
  'settlement-csv',
]

const SPLITWISE = `Date,Description,Category,Cost,Currency,Ana,Ben
2026-03-01,Dinner,Dining out,30.00,EUR,15.00,-15.00
2026-03-02,Train,Bus/train,40.00,EUR,20.00,-20.00
2026-03-03,Ben paid Ana,Payment,20.00,EUR,-20.00,20.00
2026-03-04,Total balance,,,EUR,15.00,-15.00
`

async function textOf(pieces: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}
