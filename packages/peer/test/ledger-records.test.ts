/** What a ledger keeps beside its expenses: people without the app, categories, templates, couples, budgets, locks. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bill, both, EUR, household, id, minorOf } from './_household.ts'
import { codeOf, pass, people } from './_world.ts'

test('somebody without the app stands in a bill, and is who a link says', async () => {
  const { anna, ben, space } = await household()
  const guest = await anna.api.addParty(space, 'Benny')
  assert.deepEqual(guest, {
    ...{ id: guest.id, name: 'Benny', isPlaceholder: true, retired: false },
    ...{ is: guest.id, aliases: [], contested: false },
  })
  await anna.api.addExpense(space, bill(anna, 1000, [guest.id, anna.identity.person]))
  assert.deepEqual(await minorOf(anna, space), { Anna: '500', Benny: '-500' })
  const linked = await anna.api.changeParty(space, guest.id, { is: ben.identity.person })
  assert.equal(linked.is, ben.identity.person)
  assert.deepEqual(await minorOf(anna, space), { Anna: '500', Ben: '-500' })
  const parties = await anna.api.ledgerParties(space)
  assert.deepEqual(
    parties.map(({ name, member, aliases }) => [name, member, aliases]),
    [
      ['Anna', true, []],
      ['Ben', true, [guest.id]],
      ['Benny', undefined, []],
    ],
  )
  const apart = await anna.api.changeParty(space, guest.id, { is: null, name: 'Gast' })
  assert.deepEqual([apart.is, apart.name], [guest.id, 'Gast'])
  assert.deepEqual(await minorOf(anna, space), { Anna: '500', Gast: '-500' })
  assert.equal((await anna.api.changeParty(space, guest.id, { retired: true })).retired, true)
})

test('two who say different things of somebody at once leave a question, which one answers', async () => {
  const { anna, ben, space } = await household()
  const guest = await anna.api.addParty(space, 'Guest')
  await pass([anna, ben], 2_000)
  await ben.close()
  await anna.api.changeParty(space, guest.id, { is: anna.identity.person })
  await pass([anna], 1_000)
  await anna.close()
  await ben.open()
  await ben.api.changeParty(space, guest.id, { is: ben.identity.person })
  await anna.open()
  await pass([anna, ben], 20_000)
  const contested = async () =>
    (await anna.api.ledgerParties(space)).find((party) => party.id === guest.id)?.contested
  assert.equal(await contested(), true)
  await ben.api.changeParty(space, guest.id, { is: ben.identity.person })
  await pass([anna, ben], 2_000)
  assert.equal(await contested(), false)
})

test('who was a member and stands in a bill is still there, and a stranger is nobody', async () => {
  const { anna, ben, space } = await household()
  await anna.api.addExpense(space, bill(anna, 1000, both(anna, ben)))
  await anna.api.removeMember(space, ben.identity.person)
  const parties = await anna.api.ledgerParties(space)
  assert.deepEqual(
    parties.map(({ name, member }) => [name, member]),
    [
      ['Anna', true],
      ['Ben', false],
    ],
  )
  assert.deepEqual(await minorOf(anna, space), { Anna: '500', Ben: '-500' })
  const repaid = { ...bill(anna, 500, [anna.identity.person]), kind: 'transfer' } as const
  const paid = [{ party: ben.identity.person, amountMinor: 500 }]
  await anna.api.addExpense(space, { ...repaid, paid })
  assert.deepEqual(await anna.api.balances(space), [])
  const guest = await anna.api.addParty(space, 'Guest')
  const link = anna.api.changeParty(space, guest.id, { is: 'ab'.repeat(32) })
  assert.equal(await codeOf(link), 'LEDGER_BAD_EXPENSE')
  assert.equal(
    await codeOf(anna.api.changeParty(space, id(8), { name: 'Nobody' })),
    'LEDGER_UNKNOWN',
  )
  assert.equal(await codeOf(anna.api.addParty(space, ' ')), 'NAME_INVALID')
})

test('categories, templates, couples and budgets are made, changed, and retired for everybody', async () => {
  const { anna, ben, space } = await household()
  const category = await anna.api.addCategory(space, { name: 'Boat', emoji: '⛵' })
  const template = await anna.api.addTemplate(space, {
    name: 'Weekly shop',
    expense: bill(anna, 5000, both(anna, ben)),
  })
  const couple = await anna.api.addCouple(space, { name: 'We two', members: both(ben, anna) })
  const budget = await anna.api.addBudget(space, {
    ...{ category: category.id, currency: EUR, amountMinor: 10_000 },
  })
  assert.deepEqual(couple.members, both(anna, ben).toSorted())
  assert.equal(template.expense.title, 'Dinner')
  await pass([anna, ben], 2_000)
  assert.deepEqual(await ben.api.ledgerExtras(space), {
    categories: [category],
    templates: [template],
    couples: [couple],
    budgets: [budget],
  })
  await ben.api.changeCategory(space, category.id, { name: 'Ship' })
  await ben.api.changeTemplate(space, template.id, { expense: { title: 'Shop' } })
  await ben.api.changeCouple(space, couple.id, { retired: true })
  await ben.api.changeBudget(space, budget.id, { category: null })
  await pass([anna, ben], 2_000)
  const now = await anna.api.ledgerExtras(space)
  assert.deepEqual(now.categories, [{ ...category, name: 'Ship' }])
  assert.equal(now.templates[0]?.expense.title, 'Shop')
  assert.equal(now.templates[0]?.expense.amountMinor, 5000)
  assert.equal(now.couples[0]?.retired, true)
  const { category: _category, ...ofAll } = budget
  assert.deepEqual(now.budgets, [ofAll])
})

test('what is missing or makes no sense is refused', async () => {
  const { anna, space } = await household()
  const all = [
    anna.api.addCategory(space, { emoji: '⛵' }),
    anna.api.addTemplate(space, { name: 'Empty' }),
    anna.api.addCouple(space, { name: 'Alone', members: [anna.identity.person] }),
    anna.api.addBudget(space, { amountMinor: 5 }),
    anna.api.addBudget(space, { currency: EUR, amountMinor: 0 }),
  ]
  for (const each of all) assert.equal(await codeOf(each), 'LEDGER_BAD_RECORD')
  assert.equal(await codeOf(anna.api.changeCategory(space, id(1), {})), 'LEDGER_UNKNOWN')
  assert.equal((await anna.api.ledgerActivity(space)).lines.length, 0)
})

test('a couple counts as one when that is asked for, and a budget is spent', async () => {
  const { anna, ben, space } = await household()
  const cleo = await anna.api.addParty(space, 'Cleo')
  const among = [...both(anna, ben), cleo.id]
  await anna.api.addExpense(space, { ...bill(anna, 900, among), category: 'groceries' })
  const couple = await anna.api.addCouple(space, { name: 'Us', members: both(anna, ben) })
  const budget = await anna.api.addBudget(space, { currency: EUR, amountMinor: 1000 })
  const joint = await anna.api.balances(space, { byCouple: true })
  assert.deepEqual(
    new Map(joint.map(({ party, minor }) => [party, minor])),
    new Map([
      [couple.id, '300'],
      [cleo.id, '-300'],
    ]),
  )
  const apart = await anna.api.settlement(space, { byCouple: false, mode: 'pairwise' })
  assert.equal(apart.transfers.length, 2)
  const { byCategory, budgets } = await anna.api.ledgerStatistics(space, { from: '2026-01-01' })
  assert.deepEqual(byCategory, [{ key: 'groceries', currency: EUR, minor: '900', count: 1 }])
  assert.deepEqual(budgets, [{ budget, month: '2026-03', spentMinor: '900' }])
})

test('rates are known from other bills, and everything is told in one currency', async () => {
  const { anna, ben, space } = await household()
  const USD = { code: 'USD', exponent: 2 }
  const rate = { to: EUR, numerator: 9, denominator: 10, source: 'typed', asOf: '2026-03-01' }
  await anna.api.addExpense(space, { ...bill(anna, 1000, both(ben)), currency: USD, rate })
  await anna.api.addExpense(space, { ...bill(anna, 100, both(ben)), currency: USD })
  const known = await anna.api.knownRate(space, { from: 'USD', to: 'EUR', date: '2026-03-02' })
  assert.deepEqual([known.rate?.numerator, known.rate?.denominator], [9, 10])
  assert.deepEqual(
    await anna.api.knownRate(space, { from: 'EUR', to: 'JPY', date: '2026-03-02' }),
    {},
  )
  const converted = await anna.api.convertedBalances(space, 'EUR')
  assert.deepEqual(
    new Map(converted.balances.map(({ party, minor }) => [party, minor])),
    new Map([
      [anna.identity.person, '990'],
      [ben.identity.person, '-990'],
    ]),
  )
  assert.deepEqual([converted.currency, converted.withoutRate], [EUR, 0])
  const yen = await anna.api.ledgerStatistics(space, { currency: 'JPY' })
  assert.deepEqual([yen.paidBy, yen.withoutRate], [[], 2])
})

test('a closed period is countersigned by others, and what is changed in it afterwards is a correction', async () => {
  const { anna, ben, space } = await household()
  await anna.api.addExpense(space, bill(anna, 1000, both(anna, ben)), id(1))
  const lock = await anna.api.lockPeriod(space, '2026-03-31', 'first quarter')
  assert.deepEqual(
    [lock.through, lock.note, lock.agrees, lock.signatures, lock.by.person],
    ['2026-03-31', 'first quarter', true, [], anna.identity.person],
  )
  await pass([anna, ben], 2_000)
  const signed = await ben.api.signLock(space, lock.id)
  assert.deepEqual(
    signed.signatures.map(({ person, agrees }) => [person, agrees]),
    [[ben.identity.person, true]],
  )
  assert.deepEqual(await ben.api.signLock(space, lock.id), signed, 'the first word stands')
  await pass([anna, ben], 2_000)
  assert.deepEqual(await anna.api.signLock(space, lock.id), signed, 'it is Anna’s own')
  assert.equal((await anna.api.expense(space, id(1))).isCorrection, false)

  await ben.api.editExpense(space, id(1), { note: 'late' })
  await ben.api.addExpense(space, bill(ben, 300, both(anna, ben)), id(2))
  await ben.api.addExpense(space, { ...bill(ben, 300, both(anna, ben)), date: '2026-04-01' }, id(3))
  await pass([anna, ben], 2_000)
  const { expenses } = await anna.api.expenses(space)
  assert.deepEqual(
    new Map(expenses.map(({ id: each, isCorrection }) => [each, isCorrection])),
    new Map([
      [id(1), true],
      [id(2), true],
      [id(3), false],
    ]),
  )
  assert.equal((await anna.api.ledgerLocks(space))[0]?.agrees, true)
  assert.equal(await codeOf(anna.api.lockPeriod(space, 'March', '')), 'LEDGER_BAD_RECORD')
  assert.equal(await codeOf(anna.api.signLock(space, id(1))), 'LEDGER_UNKNOWN')
})

test('who cannot read the beginning of a ledger neither closes a period nor judges one', async () => {
  const [anna, ben] = await people('anna', 'ben')
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home', { history: 'from-join' })
  await anna.api.addExpense(space, bill(anna, 1000, both(anna)), id(1))
  const { link } = await anna.api.createInvite(space, { mode: 'auto' })
  await ben.api.join(link!, 'Ben')
  await pass([anna, ben], 5_000)
  const lock = await anna.api.lockPeriod(space, '2026-03-31', '')
  assert.equal(lock.agrees, true)
  await pass([anna, ben], 2_000)
  assert.equal((await ben.api.expenses(space)).total, 0)
  const [seen] = await ben.api.ledgerLocks(space)
  assert.deepEqual([seen?.id, seen?.agrees], [lock.id, undefined])
  assert.equal(await codeOf(ben.api.signLock(space, lock.id)), 'LEDGER_LOCK_UNREADABLE')
  assert.equal(await codeOf(ben.api.lockPeriod(space, '2026-03-31', '')), 'LEDGER_LOCK_UNREADABLE')
})

test('what was done is listed, newest first, page by page', async () => {
  const { anna, ben, space } = await household()
  await anna.api.addExpense(space, bill(anna, 1000, both(anna, ben)), id(1))
  await anna.api.commentExpense(space, id(1), 'hm')
  await anna.api.deleteExpense(space, id(1))
  await anna.api.restoreExpense(space, id(1))
  const lock = await anna.api.lockPeriod(space, '2026-03-31', '')
  const { lines, before } = await anna.api.ledgerActivity(space, { limit: 3 })
  assert.deepEqual(
    lines.map(({ what, record, id: each, title }) => [what, record, each, title]),
    [
      ['locked', 'lock', lock.id, undefined],
      ['restored', 'expense', id(1), 'Dinner'],
      ['deleted', 'expense', id(1), 'Dinner'],
    ],
  )
  const rest = await anna.api.ledgerActivity(space, { before: before! })
  assert.deepEqual(
    rest.lines.map(({ what }) => what),
    ['commented', 'created'],
  )
  assert.equal(rest.before, undefined)
  assert.equal(await codeOf(anna.api.ledgerActivity(space, { limit: 0 })), 'LEDGER_BAD_QUERY')
})

test('a bill somebody entered without knowing of their removal is adopted with those it names', async () => {
  const { anna, ben, space } = await household()
  await anna.api.addExpense(space, bill(anna, 1000, both(anna, ben)), id(1))
  await pass([anna, ben], 2_000)
  await ben.close()
  await anna.api.removeMember(space, ben.identity.person)
  await pass([anna], 1_000)
  await anna.close()
  await ben.open()
  const guest = await ben.api.addParty(space, 'Guest')
  await ben.api.addExpense(space, bill(ben, 600, [ben.identity.person, guest.id]), id(2))
  await ben.api.commentExpense(space, id(2), 'was fun')
  await anna.open()
  await pass([anna, ben], 20_000)
  assert.equal((await anna.api.expenses(space)).total, 1)
  const aside = await anna.api.setAside(space)
  assert.deepEqual(
    aside.map(({ kind, text, canAdopt }) => [kind, text, canAdopt]),
    [
      ['other', '', false],
      ['bill', 'Dinner', true],
      ['other', '', false],
    ],
  )
  await anna.api.changeLedgerSettings(space, { archived: true })
  assert.equal(await codeOf(anna.api.adopt(space, [aside[1]!.id])), 'LEDGER_ARCHIVED')
  await anna.api.changeLedgerSettings(space, { archived: false })
  const after = await anna.api.adopt(space, [aside[1]!.id])
  assert.deepEqual(
    after.map(({ adoptedByName }) => adoptedByName),
    ['Anna', 'Anna', undefined],
  )
  const adopted = await anna.api.expense(space, id(2))
  assert.equal(adopted.created.person, anna.identity.person)
  assert.deepEqual(await minorOf(anna, space), { Anna: '500', Ben: '-200', Guest: '-300' })
})
