/** Bills by commands: what is entered, what is said about it, and what is refused. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LedgerId } from '@hamlet/expenses'
import type { MemoryApi } from '@hamlet/http/testing'
import type { Expense, ExpenseDetail, ExpensePage, LedgerSeries } from '@hamlet/http'

import { parseDay } from '../src/ledger/expense-flags.ts'
import { startTestPeer } from './_cli.ts'
import type { TestPeer } from './_cli.ts'
import { household } from './_household.ts'

/** Who owes what, by name. */
async function owedOf(peer: TestPeer, space: string, { owed }: Expense): Promise<object> {
  const names = new Map((await peer.api.ledgerParties(space)).map(({ id, name }) => [id, name]))
  return Object.fromEntries(owed.map(({ party, amountMinor }) => [names.get(party), amountMinor]))
}

function add(peer: TestPeer, ...flags: string[]): Promise<Expense> {
  return peer.json<Expense>('expense', 'add', 'Household', ...flags)
}

test('a bill of a calculation is paid by oneself and for everybody, unless flags say otherwise', async () => {
  await using peer = await startTestPeer()
  const { space, ben, cleo } = await household(peer)
  const dinner = await add(peer, 'Dinner', '12.50+3*2.50')
  assert.deepEqual(
    [dinner.amountMinor, dinner.currency.code, dinner.date],
    [2000, 'EUR', '2026-11-20'],
  )
  assert.deepEqual(dinner.paid, [{ party: peer.api.id, amountMinor: 2000 }])
  assert.deepEqual(Object.keys(await owedOf(peer, space, dinner)).sort(), ['Ana', 'Ben', 'Cleo'])

  const flags = ['--paid', 'Ben=20', '--paid', 'me=11', '--for', 'ana,cl', '--category', 'Taxi']
  const more = ['--tag', 'Lisbon', '--tag', 'late', '--note', 'at night', '--date', 'yesterday']
  const taxi = await add(peer, 'Taxi', '31', ...flags, ...more)
  assert.deepEqual(
    taxi.paid.toSorted((a, b) => b.amountMinor - a.amountMinor),
    [
      { party: ben.id, amountMinor: 2000 },
      { party: peer.api.id, amountMinor: 1100 },
    ],
  )
  assert.deepEqual(await owedOf(peer, space, taxi), { Ana: 1550, Cleo: 1550 })
  assert.deepEqual([taxi.category, taxi.tags, taxi.note], ['taxi', ['Lisbon', 'late'], 'at night'])
  assert.equal(taxi.date, '2026-11-19')
  const byId = await add(peer, 'By id', '1', '--paid', cleo.slice(0, 6))
  assert.equal(byId.paid[0]!.party, cleo)
})

test('yesterday is the day before, also when a day has 23 hours', () => {
  for (let day = 1; day <= 31; day++) {
    const justAfterMidnight = new Date(2026, 2, day, 0, 30).getTime()
    const today = parseDay('today', justAfterMidnight)
    assert.equal(today, `2026-03-${String(day).padStart(2, '0')}`)
    const before = new Date(Date.UTC(2026, 2, day - 1)).toISOString().slice(0, 10)
    assert.equal(parseDay('yesterday', justAfterMidnight), before)
  }
})

test('every way of splitting comes to what it says', async () => {
  await using peer = await startTestPeer()
  const { space } = await household(peer)
  const owed = async (amount: string | undefined, ...flags: string[]) => {
    const amounts = amount === undefined ? [] : [amount]
    return await owedOf(peer, space, await add(peer, 'x', ...amounts, ...flags))
  }
  assert.deepEqual(await owed('9', '--split', 'equal:Ben,Cleo'), { Ben: 450, Cleo: 450 })
  assert.deepEqual(await owed('9', '--split', 'shares:Ana=2,Ben=1'), { Ana: 600, Ben: 300 })
  assert.deepEqual(await owed('10', '--split', 'percent:Ana=12.5,Ben=87.5%'), {
    Ana: 125,
    Ben: 875,
  })
  assert.deepEqual(await owed('10', '--split', 'exact:Ana=3+1,Ben=6'), { Ana: 400, Ben: 600 })
  assert.deepEqual(await owed('11', '--split', 'adjust:Ben=2', '--for', 'Ana,Ben,Cleo'), {
    Ana: 300,
    Ben: 500,
    Cleo: 300,
  })
  assert.deepEqual(await owed('10', '--split', 'exact:Ana=4', '--for', 'Ben,Cleo'), {
    Ana: 400,
    Ben: 300,
    Cleo: 300,
  })
  const items = [
    '--item',
    'Pizza=12.00:Ana,Ben',
    '--item',
    'a=b: c=6:Cleo=2,Ben',
    '--item',
    'Tea=6',
  ]
  assert.deepEqual(await owed(undefined, ...items, '--tip', '2.40'), {
    Ana: 880,
    Ben: 1100,
    Cleo: 660,
  })
  const { expenses } = await peer.api.expenses(space)
  const bill = expenses.find(({ amountMinor }) => amountMinor === 2640)!
  assert.deepEqual(
    bill.split.items!.map(({ title }) => title),
    ['Pizza', 'a=b: c', 'Tea'],
  )
})

test('what does not hold together is refused in words, and wrong usage ends with 2', async () => {
  await using peer = await startTestPeer()
  const { space } = await household(peer)
  const refused = async (...flags: string[]) => {
    const { code, stderr, stdout } = await peer.cli(['expense', 'add', 'Household', 'x', ...flags])
    assert.equal(stdout, '')
    return `${code} ${stderr.trim()}`
  }
  assert.match(await refused('10', '--split', 'exact:Ben=4'), /^1 .*nobody takes the rest.*--for/i)
  assert.match(await refused('10', '--split', 'percent:Ana=60,Ben=50'), /^1 .*more than 100/i)
  assert.match(await refused('10', '--paid', 'Ana=4', '--paid', 'Ben=4'), /^1 .*does not come to/i)
  assert.match(await refused('12.5x'), /^2 .*"12.5x" is no amount of EUR: column 5: /i)
  assert.match(await refused('1/0'), /^2 /i)
  assert.match(await refused(), /^2 .*expected an amount/i)
  assert.match(await refused('1', '--date', '2026-02-30'), /^2 .*YYYY-MM-DD/i)
  assert.match(await refused('1', '--currency', 'euros'), /^2 .*such as EUR/i)
  assert.match(await refused('1', '--paid', 'Ana', '--paid', 'Ben'), /^2 .*PERSON=AMOUNT/i)
  assert.match(await refused('1', '--split', 'fair'), /^2 .*equal, shares/i)
  assert.match(await refused('1', '--split', 'percent:Ana=200'), /^2 .*percentage/i)
  assert.match(await refused('1', '--split', 'shares:Ana'), /^2 .*PERSON=NUMBER/i)
  assert.match(await refused('1', '--item', 'Pizza'), /^2 .*Pizza=12.00/i)
  assert.match(await refused('1', '--rate', 'EUR'), /^2 .*EUR=0.92/i)
  assert.match(await refused('1', '--paid', 'Zoe'), /^1 .*no person "Zoe"/i)
  assert.match(await refused('1', '--category', 'sofas'), /^1 .*no category "sofas"/i)
  assert.equal((await peer.api.expenses(space)).total, 0)
  const json = await peer.cli(['expense', 'add', 'Household', 'x', '1,2,3', '--json'])
  const { error } = JSON.parse(json.stderr) as { error: { code: string; fields: object } }
  assert.equal(error.code, 'USAGE')
  assert.deepEqual(Object.keys(error.fields), ['reason', 'column'])
})

test('a name that begins two names is refused, and both are told', async () => {
  await using peer = await startTestPeer()
  const { space } = await household(peer)
  await peer.api.addParty(space, 'Benedict')
  await peer.api.addParty(space, 'Bella')
  assert.equal((await peer.cli(['expense', 'add', 'Household', 'x', '1', '--for', 'ben'])).code, 0)
  const refused = await peer.cli(['expense', 'add', 'Household', 'x', '1', '--for', 'be'])
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /fits more than one person.*\n.*Bella \(without the app\)/)
})

test('the same id enters a bill once', async () => {
  await using peer = await startTestPeer()
  const { space } = await household(peer)
  const id = 'ab'.repeat(16)
  const [first, second] = [
    await add(peer, 'x', '1', '--id', id),
    await add(peer, 'y', '2', '--id', id),
  ]
  assert.deepEqual([first.id, second.title], [id, 'x'])
  assert.equal((await peer.api.expenses(space)).total, 1)
})

test('a currency of its own and a rate are entered as typed', async () => {
  await using peer = await startTestPeer()
  const { space } = await household(peer)
  const dollars = await add(peer, 'Hotel', '100', '--currency', 'usd', '--rate', 'EUR=0.925')
  assert.deepEqual(dollars.rate, {
    to: { code: 'EUR', exponent: 2 },
    ...{ numerator: 37, denominator: 40, source: 'typed', asOf: '2026-11-20' },
  })
  const beads = await add(peer, 'Beads', '7', '--currency', 'XBE/0')
  assert.deepEqual(beads.currency, { code: 'XBE', exponent: 0 })
  const converted = await peer.cli(['balances', 'Household', '--in', 'EUR'])
  assert.match(converted.stdout, /^1 bill left out: no rate to EUR is known\.$/m)
  assert.equal((await peer.api.convertedBalances(space, 'EUR')).withoutRate, 1)
})

test('an edit changes what it says and nothing else', async () => {
  await using peer = await startTestPeer()
  const { space, ben } = await household(peer)
  const { id } = await add(peer, 'Dinner', '20', '--paid', 'Ben', '--note', 'fish')
  const start = id.slice(0, 8)
  const words = ['expense', 'edit', 'Household', start, '--amount', '30', '--title', 'Supper']
  const edited = await peer.json<Expense>(...words)
  assert.deepEqual([edited.amountMinor, edited.title, edited.note], [3000, 'Supper', 'fish'])
  assert.deepEqual(edited.paid, [{ party: ben.id, amountMinor: 3000 }])
  const moved = await peer.json<Expense>(
    'expense',
    'edit',
    'Household',
    start,
    '--paid',
    'me',
    '--category',
    'pets',
  )
  assert.deepEqual(
    [moved.paid[0]!.party, moved.date, moved.category],
    [peer.api.id, '2026-11-20', 'pets'],
  )
  const none = await peer.json<Expense>('expense', 'edit', 'Household', start, '--category', 'none')
  assert.equal(none.category, undefined)
  const nothing = await peer.cli(['expense', 'edit', 'Household', start])
  assert.deepEqual([nothing.code, nothing.stdout], [2, ''])
  await peer.cli(['expense', 'edit', 'Household', start, '--paid', 'me=10', '--paid', 'Ben=20'])
  const several = await peer.cli(['expense', 'edit', 'Household', start, '--amount', '5'])
  assert.match(several.stderr, /several people paid this/i)
  assert.equal((await peer.api.expense(space, id)).versions.length, 5)
})

test('a bill is deleted, restored, shown with what was said, and its history read', async () => {
  await using peer = await startTestPeer()
  const { space, ben } = await household(peer)
  const { id } = await add(peer, 'Dinner\u001b[31m', '20', '--item', 'Fish=20:Ben,Cleo=3')
  const start = id.slice(0, 8)
  const deleted = await peer.cli(['expense', 'delete', 'Household', start])
  assert.match(
    deleted.stdout,
    /^Deleted Dinner\ufffd\[31m\.\nTake it back with: hamlet expense restore /,
  )
  assert.match((await peer.cli(['expense', 'restore', 'Household', start])).stdout, /20\.00 EUR/)
  await ben.commentExpense(space, id, 'who had\nwine?')
  const own = await peer.cli(['expense', 'comment', 'Household', start, '-'], { stdin: 'me\n' })
  assert.match(own.stdout, / Ben: who had\n {12}wine\?\n.* you: me\n$/)
  const { thread } = await peer.json<ExpenseDetail>('expense', 'show', 'Household', start)
  const mine = thread.find(({ text }) => text === 'me')!
  await peer.cli(['expense', 'comment', 'Household', start, '--remove', mine.id.slice(0, 8)])
  const shown = (await peer.cli(['expense', 'show', 'Household', start])).stdout
  assert.match(shown, new RegExp(`^Id +${id}$`, 'm'))
  assert.match(shown, /^Split +Fish 20\.00: Ben, Cleo × 3|^Split +Fish 20\.00: Cleo × 3, Ben/m)
  assert.match(shown, /^Changed +by you, .* \(3 versions\)$/m)
  assert.ok(!shown.includes('you: me') && !shown.includes('\u001b'))
  const history = (await peer.cli(['expense', 'history', 'Household', start])).stdout
  assert.deepEqual(
    [...history.matchAll(/you (.*)$/gm)]
      .map(([, what]) => what)
      .filter((what) => what!.endsWith(' it')),
    ['entered it', 'deleted it', 'restored it'],
  )
  assert.equal((await peer.cli(['expense', 'comment', 'Household', start])).code, 2)
  assert.match((await peer.cli(['expense', 'show', 'Household', 'abc'])).stderr, /6 digits or more/)
  assert.match((await peer.cli(['expense', 'show', 'Household', 'ffffffff'])).stderr, /no bill/)
  const nothing = await peer.cli(['expense', 'resolve', 'Household', start])
  assert.equal(nothing.stdout, 'There is nothing to choose.\n')
})

test('versions that disagree are shown, and one is chosen', async () => {
  await using peer = await startTestPeer()
  const { space, ben } = await household(peer)
  const { id } = await add(peer, 'Dinner', '20')
  await writeApart(peer, ben, id as LedgerId)
  const list = await peer.cli(['expense', 'list', 'Household'])
  assert.match(list.stdout, /2 versions to choose from/)
  const shown = (await peer.cli(['expense', 'show', 'Household', id])).stdout
  assert.match(shown, /^Choose one with: hamlet expense resolve SPACE ID VERSION$/m)
  assert.match(shown, /^[* ] [0-9a-f]{8} {2}40\.00 Dinner, by Ben$/m)
  const choices = await peer.cli(['expense', 'resolve', 'Household', id])
  const [, version] = /^([0-9a-f]{8}) .* you changed amount, who paid$/m.exec(choices.stdout)!
  const resolved = await peer.cli(['expense', 'resolve', 'Household', id, version!])
  assert.match(resolved.stdout, /^Dinner, 30\.00 EUR, /)
  const { choices: left, amountMinor } = await peer.api.expense(space, id)
  assert.deepEqual([left, amountMinor], [1, 3000])
  const history = await peer.cli(['expense', 'history', 'Household', id])
  assert.match(history.stdout, /you chose among 2 versions\n/)
})

/** Ana and Ben change the amount without knowing of each other. */
async function writeApart(peer: TestPeer, ben: MemoryApi, id: LedgerId): Promise<void> {
  const memory = peer.world.ledgerOf(peer.world.spaces[0]!)
  await memory.act(async (ledger) => {
    const heads = await ledger.heads('expense', id)
    const body = (await ledger.record('expense', id))!
    for (const [author, amountMinor] of [
      [{ person: peer.api.id, device: peer.api.device, role: 'owner' }, 3000],
      [{ person: ben.id, device: ben.device, role: 'writer' }, 4000],
    ] as const) {
      const paid = [{ ...body.paid[0]!, amountMinor }]
      const drafts = await memory.drafts(author)
      await memory.write(author, [
        drafts.record('expense', id, { ...body, amountMinor, paid }, heads),
      ])
    }
  })
}

test('an earlier version is made the one that counts', async () => {
  await using peer = await startTestPeer()
  const { space } = await household(peer)
  const { id } = await add(peer, 'Dinner', '20')
  await peer.api.editExpense(space, id, { title: 'Supper' })
  const [first] = (await peer.api.expense(space, id)).versions
  const resolved = await peer.json<Expense>(
    'expense',
    'resolve',
    'Household',
    id.slice(0, 6),
    first!.version.slice(0, 6),
  )
  assert.equal(resolved.title, 'Dinner')
})

test('bills are listed, filtered and paged', async () => {
  await using peer = await startTestPeer()
  await household(peer)
  for (const [title, amount, day] of [
    ['Dinner', '10', '2026-11-01'],
    ['Taxi', '20.5', '2026-11-02'],
    ['Hotel', '300', '2026-11-03'],
  ]) {
    await add(peer, title!, amount!, '--date', day!, '--paid', title === 'Taxi' ? 'Ben' : 'me')
  }
  const table = (await peer.cli(['expense', 'list', 'Household'])).stdout
  assert.match(
    table,
    /^DAY +ID +WHAT +PAID BY +AMOUNT +YOUR PART\n2026-11-03 +[0-9a-f]{8} +Hotel +you +300\.00 EUR +\d/,
  )
  assert.match(table, /Taxi +Ben + 20\.50 EUR/)
  const titles = async (...flags: string[]) => {
    const page = await peer.json<ExpensePage>('expense', 'list', 'Household', ...flags)
    return page.expenses.map(({ title }) => title).join()
  }
  assert.equal(await titles('--search', 'din'), 'Dinner')
  assert.equal(await titles('--paid-by', 'ben'), 'Taxi')
  assert.equal(await titles('--person', 'cleo', '--min', '20', '--max', '100'), 'Taxi')
  assert.equal(await titles('--from', '2026-11-02', '--to', '2026-11-02'), 'Taxi')
  assert.equal(await titles('--state', 'deleted'), '')
  const page = await peer.cli(['expense', 'list', 'Household', '--limit', '1'])
  const [, after] = /^3 bills in all\. Go on with: --after ([0-9a-f]{8})$/m.exec(page.stdout)!
  assert.equal(await titles('--limit', '1', '--after', after!), 'Taxi')
  assert.equal(
    (await peer.cli(['expense', 'list', 'Household', '--tag', 'x'])).stdout,
    'No bills.\n',
  )
})

test('a payment to oneself waits for one, and is confirmed or disputed', async () => {
  await using peer = await startTestPeer()
  const { space, ben } = await household(peer)
  const split = { shares: [{ party: peer.api.id, weight: 1 }] }
  const currency = { code: 'EUR', exponent: 2 }
  const paid = [{ party: ben.id, amountMinor: 500 }]
  const { id } = await ben.addExpense(space, {
    kind: 'transfer',
    title: 'Back',
    currency,
    paid,
    split,
  })
  const waiting = await peer.cli(['expense', 'list', 'Household', '--state', 'pending'])
  assert.match(waiting.stdout, /Back \(transfer\) .*waits for a word/)
  assert.match(
    (await peer.cli(['balances', 'Household'])).stdout,
    /Ben +gets back +5\.00 EUR +5\.00 not confirmed yet/,
  )
  const disputed = await peer.cli(['expense', 'dispute', 'Household', id.slice(0, 8), 'not here'])
  assert.equal(disputed.stdout, 'Disputed Back.\n')
  assert.match(
    (await peer.cli(['expense', 'show', 'Household', id])).stdout,
    /^Disputed +by you, .*: not here$/m,
  )
  assert.equal(
    (await peer.cli(['expense', 'confirm', 'Household', id])).stdout,
    'Confirmed Back.\n',
  )
  assert.equal((await peer.api.expense(space, id)).payment, 'confirmed')
})

test('a bill comes again by its rule, is listed with its next day, and stopped', async () => {
  await using peer = await startTestPeer()
  const { space } = await household(peer)
  const words = ['expense', 'recurring', 'add', 'Household', 'Internet', '30']
  const rule = ['--date', '2100-01-31', '--every', 'month', '--interval', '2', '--count', '12']
  const added = await peer.cli([...words, ...rule])
  assert.match(
    added.stdout,
    /^Internet, 30\.00 EUR, comes every 2 months, 12 times \([0-9a-f]{8}\)\.\nNext on 2100-01-31\.\n$/,
  )
  const [series] = await peer.json<LedgerSeries[]>('expense', 'recurring', 'list', 'Household')
  assert.deepEqual(series!.rule, { unit: 'month', every: 2, start: '2100-01-31', count: 12 })
  const table = await peer.cli(['expense', 'recurring', 'list', 'Household'])
  assert.match(table.stdout, /Internet +30\.00 EUR +you +every 2 months, 12 times +2100-01-31/)
  const past = await peer.cli([...words, '--date', '2026-01-31', '--count', '2'])
  assert.match(past.stdout, /^Entered 2 bills due since 2026-01-31\.$/m)
  assert.equal((await peer.api.expenses(space)).total, 2)
  const edit = ['expense', 'recurring', 'edit', 'Household', series!.id.slice(0, 6)]
  const edited = await peer.cli([
    ...edit,
    '--amount',
    '35',
    '--date',
    '2100-03-31',
    '--interval',
    '1',
  ])
  assert.match(
    edited.stdout,
    /^Internet, 35\.00 EUR, comes every month, 12 times\. Next on 2100-03-31\.$/m,
  )
  assert.equal((await peer.cli(edit)).code, 2)
  const stopped = await peer.cli([
    'expense',
    'recurring',
    'stop',
    'Household',
    series!.id.slice(0, 6),
  ])
  assert.match(stopped.stdout, /^Internet does not come again\./)
  assert.equal((await peer.api.ledgerSeries(space))[0]!.stopped, true)
  assert.equal((await peer.cli([...words, '--interval', '0'])).code, 2)
})
