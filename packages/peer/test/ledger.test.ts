/** The ledger through the API of whole peers: entered on one device, read, changed and judged on another. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMemoryKv } from '@hamlet/store'
import { bill, both, EUR, household, id, minorOf } from './_household.ts'
import { codeOf, pass } from './_world.ts'

test('what is entered on one device is read on the other, with what follows from it', async () => {
  const { anna, ben, space } = await household()
  const entered = await anna.api.addExpense(space, bill(anna, 1001, both(anna, ben)))
  assert.equal(entered.title, 'Dinner')
  assert.deepEqual(
    [entered.choices, entered.edited, entered.payment, entered.comments],
    [1, false, 'none', 0],
  )
  assert.equal(entered.created.person, anna.identity.person)
  assert.equal(
    entered.owed.reduce((sum, { amountMinor }) => sum + amountMinor, 0),
    1001,
  )
  await pass([anna, ben], 2_000)
  const { expenses, total, hasMore } = await ben.api.expenses(space)
  assert.deepEqual([expenses, total, hasMore], [[entered], 1, false])
  assert.deepEqual(await ben.api.balances(space), await anna.api.balances(space))
  const owed = entered.owed.find(({ party }) => party === ben.identity.person)!.amountMinor
  assert.deepEqual(await minorOf(ben, space), { Anna: `${owed}`, Ben: `-${owed}` })
  const { transfers } = await ben.api.settlement(space)
  assert.deepEqual(transfers, [
    {
      ...{ from: ben.identity.person, to: anna.identity.person },
      ...{ currency: EUR, minor: `${owed}` },
    },
  ])
  assert.ok(ben.events.some((event) => event.type === 'ledger' && event.space === space))
})

test('entries of a ledger are no news of a newer version', async () => {
  const { anna, ben, space } = await household()
  await anna.api.addExpense(space, bill(anna, 500, both(anna, ben)))
  await pass([anna, ben], 2_000)
  for (const { api } of [anna, ben]) {
    const { warnings } = await api.status()
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['KEYS_UNENCRYPTED'],
    )
  }
})

test('an expense that is sent again under its id is there once: at once, after a restart, and with no index', async () => {
  const { anna, ben, space } = await household()
  const input = bill(anna, 800, both(anna, ben))
  const [first, second] = await Promise.all([
    anna.api.addExpense(space, input, id(7)),
    anna.api.addExpense(space, input, id(7)),
  ])
  assert.deepEqual(second, first)
  await anna.close()
  anna.kv = createMemoryKv()
  await anna.open()
  assert.deepEqual(await anna.api.addExpense(space, { ...input, title: 'Other' }, id(7)), first)
  await anna.api.deleteExpense(space, id(7))
  assert.equal((await anna.api.addExpense(space, input, id(7))).deleted, true, 'gone is gone')
  assert.equal((await anna.api.expenses(space, { state: 'all' })).total, 1)
  await pass([anna, ben], 2_000)
  const seen = await ben.api.addExpense(space, input, id(7))
  assert.deepEqual([seen.deleted, seen.created.person], [true, anna.identity.person])
})

test('two quick edits of one device are one after the other; two of different devices apart wait for a choice', async () => {
  const { anna, ben, space } = await household()
  await anna.api.addExpense(space, bill(anna, 800, both(anna, ben)), id(1))
  const [, last] = await Promise.all([
    anna.api.editExpense(space, id(1), { title: 'Lunch' }),
    anna.api.editExpense(space, id(1), { note: 'with wine' }),
  ])
  assert.deepEqual([last.title, last.note, last.choices], ['Lunch', 'with wine', 1])
  await pass([anna, ben], 2_000)

  await ben.close()
  await anna.api.editExpense(space, id(1), { paid: [paidBy(anna, 900)] })
  await pass([anna], 1_000)
  await anna.close()
  await ben.open()
  await ben.api.editExpense(space, id(1), { paid: [paidBy(anna, 1000)] })
  await anna.open()
  await pass([anna, ben], 20_000)
  for (const { api } of [anna, ben]) {
    assert.equal((await api.expense(space, id(1))).choices, 2)
    assert.equal((await api.expenses(space, { state: 'conflict' })).total, 1)
  }
  assert.deepEqual(await anna.api.balances(space), await ben.api.balances(space))
  const { versions } = await ben.api.expense(space, id(1))
  const chosen = versions.find(({ amountMinor }) => amountMinor === 900)!
  assert.equal((await ben.api.resolveExpense(space, id(1), chosen.version)).amountMinor, 900)
  await pass([anna, ben], 2_000)
  for (const { api } of [anna, ben]) {
    const { choices, amountMinor } = await api.expense(space, id(1))
    assert.deepEqual([choices, amountMinor], [1, 900])
  }
})

function paidBy(person: { readonly identity: { readonly person: string } }, amountMinor: number) {
  return { party: person.identity.person, amountMinor }
}

test('what was deleted comes back as it was, and an edit that changes nothing writes nothing', async () => {
  const { anna, ben, space } = await household()
  const entered = await anna.api.addExpense(space, bill(anna, 800, both(anna, ben)))
  assert.equal((await anna.api.deleteExpense(space, entered.id)).deleted, true)
  assert.equal((await anna.api.expenses(space)).total, 0)
  assert.deepEqual(await anna.api.balances(space), [])
  assert.equal((await anna.api.restoreExpense(space, entered.id)).deleted, false)
  const { versions } = await anna.api.expense(space, entered.id)
  await anna.api.editExpense(space, entered.id, { title: 'Dinner' })
  await anna.api.restoreExpense(space, entered.id)
  assert.deepEqual((await anna.api.expense(space, entered.id)).versions, versions)
  assert.deepEqual(
    versions.map(({ changed }) => changed),
    [[], ['deleted'], ['deleted']],
  )
})

test('who may only read reads the ledger, and writes nothing to it', async () => {
  const { anna, ben, space } = await household('reader')
  const { id: expense } = await anna.api.addExpense(space, bill(anna, 800, both(anna, ben)))
  await pass([anna, ben], 2_000)
  assert.equal((await ben.api.expenses(space)).total, 1)
  for (const write of [
    ben.api.addExpense(space, bill(ben, 100, both(anna, ben))),
    ben.api.editExpense(space, expense, { title: 'Mine' }),
    ben.api.deleteExpense(space, expense),
    ben.api.commentExpense(space, expense, 'hello'),
    ben.api.addParty(space, 'Cleo'),
    ben.api.changeLedgerSettings(space, { currency: EUR }),
  ]) {
    assert.equal(await codeOf(write), 'SPACE_READ_ONLY')
  }
})

test('what asks for nothing there is, or for somebody nobody knows, is refused', async () => {
  const { anna, ben, space } = await household()
  const nobody = '5e'.repeat(32)
  assert.equal(await codeOf(anna.api.expense(space, id(9))), 'LEDGER_UNKNOWN')
  assert.equal(await codeOf(anna.api.editExpense(space, 'no id', {})), 'LEDGER_UNKNOWN')
  assert.equal(await codeOf(anna.api.expenses(space, { after: id(9) })), 'LEDGER_UNKNOWN')
  assert.equal(
    await codeOf(anna.api.addExpense(space, bill(anna, 1, both(anna, ben)), 'no id')),
    'LEDGER_BAD_RECORD',
  )
  const strange = { ...bill(anna, 100, both(anna, ben)), paid: [{ party: nobody, amountMinor: 5 }] }
  assert.equal(await codeOf(anna.api.addExpense(space, strange)), 'LEDGER_BAD_EXPENSE')
  assert.equal(await codeOf(anna.api.convertedBalances(space, 'QQQ')), 'LEDGER_BAD_QUERY')
  assert.equal(await codeOf(anna.api.expenses(nobody)), 'SPACE_NOT_FOUND')
})

test('a comment is its author’s to take back, or an admin’s', async () => {
  const { anna, ben, space } = await household()
  const { id: expense } = await anna.api.addExpense(space, bill(anna, 800, both(anna, ben)))
  await anna.api.commentExpense(space, expense, 'first')
  await pass([anna, ben], 2_000)
  const { thread } = await ben.api.commentExpense(space, expense, 'second')
  assert.deepEqual(
    thread.map(({ text, person }) => [text, person === anna.identity.person]),
    [
      ['first', true],
      ['second', false],
    ],
  )
  const others = ben.api.uncommentExpense(space, expense, thread[0]!.id)
  assert.equal(await codeOf(others), 'LEDGER_NOT_AUTHOR')
  assert.equal(
    await codeOf(ben.api.uncommentExpense(space, expense, id(3))),
    'LEDGER_UNKNOWN',
    'no such comment',
  )
  await pass([anna, ben], 2_000)
  const left = await anna.api.uncommentExpense(space, expense, thread[1]!.id)
  assert.deepEqual(
    left.thread.map(({ text }) => text),
    ['first'],
  )
  await pass([anna, ben], 2_000)
  assert.equal((await ben.api.expenses(space)).expenses[0]?.comments, 1)
})

test('a payment waits for whom it went to, who confirms or disputes it', async () => {
  const { anna, ben, space } = await household()
  await anna.api.addExpense(space, bill(anna, 1000, both(anna, ben)))
  await pass([anna, ben], 2_000)
  const paid = await ben.api.addExpense(space, {
    ...bill(ben, 300, [anna.identity.person]),
    kind: 'transfer',
  })
  assert.equal(paid.payment, 'pending')
  await pass([anna, ben], 2_000)
  assert.equal((await anna.api.expenses(space, { state: 'pending' })).total, 1)
  assert.deepEqual((await anna.api.expense(space, paid.id)).asked, [anna.identity.person])
  const pending = (await anna.api.balances(space)).map(({ pendingMinor }) => pendingMinor)
  assert.deepEqual(pending.toSorted(), ['-300', '300'])
  assert.equal(
    await codeOf(ben.api.judgeExpense(space, paid.id, 'confirmed', '')),
    'LEDGER_VERDICT_NOT_ALLOWED',
  )
  assert.equal(
    (await anna.api.judgeExpense(space, paid.id, 'disputed', 'nothing came')).payment,
    'disputed',
  )
  assert.equal((await anna.api.judgeExpense(space, paid.id, 'confirmed', '')).payment, 'confirmed')
  await pass([anna, ben], 2_000)
  const detail = await ben.api.expense(space, paid.id)
  assert.deepEqual(
    detail.verdicts.map(({ verdict, isOutdated }) => [verdict, isOutdated]),
    [['confirmed', false]],
  )
  assert.deepEqual(await minorOf(ben, space), { Anna: '200', Ben: '-200' })
})

test('an archived ledger takes nothing until an admin opens it again', async () => {
  const { anna, ben, space } = await household()
  const input = bill(anna, 800, both(anna, ben))
  await anna.api.addExpense(space, input, id(1))
  await pass([anna, ben], 2_000)
  assert.equal(
    await codeOf(ben.api.changeLedgerSettings(space, { archived: true })),
    'LEDGER_ADMINS_ONLY',
  )
  assert.equal((await anna.api.changeLedgerSettings(space, { archived: true })).archived, true)
  for (const write of [
    anna.api.addExpense(space, input),
    anna.api.editExpense(space, id(1), { title: 'Late' }),
    anna.api.commentExpense(space, id(1), 'late'),
    anna.api.addParty(space, 'Cleo'),
    anna.api.changeLedgerSettings(space, { cashStepMinor: 5 }),
  ]) {
    assert.equal(await codeOf(write), 'LEDGER_ARCHIVED')
  }
  assert.equal((await anna.api.addExpense(space, input, id(1))).title, 'Dinner', 'entered before')
  await anna.api.changeLedgerSettings(space, { archived: false })
  assert.equal((await anna.api.editExpense(space, id(1), { title: 'Late' })).title, 'Late')
})

test('settings are kept one by one, and what is left out stays', async () => {
  const { anna, ben, space } = await household()
  assert.deepEqual(await anna.api.ledgerSettings(space), {
    ...{ settleMode: 'minimal', cashStepMinor: 1, defaultSplit: [] },
    ...{ confirmAboveMinor: 0, archived: false },
  })
  await anna.api.changeLedgerSettings(space, { currency: EUR, cashStepMinor: 5 })
  await pass([anna, ben], 2_000)
  await ben.api.changeLedgerSettings(space, { settleMode: 'pairwise' })
  const defaultSplit = [{ party: ben.identity.person, weight: 2 }]
  const changed = await ben.api.changeLedgerSettings(space, { defaultSplit })
  assert.deepEqual(changed, {
    ...{ currency: EUR, settleMode: 'pairwise', cashStepMinor: 5, defaultSplit },
    ...{ confirmAboveMinor: 0, archived: false },
  })
})

test('everything is there after a restart, also with the index made anew', async () => {
  const { anna, ben, space } = await household()
  await anna.api.addExpense(space, bill(anna, 1200, both(anna, ben)), id(1))
  await anna.api.editExpense(space, id(1), { title: 'Supper', tags: ['food'] })
  await anna.api.commentExpense(space, id(1), 'was good')
  await anna.api.addParty(space, 'Cleo')
  const ask = async () => [
    await anna.api.expense(space, id(1)),
    await anna.api.ledgerParties(space),
    await anna.api.balances(space),
    await anna.api.ledgerActivity(space),
    await anna.api.ledgerStatistics(space),
    await anna.api.explainDebt(space, ben.identity.person, anna.identity.person),
  ]
  const before = await ask()
  await anna.reopen()
  assert.deepEqual(await ask(), before)
  await anna.close()
  anna.kv = createMemoryKv()
  await anna.open()
  assert.deepEqual(await ask(), before)
})

test('expenses are found by the names people have now', async () => {
  const { anna, ben, space } = await household()
  await anna.api.addExpense(space, bill(anna, 1200, [anna.identity.person]))
  await pass([anna, ben], 2_000)
  assert.equal((await ben.api.expenses(space, { search: 'dinner anna' })).total, 1)
  assert.equal((await ben.api.expenses(space, { search: 'annika' })).total, 0)
  await anna.api.setName('Annika')
  await pass([anna, ben], 2_000)
  assert.equal((await ben.api.expenses(space, { search: 'annika' })).total, 1)
})

test('the usual split is kept in whatever order its people are given', async () => {
  const { anna, ben, space } = await household()
  const shares = both(anna, ben).map((party, index) => ({ party, weight: index + 1 }))
  for (const defaultSplit of [shares, shares.toReversed()]) {
    await anna.api.changeLedgerSettings(space, { defaultSplit: [] })
    await anna.api.changeLedgerSettings(space, { defaultSplit })
    const kept = (await anna.api.ledgerSettings(space)).defaultSplit
    assert.deepEqual(
      new Map(kept.map(({ party, weight }) => [party, weight])),
      new Map(shares.map(({ party, weight }) => [party, weight])),
    )
  }
})
