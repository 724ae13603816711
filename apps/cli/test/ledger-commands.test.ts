/** The ledger as a whole by commands: balances, getting even, people, closed periods, settings, files. */

import assert from 'node:assert/strict'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { IMPORT_FILE_BYTES_MAX } from '@hamlet/expenses'
import type {
  DebtExplanation,
  Expense,
  ImportPreview,
  LedgerBalance,
  LedgerImport,
  LedgerLock,
  LedgerParty,
  LedgerSettings,
  LedgerStatistics,
  SettlementPlan,
} from '@hamlet/http'

import { startTestPeer } from './_cli.ts'
import { household } from './_household.ts'

const TRIP = `Date,Description,Category,Cost,Currency,Ana,Dora
2026-03-01,Dinner,Dining out,30.00,EUR,15.00,-15.00
2026-03-02,Train,Bus/train,40.00,EUR,20.00,-20.00
2026-03-03,Dora paid Ana,Payment,20.00,EUR,-20.00,20.00
2026-03-04,Total balance,,,EUR,15.00,-15.00
`

test('balances, the plan, a payment and the reasons tell one story', async () => {
  await using peer = await startTestPeer()
  const { ben } = await household(peer)
  await peer.cli(['expense', 'add', 'Household', 'Dinner', '30'])
  const balances = await peer.cli(['balances', 'Household'])
  assert.match(balances.stdout, /^WHO +AMOUNT\n/)
  assert.match(balances.stdout, /^you +gets back +20\.00 EUR$/m)
  assert.match(balances.stdout, /^Ben +owes + 10\.00 EUR$/m)
  const plan = await peer.json<SettlementPlan>('settle', 'Household', '--mode', 'pairwise')
  assert.deepEqual([plan.mode, plan.transfers.length], ['pairwise', 2])
  const words = (await peer.cli(['settle', 'Household'])).stdout
  assert.match(
    words,
    /^FROM +TO +AMOUNT\n(?:\w+ +you +10\.00 EUR\n){2}When it is paid: hamlet pay /,
  )
  const paid = await peer.cli(['pay', 'Household', 'Ben', 'me', '2+2', '--note', 'cash'])
  assert.match(paid.stdout, /^Payment, 4\.00 EUR, paid by Ben, 2026-11-20 /)
  const explained = await peer.cli(['explain', 'Household', 'Ben', 'me'])
  assert.match(
    explained.stdout,
    /^Ben owes you 6\.00 EUR\.\nDAY +ID +WHAT +ADDS +SUM +ENTERED BY +ENTRY\n/,
  )
  assert.match(explained.stdout, /Payment +-4\.00 + 6\.00 +you/)
  assert.match(
    (await peer.cli(['explain', 'Household', 'me', 'ben'])).stdout,
    /^Ben owes you 6\.00/,
  )
  const [debt] = await peer.json<DebtExplanation[]>('explain', 'Household', ben.id, 'Ana')
  assert.equal(debt!.minor, '600')
  await peer.cli(['pay', 'Household', 'Ben', 'me', '6'])
  await peer.cli(['pay', 'Household', 'Cleo', 'me', '10'])
  assert.equal((await peer.cli(['balances', 'Household'])).stdout, 'Everybody is even.\n')
  assert.equal((await peer.cli(['settle', 'Household'])).stdout, 'Everybody is even.\n')
})

test('couples count as one where that is asked for', async () => {
  await using peer = await startTestPeer()
  const { space, ben, cleo } = await household(peer)
  await peer.api.addCouple(space, { name: 'B & C', members: [ben.id, cleo] })
  await peer.cli(['expense', 'add', 'Household', 'Dinner', '30'])
  assert.match(
    (await peer.cli(['balances', 'Household', '--couples'])).stdout,
    /^B & C +owes +20\.00 EUR$/m,
  )
  assert.match((await peer.cli(['settle', 'Household'])).stdout, /^B & C +you +20\.00 EUR$/m)
  const apart = await peer.json<SettlementPlan>('settle', 'Household', '--apart')
  assert.equal(apart.transfers.length, 2)
})

test('people without the app are added, renamed, linked, unlinked and retired', async () => {
  await using peer = await startTestPeer()
  const { space, ben, cleo } = await household(peer)
  assert.match(
    (await peer.cli(['party', 'add', 'Household', 'Ben'])).stdout,
    /^Added Ben \([0-9a-f]{8}\)\.\n/,
  )
  const linked = await peer.cli(['party', 'link', 'Household', 'cleo', ben.id.slice(0, 8)])
  assert.match(linked.stdout, /^Cleo is Ben now\.\nGo back with: hamlet party unlink /)
  const renamed = await peer.cli(['party', 'rename', 'Household', 'Cleo', 'Cléo'])
  assert.equal(renamed.stdout, 'Cleo is called Cléo now.\n')
  assert.match(
    (await peer.cli(['party', 'list', 'Household'])).stdout,
    /^Cléo +[0-9a-f]{8} +without the app +is Ben$/m,
  )
  assert.equal(
    (await peer.cli(['party', 'unlink', 'Household', 'Cléo'])).stdout,
    'Cléo is nobody else now.\n',
  )
  await peer.cli(['party', 'retire', 'Household', cleo.slice(0, 8)])
  const retired = await peer.json<LedgerParty[]>('party', 'list', 'Household')
  assert.equal(retired.find(({ id }) => id === cleo)!.retired, true)
  assert.match(
    (await peer.cli(['party', 'retire', 'Household', 'Cléo', '--undo'])).stdout,
    /offered again/,
  )
  const member = await peer.cli(['party', 'rename', 'Household', 'Ana', 'Anna'])
  assert.equal(member.code, 2)
  assert.match(member.stderr, /members look after themselves/)
  assert.equal((await peer.api.ledgerParties(space)).length, 4)
})

test('a period is closed, countersigned and listed', async () => {
  await using peer = await startTestPeer()
  const { space, ben } = await household(peer)
  await peer.cli(['expense', 'add', 'Household', 'Dinner', '30', '--date', '2026-10-01'])
  const closed = await peer.cli([
    'lock',
    'Household',
    '--through',
    '2026-10-31',
    '--note',
    'autumn',
  ])
  assert.match(closed.stdout, /^Closed everything up to 2026-10-31\./)
  const [lock] = await peer.json<LedgerLock[]>('lock', 'Household')
  await ben.signLock(space, lock!.id)
  const signed = await peer.cli(['lock', 'Household', '--sign', lock!.id.slice(0, 8)])
  assert.equal(signed.stdout, 'Signed: this device computes the same balances up to 2026-10-31.\n')
  const listed = await peer.cli(['lock', 'Household'])
  assert.match(
    listed.stdout,
    /2026-10-31 +[0-9a-f]{8} +you +the same +(?:Ben, you|you, Ben) +autumn/,
  )
  const late = await peer.cli(['expense', 'add', 'Household', 'Late', '1', '--date', '2026-10-02'])
  assert.match(late.stdout, /it counts as a correction/)
})

test('settings are shown, changed and kept by the ledger', async () => {
  await using peer = await startTestPeer()
  await household(peer)
  const words = ['ledger', 'settings', 'Household']
  const changed = await peer.cli([
    ...words,
    '--cash-step',
    '0.05',
    '--mode',
    'existing',
    '--confirm-above',
    '100',
  ])
  assert.match(changed.stdout, /^Smallest coin +0\.05 EUR$/m)
  assert.match(changed.stdout, /^A word needed +for payments, and debts above 100\.00 EUR$/m)
  const now = await peer.json<LedgerSettings>(...words)
  assert.deepEqual(
    [now.settleMode, now.cashStepMinor, now.confirmAboveMinor],
    ['existing', 5, 10_000],
  )
  const divided = await peer.cli([...words, '--divide', 'me=2,Ben'])
  assert.match(divided.stdout, /^Divided +(?:Ben 1, you 2|you 2, Ben 1)$/m)
  const third = await peer.json<Expense>('expense', 'add', 'Household', 'Oil', '3')
  assert.deepEqual(
    third.owed.map(({ amountMinor }) => amountMinor).toSorted((a, b) => a - b),
    [100, 200],
  )
  await peer.cli([...words, '--divide', 'equal'])
  assert.deepEqual((await peer.json<LedgerSettings>(...words)).defaultSplit, [])
  await peer.cli([...words, '--archive'])
  const refused = await peer.cli(['expense', 'add', 'Household', 'x', '1'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /are archived\. Nothing was saved/)
  await peer.cli([...words, '--reopen'])
  assert.equal((await peer.cli(['expense', 'add', 'Household', 'x', '1'])).code, 0)
})

test('what was spent and done is told by category, person, month and act', async () => {
  await using peer = await startTestPeer()
  const { space } = await household(peer)
  await peer.api.addBudget(space, { currency: { code: 'EUR', exponent: 2 }, amountMinor: 2000 })
  await peer.cli(['expense', 'add', 'Household', 'Dinner', '30', '--category', 'dining out'])
  const spent = (await peer.cli(['ledger', 'spent', 'Household', '--from', '2026-11-01'])).stdout
  assert.match(spent, /^CATEGORY +SPENT +BILLS\ndining-out +30\.00 EUR +1\n/)
  assert.match(spent, /^PAID BY .*\nyou +30\.00 EUR +1$/m)
  assert.match(spent, /^everything +2026-11 +30\.00 EUR +20\.00 EUR +over it$/m)
  const later = await peer.json<LedgerStatistics>(
    'ledger',
    'spent',
    'Household',
    '--from',
    '2026-12-01',
  )
  assert.deepEqual(later.byMonth, [])
  await peer.cli(['party', 'link', 'Household', 'Cleo', 'Ben'])
  const told = (await peer.cli(['ledger', 'log', 'Household', '--limit', '1'])).stdout
  assert.match(told, /you said who Cleo is\n$/)
  const log = (await peer.cli(['ledger', 'log', 'Household'])).stdout
  assert.match(log, /^[0-9a-f]{8} .* you entered Dinner$/m)
  assert.match(log, /you entered a budget\n.*you set currency\n.*you entered the person Cleo\n$/)
})

test('categories, couples and budgets are added, listed, changed and retired', async () => {
  await using peer = await startTestPeer()
  const { space, ben } = await household(peer)
  const say = async (...argv: string[]) => (await peer.cli(argv)).stdout
  assert.equal(
    await say('category', 'add', 'Household', 'Sofas', '--emoji', '🛋️'),
    'Added the category Sofas.\n',
  )
  assert.equal(
    await say('category', 'rename', 'Household', 'sofas', 'Couches'),
    'Sofas is Couches now.\n',
  )
  assert.match(await say('category', 'list', 'Household'), /^🛋️ Couches +[0-9a-f]{8}$/m)
  const bill = ['expense', 'add', 'Household', 'Couch', '300', '--category', 'couches']
  const { category } = await peer.json<Expense>(...bill)
  assert.match(
    await say('budget', 'add', 'Household', '200', '--category', 'Couches'),
    /^200\.00 EUR a month of /,
  )
  const [budget] = (await peer.api.ledgerExtras(space)).budgets
  assert.equal(budget!.category, category)
  await say('budget', 'change', 'Household', budget!.id.slice(0, 8), '250+50')
  assert.match(
    await say('budget', 'list', 'Household'),
    /^Couches +[0-9a-f]{8} +300\.00 EUR a month$/m,
  )
  assert.match(await say('couple', 'add', 'Household', 'Us', 'me,Ben'), /count as one: Us\.\n$/)
  assert.match(
    await say('couple', 'list', 'Household'),
    /^Us +[0-9a-f]{8} +(?:you, Ben|Ben, you)$/m,
  )
  assert.match(await say('couple', 'retire', 'Household', 'Us'), /^Us is retired/)
  assert.equal(await say('couple', 'retire', 'Household', 'Us', '--undo'), 'Us is back.\n')
  assert.match(await say('category', 'retire', 'Household', 'Couches'), /^Couches is retired/)
  assert.match(await say('budget', 'retire', 'Household', budget!.id), /^The budget is retired/)
  const extras = await peer.api.ledgerExtras(space)
  assert.deepEqual(
    [extras.categories[0]!.retired, extras.couples[0]!.retired, extras.budgets[0]!.retired],
    [true, false, true],
  )
  assert.ok(extras.couples[0]!.members.includes(ben.id))
  assert.match(
    (await peer.cli(['couple', 'retire', 'Household', 'Them'])).stderr,
    /no couple "Them"/,
  )
})

test('a bill is filled in beforehand and entered with what is different', async () => {
  await using peer = await startTestPeer()
  const { space, ben } = await household(peer)
  const kept = await peer.cli([
    'template',
    'add',
    'Household',
    'Rent',
    '900',
    '--split',
    'shares:me=2,Ben=1',
    '--category',
    'rent',
    '--paid',
    'Ben',
  ])
  assert.match(kept.stdout, /^Kept Rent\. Enter it with: hamlet expense add /)
  assert.match(
    (await peer.cli(['template', 'list', 'Household'])).stdout,
    /^Rent +[0-9a-f]{8} +900\.00 EUR +Ben$/m,
  )
  const enter = ['expense', 'add', 'Household']
  const same = await peer.json<Expense>(...enter, 'March', '--template', 'rent')
  assert.deepEqual(
    [same.title, same.amountMinor, same.category, same.date],
    ['March', 90_000, 'rent', '2026-11-20'],
  )
  const more = await peer.json<Expense>(
    ...enter,
    'April',
    '960',
    '--template',
    'Rent',
    '--date',
    '2026-04-01',
  )
  assert.deepEqual(more.paid, [{ party: ben.id, amountMinor: 96_000 }])
  assert.deepEqual(
    more.owed.map(({ amountMinor }) => amountMinor).toSorted((a, b) => a - b),
    [32_000, 64_000],
  )
  assert.equal(more.date, '2026-04-01')
  const edit = ['template', 'edit', 'Household', 'Rent']
  const edited = await peer.cli([...edit, '--amount', '990', '--name', 'Flat'])
  assert.match(edited.stdout, /^Kept Flat: 990\.00 EUR\.$/m)
  const [flat] = (await peer.api.ledgerExtras(space)).templates
  assert.deepEqual(flat!.expense.paid, [{ party: ben.id, amountMinor: 99_000 }])
  assert.equal((await peer.cli(edit)).code, 1)
  assert.equal((await peer.cli(['template', 'edit', 'Household', 'Flat'])).code, 2)
  await peer.cli(['template', 'retire', 'Household', 'Flat'])
  assert.equal((await peer.api.ledgerExtras(space)).templates[0]!.retired, true)
  assert.equal((await peer.cli([...enter, 'x', '--template', 'none'])).code, 1)
})

test('a file is shown first, and written only on a word', async () => {
  await using peer = await startTestPeer()
  const { space, ben } = await household(peer)
  const file = join(peer.data, 'trip.csv')
  await writeFile(file, TRIP)
  const shown = await peer.cli(['import', 'Household', file])
  assert.match(
    shown.stdout,
    /^splitwise-csv: 3 new bills\.\n {2}Ana is you\n {2}Dora is somebody without the app\n/,
  )
  assert.match(shown.stdout, /^2 +2026-03-01 +Dinner +Ana +30\.00 EUR$/m)
  assert.match(shown.stderr, /Nothing is written yet\. Write it with: --yes/)
  const preview = await peer.json<ImportPreview>('import', 'Household', file)
  assert.equal(preview.newExpenses, 3)
  const declined = await peer.cli(['import', 'Household', file], { answers: ['n'] })
  assert.match(declined.stderr, /Nothing was written/)
  assert.equal((await peer.api.expenses(space)).total, 0)

  const map = ['--map', 'dora=Ben']
  const written = await peer.cli(['import', 'Household', file, ...map], { answers: ['y'] })
  assert.match(
    written.stdout,
    /^Imported 3 bills from trip\.csv\.\nUndo with: hamlet import [0-9a-f]{8} --undo [0-9a-f]{8}\n$/,
  )
  const balances = await peer.json<LedgerBalance[]>('balances', 'Household')
  assert.equal(balances.find(({ party }) => party === ben.id)!.minor, '-1500')
  assert.match(
    (await peer.cli(['import', 'Household', file])).stdout,
    /^splitwise-csv: 0 new bills, 3 imported before\.\n/,
  )
  const [done] = await peer.json<LedgerImport[]>('import', 'Household')
  const undone = await peer.cli(['import', 'Household', '--undo', done!.batch.slice(0, 8)])
  assert.match(undone.stdout, /^Deleted the 3 bills of trip\.csv\./)
  assert.match(
    (await peer.cli(['import', 'Household'])).stdout,
    /trip\.csv +splitwise-csv +3 +you .* undone\n$/,
  )
})

test('whom the file knows and the space too is taken for them, unless told otherwise', async () => {
  await using peer = await startTestPeer()
  const { space } = await household(peer)
  const options = { stdin: TRIP }
  const yes = await peer.cli(
    ['import', 'Household', '-', '--yes', '--map', 'Ana=-', '--json'],
    options,
  )
  assert.equal((JSON.parse(yes.stdout) as LedgerImport).fileName, 'standard input')
  const parties = await peer.api.ledgerParties(space)
  const guests = parties.filter(({ name, isPlaceholder }) => name === 'Ana' && isPlaceholder)
  assert.deepEqual(
    guests.map(({ id, is }) => id === is),
    [true],
  )
  const nobody = await peer.cli(['import', 'Household', '-', '--map', 'Emil=Ben'], options)
  assert.match(nobody.stderr, /no person of the file "Emil"/)
})

test('a malformed file is refused with its name, line and column', async () => {
  await using peer = await startTestPeer()
  const { space } = await household(peer)
  const file = join(peer.data, 'trip.csv')
  await writeFile(file, TRIP.replace('40.00', '40.0x'))
  const refused = await peer.cli(['import', 'Household', file, '--yes'])
  assert.deepEqual([refused.code, refused.stdout], [1, ''])
  assert.match(refused.stderr, /trip\.csv, line 3, column 28: expected a number/)
  const json = await peer.cli(['import', 'Household', file, '--json'])
  const { error } = JSON.parse(json.stderr) as { error: { code: string; fields: object } }
  assert.deepEqual([error.code, error.fields], ['IMPORT_BAD_VALUE', { file, line: 3, column: 28 }])
  const missing = await peer.cli(['import', 'Household', join(peer.data, 'none.csv')])
  assert.match(missing.stderr, /cannot read .*none\.csv/i)
  const huge = await peer.cli(['import', 'Household', '-'], {
    stdin: 'x'.repeat(IMPORT_FILE_BYTES_MAX + 1),
  })
  assert.match(huge.stderr, /has more than 33\.6 MB; nothing was imported/i)
  assert.deepEqual(await peer.api.ledgerImports(space), [])
})

test('bills are exported to a file, or to standard output, as they can be imported again', async () => {
  await using peer = await startTestPeer()
  await household(peer)
  await peer.cli(['expense', 'add', 'Household', 'Dinner', '30'])
  const file = join(peer.data, 'bills.json')
  const wrote = await peer.cli(['export', 'Household', '--format', 'json', '-o', file])
  assert.equal(wrote.stdout, `Wrote the bills to ${file}.\n`)
  const text = await readFile(file, 'utf8')
  assert.equal((JSON.parse(text) as { format: string }).format, 'hamlet-ledger')
  assert.equal((await peer.cli(['export', 'Household', '--format', 'json'])).stdout, text)
  assert.match(
    (await peer.cli(['export', 'Household', '--format', 'settlement-csv'])).stdout,
    /^From,To,Amount,Currency\r?\n/,
  )
  const odd = await peer.cli([
    'export',
    'Household',
    join(peer.data, 'bills.txt'),
    '--format',
    'csv',
  ])
  assert.match(odd.stderr, /What is in it is csv/)
  assert.deepEqual((await readdir(peer.data)).toSorted(), ['bills.json', 'bills.txt', 'run'])
  assert.equal((await peer.cli(['export', 'Household'])).code, 2)
  assert.equal((await peer.cli(['export', 'Household', '--format', 'docx'])).code, 2)
  const again = await peer.json<ImportPreview>('import', 'Household', file)
  assert.deepEqual([again.source, again.newExpenses, again.knownExpenses], ['hamlet-json', 0, 1])
})
