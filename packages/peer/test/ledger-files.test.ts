/** Files into a ledger and out of it: previews, imports on several devices, undoing, and every format of export. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToBase64, utf8 } from '@hamlet/core'
import type { ImportInput } from '@hamlet/http/api'
import { bill, both, EUR, household, id, minorOf } from './_household.ts'
import { codeOf, pass } from './_world.ts'
import type { Person } from './_world.ts'

const SPLITWISE = [
  'Date,Description,Category,Cost,Currency,Anna,Ben,Cleo',
  '',
  '2026-03-01,"Dinner, drinks",Dining out,90.00,EUR,60.00,-30.00,-30.00',
  '2026-03-02,Boat,Sailing,30.00,EUR,-10.00,20.00,-10.00',
  '2026-03-03,Cleo P. paid Anna P.,Payment,20.00,EUR,-20.00,0.00,20.00',
  '',
  '2026-03-31,Total balance, , ,EUR,30.00,-10.00,-20.00',
].join('\n')

function file(text: string, more: Partial<ImportInput> = {}): ImportInput {
  return { contents: bytesToBase64(utf8(text)), fileName: 'flat.csv', ...more }
}

async function piecesOf(pieces: AsyncIterable<string>): Promise<readonly string[]> {
  const all: string[] = []
  for await (const piece of pieces) all.push(piece)
  return all
}

async function exported({ api }: Person, space: string, format: 'json' | 'csv'): Promise<string> {
  return (await piecesOf(api.exportLedger(space, format))).join('')
}

test('a preview writes nothing, says what is new, and whom it takes everybody for', async () => {
  const { anna, ben, space } = await household()
  const preview = await anna.api.previewImport(space, file(SPLITWISE))
  assert.equal(preview.source, 'splitwise-csv')
  assert.deepEqual(
    preview.parties.map(({ name, is }) => [name, is]),
    [
      ['Anna', anna.identity.person],
      ['Ben', ben.identity.person],
      ['Cleo', undefined],
    ],
  )
  assert.deepEqual([preview.newExpenses, preview.knownExpenses], [3, 0])
  assert.deepEqual(
    preview.sample.map(({ title, line }) => [title, line]),
    [
      ['Dinner, drinks', 3],
      ['Boat', 4],
      ['Cleo P. paid Anna P.', 5],
    ],
  )
  assert.deepEqual(preview.wrongTotals, [])
  const wrong = SPLITWISE.replace('EUR,30.00,-10.00', 'EUR,30.00,-11.00')
  const [total] = (await anna.api.previewImport(space, file(wrong))).wrongTotals
  assert.deepEqual([total?.expectedMinor, total?.actualMinor, total?.line], ['-1100', '-1000', 7])
  assert.equal((await anna.api.expenses(space)).total, 0)
  assert.equal((await anna.api.ledgerActivity(space)).lines.length, 0)
})

test('a preview takes somebody for the only person without the app of that name, unless there are two', async () => {
  const { anna, space } = await household()
  const whoIsCleo = async () => {
    const { parties } = await anna.api.previewImport(space, file(SPLITWISE))
    return parties.find(({ name }) => name === 'Cleo')?.is
  }
  const cleo = await anna.api.addParty(space, 'cleo')
  assert.equal(await whoIsCleo(), cleo.id)
  const other = await anna.api.addParty(space, 'Cleo')
  assert.equal(await whoIsCleo(), undefined)
  await anna.api.changeParty(space, other.id, { retired: true })
  assert.equal(await whoIsCleo(), cleo.id)
})

test('the same file imported on two devices that do not see each other is there once', async () => {
  const { anna, ben, space } = await household()
  await ben.close()
  const { parties } = await anna.api.previewImport(space, file(SPLITWISE))
  const people = parties.flatMap(({ id, is }) => (is === undefined ? [] : [{ id, is }]))
  const first = await anna.api.applyImport(space, file(SPLITWISE, { people }))
  assert.deepEqual(
    [first.expenses, first.undone, first.source, first.fileName],
    [3, false, 'splitwise-csv', 'flat.csv'],
  )
  await pass([anna], 1_000)
  await anna.close()
  await ben.open()
  await ben.api.applyImport(space, file(SPLITWISE, { people }))
  await anna.open()
  await pass([anna, ben], 20_000)
  for (const person of [anna, ben]) {
    const { expenses, total } = await person.api.expenses(space)
    assert.equal(total, 3)
    assert.deepEqual(
      expenses.map(({ choices, edited }) => [choices, edited]),
      expenses.map(() => [1, false]),
    )
    assert.deepEqual(await minorOf(person, space), { Anna: '3000', Ben: '-1000', Cleo: '-2000' })
    assert.equal((await person.api.ledgerImports(space)).length, 1)
    const again = await person.api.previewImport(space, file(SPLITWISE))
    assert.deepEqual([again.newExpenses, again.knownExpenses], [0, 3])
    assert.deepEqual(
      again.parties.map(({ is }) => is),
      [anna.identity.person, ben.identity.person, undefined],
      'as was said before',
    )
  }
})

test('what was imported once is not imported again, also when it was deleted; a longer file brings what is new', async () => {
  const { anna, space } = await household()
  await anna.api.applyImport(space, file(SPLITWISE))
  const boat = (await anna.api.expenses(space, { search: 'boat' })).expenses[0]!
  await anna.api.deleteExpense(space, boat.id)
  await anna.api.applyImport(space, file(SPLITWISE))
  assert.equal((await anna.api.expenses(space)).total, 2)
  const more = SPLITWISE.replace(
    '2026-03-02,Boat',
    '2026-03-02,Ice,Sailing,3.00,EUR,2.00,-1.00,-1.00\n2026-03-02,Boat',
  )
  assert.equal((await anna.api.applyImport(space, file(more))).expenses, 1)
  assert.equal((await anna.api.expenses(space)).total, 3)
  assert.equal((await anna.api.ledgerImports(space)).length, 2)
})

test('a name of a file is kept as far as there is room for it', async () => {
  const { anna, space } = await household()
  const fileName = `x${'🫖'.repeat(60)}.csv`
  const kept = await anna.api.applyImport(space, file(SPLITWISE, { fileName }))
  assert.equal(kept.fileName, `x${'🫖'.repeat(49)}`)
})

test('an import is undone as a whole and restored one by one', async () => {
  const { anna, space } = await household()
  const { batch } = await anna.api.applyImport(space, file(SPLITWISE))
  const undone = await anna.api.undoImport(space, batch)
  assert.deepEqual([undone.expenses, undone.undone], [3, true])
  assert.deepEqual(await anna.api.balances(space), [])
  const [one] = (await anna.api.expenses(space, { state: 'deleted' })).expenses
  await anna.api.restoreExpense(space, one!.id)
  assert.equal((await anna.api.ledgerImports(space))[0]?.undone, false)
  assert.equal((await anna.api.undoImport(space, batch)).undone, true)
  assert.equal(await codeOf(anna.api.undoImport(space, id(1))), 'LEDGER_UNKNOWN')
})

test('an import that was cut short is made whole by importing the file again', async () => {
  const { anna, space } = await household()
  const rows = Array.from({ length: 700 }, (_, i) => `2026-03-01,Item ${i},,2.00,EUR,1.00,-1.00`)
  const long = ['Date,Description,Category,Cost,Currency,Anna,Ben', ...rows].join('\n')
  const whole = anna.api.applyImport(space, file(long))
  // The first part is written; then the device goes off.
  while ((await anna.api.expenses(space)).total === 0) await Promise.resolve()
  await anna.close()
  assert.ok((await codeOf(whole)) !== undefined)
  await anna.open()
  const { total } = await anna.api.expenses(space)
  assert.ok(total >= 500 && total < 700, `${total}`)
  const [cut] = await anna.api.ledgerImports(space)
  assert.equal(cut?.expenses, total)
  const { newExpenses, knownExpenses } = await anna.api.previewImport(space, file(long))
  assert.deepEqual([newExpenses, knownExpenses], [700 - total, total])
  const made = await anna.api.applyImport(space, file(long))
  assert.deepEqual([made.batch, made.expenses], [cut?.batch, 700])
})

test('a file that cannot be read is refused with its line and column', async () => {
  const { anna, space } = await household()
  const broken = SPLITWISE.replace('30.00,EUR,-10.00', 'thirty,EUR,-10.00')
  await assert.rejects(anna.api.previewImport(space, file(broken)), (error: unknown) => {
    const { code, fields } = error as { code: string; fields: Record<string, unknown> }
    assert.equal(code, 'IMPORT_BAD_VALUE')
    assert.equal(fields['line'], 4)
    assert.equal(typeof fields['column'], 'number')
    return true
  })
  assert.equal(await codeOf(anna.api.applyImport(space, file(broken))), 'IMPORT_BAD_VALUE')
  assert.equal(await codeOf(anna.api.applyImport(space, { contents: '???' })), 'IMPORT_BAD_TEXT')
  const people = [{ id: id(1), is: anna.identity.person }]
  assert.equal(
    await codeOf(anna.api.applyImport(space, file(SPLITWISE, { people }))),
    'LEDGER_UNKNOWN',
  )
  assert.equal((await anna.api.ledgerActivity(space)).lines.length, 0)
})

test('our own file goes back into its ledger without a trace, and into another with everybody in place', async () => {
  const { anna, ben, space } = await household()
  const cleo = await anna.api.addParty(space, 'Cleo')
  const among = [...both(anna, ben), cleo.id]
  await anna.api.addExpense(space, { ...bill(anna, 1000, among), category: 'groceries' }, id(1))
  await anna.api.addExpense(space, bill(ben, 501, among), id(2))
  await anna.api.deleteExpense(space, id(2))
  const json = await exported(anna, space, 'json')
  const again = await anna.api.previewImport(space, file(json))
  assert.deepEqual([again.newExpenses, again.knownExpenses], [0, 2])

  const { id: other } = await anna.api.createSpace('Other')
  const preview = await anna.api.previewImport(other, file(json))
  assert.deepEqual(
    new Map(preview.parties.map(({ name, is }) => [name, is])),
    new Map([
      ['Anna', anna.identity.person],
      ['Ben', undefined],
      ['Cleo', undefined],
    ]),
  )
  const people = preview.parties.flatMap(({ id, is }) => (is === undefined ? [] : [{ id, is }]))
  await anna.api.applyImport(other, file(json, { people }))
  assert.deepEqual(await minorOf(anna, other), await minorOf(anna, space))
  assert.equal((await anna.api.expenses(other, { state: 'deleted' })).total, 1)
})

test('every format is written, and read again by our own importers where they know it', async () => {
  const { anna, ben, space } = await household()
  await anna.api.addExpense(space, bill(anna, 1000, both(anna, ben)))
  await anna.api.addExpense(space, { ...bill(ben, 300, [anna.identity.person]), kind: 'transfer' })
  const expected = [
    ['json', 'hamlet-json'],
    ['csv', 'hamlet-csv'],
    ['splitwise-csv', 'splitwise-csv'],
    ['spliit-json', 'spliit-json'],
    ['ihatemoney-json', 'ihatemoney-json'],
    ['cospend-csv', 'cospend-csv'],
    ['signed-txt', 'hamlet-bundle'],
  ] as const
  for (const [format, source] of expected) {
    const text = (await piecesOf(anna.api.exportLedger(space, format))).join('')
    const preview = await anna.api.previewImport(space, file(text, { currency: EUR }))
    assert.equal(preview.source, source)
    assert.equal(preview.newExpenses + preview.knownExpenses, 2, format)
  }
  const plan = (await piecesOf(anna.api.exportLedger(space, 'settlement-csv'))).join('')
  assert.match(plan, /Ben,Anna,2\.00,EUR/)
})

test('who was imported and is somebody stands once in files for others, and no balance changes', async () => {
  const { anna, ben, space } = await household()
  const { parties } = await anna.api.previewImport(space, file(SPLITWISE))
  const people = parties.flatMap(({ id, is }) => (is === undefined ? [] : [{ id, is }]))
  await anna.api.applyImport(space, file(SPLITWISE, { people }))
  const imported = parties.find(({ name }) => name === 'Ben')!.id
  // Ben as he was imported and Ben as he is stand in one bill, each with a cent that does not divide.
  for (let i = 0; i < 6; i++) {
    const among = [...both(anna, ben), imported]
    await anna.api.addExpense(space, bill(anna, 1001 + i, among))
  }
  const balances = await minorOf(anna, space)
  const splitwise = (await piecesOf(anna.api.exportLedger(space, 'splitwise-csv'))).join('')
  assert.match(
    splitwise,
    /^Date,Description,Category,Cost,Currency,(Anna|Ben|Cleo),(Anna|Ben|Cleo),(Anna|Ben|Cleo)\r?\n/,
  )
  for (const format of ['csv', 'splitwise-csv', 'spliit-json'] as const) {
    const { id: other } = await anna.api.createSpace(format)
    const text = (await piecesOf(anna.api.exportLedger(space, format))).join('')
    const preview = await anna.api.previewImport(other, file(text, { currency: EUR }))
    assert.deepEqual(preview.wrongTotals, [])
    const names = preview.parties.map(({ name }) => name)
    assert.deepEqual(names.toSorted(), ['Anna', 'Ben', 'Cleo'], format)
    await anna.api.applyImport(other, file(text, { currency: EUR }))
    const again = Object.entries(await minorOf(anna, other))
    assert.deepEqual(new Map(again), new Map(Object.entries(balances)), format)
  }
  assert.match(
    (await piecesOf(anna.api.exportLedger(space, 'json'))).join(''),
    new RegExp(imported),
  )
})

test('a signed ledger comes to the same in another space, and one changed letter of it to nothing', async () => {
  const { anna, ben, space } = await household()
  const { id: bread } = await anna.api.addExpense(space, bill(anna, 1000, both(anna, ben)))
  await pass([anna, ben], 20_000)
  await ben.api.editExpense(space, bread, { title: 'Bread' })
  await pass([anna, ben], 20_000)
  const text = (await piecesOf(anna.api.exportLedger(space, 'signed-txt'))).join('')
  const { id: other } = await anna.api.createSpace('Later')
  const preview = await anna.api.previewImport(other, file(text))
  assert.deepEqual(
    preview.sample.map(({ title }) => title),
    ['Bread'],
  )
  const people = preview.parties.flatMap(({ id: party, is }) =>
    is === undefined ? [] : [{ id: party, is }],
  )
  assert.equal(people.length, 1)
  await anna.api.applyImport(other, file(text, { people }))
  assert.deepEqual(await minorOf(anna, other), await minorOf(anna, space))
  const at = text.length - 200
  const letter = text[at] === 'A' ? 'B' : 'A'
  const forged = file(text.slice(0, at) + letter + text.slice(at + 1))
  const code = await codeOf(anna.api.previewImport(other, forged))
  assert.match(code ?? 'taken', /^IMPORT_(FORGED|BAD_VALUE)$/)
})

test('pieces of a file are cut between characters and stop when nobody reads on', async () => {
  const { anna, ben, space } = await household()
  const note = '🫖'.repeat(1_000)
  for (let i = 0; i < 80; i++) {
    await anna.api.addExpense(space, { ...bill(anna, 100 + i, both(anna, ben)), note })
  }
  const pieces = await piecesOf(anna.api.exportLedger(space, 'json'))
  assert.ok(pieces.length > 2)
  assert.ok(pieces.every((piece) => piece.isWellFormed()))
  assert.doesNotThrow(() => JSON.parse(pieces.join('')))
  const stop = new AbortController()
  const read: string[] = []
  for await (const piece of anna.api.exportLedger(space, 'json', { signal: stop.signal })) {
    read.push(piece)
    stop.abort()
  }
  assert.equal(read.length, 1)
})

test('a file for an app that counts in one currency has what is in it, or in the one most bills are in', async () => {
  const { anna, ben, space } = await household()
  const USD = { code: 'USD', exponent: 2 }
  await anna.api.addExpense(space, bill(anna, 100, both(anna, ben)))
  await anna.api.addExpense(space, bill(anna, 200, both(anna, ben)))
  await anna.api.addExpense(space, { ...bill(anna, 700, both(anna, ben)), currency: USD })
  const amounts = async (currency?: string) => {
    const options = currency === undefined ? {} : { currency }
    const pieces = await piecesOf(anna.api.exportLedger(space, 'spliit-json', options))
    const { expenses } = JSON.parse(pieces.join('')) as { expenses: { amount: number }[] }
    return expenses.map(({ amount }) => amount).toSorted((a, b) => a - b)
  }
  assert.deepEqual(await amounts(), [100, 200])
  assert.deepEqual(await amounts('USD'), [700])
  await anna.api.changeLedgerSettings(space, { currency: USD })
  assert.deepEqual(await amounts(), [700])
  assert.equal(await codeOf(amounts('QQQ')), 'LEDGER_BAD_QUERY')
})

test('an empty ledger without a currency has no file for apps that count in one', async () => {
  const { anna, space } = await household()
  assert.match(await exported(anna, space, 'json'), /"expenses": \[\]/)
  const cospend = piecesOf(anna.api.exportLedger(space, 'cospend-csv'))
  assert.equal(await codeOf(cospend), 'LEDGER_BAD_QUERY')
})
