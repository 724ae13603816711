/**
 * A ledger of 10,000 expenses on two real peers: each imports half of them, they meet by libp2p and agree. Then what a
 * person asks for is asked, and the processor time it takes is printed, of this whole process and therefore with one
 * peer at a time: no claim is made here about how long anything takes.
 *
 * @timeoutSeconds 900
 */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { test } from 'node:test'
import { bytesToBase64, utf8 } from '@hamlet/core'
import type { Peer } from '@hamlet/peer'
import { runPeer } from '@hamlet/peer/node'
import type { RunningPeer } from '@hamlet/peer/node'

const EXPENSES = 10_000
const NAMES = ['Anna', 'Ben', 'Cleo', 'Dan', 'Erin', 'Finn', 'Gina', 'Hugo']
const PATIENCE_MS = 240_000
const EUR = { code: 'EUR', exponent: 2 }

/** Rows of Splitwise: a meal for everybody, paid by one after the other. */
function file(from: number, to: number): string {
  const rows: string[] = []
  for (let i = from; i < to; i++) {
    const payer = i % NAMES.length
    const cells = NAMES.map((_, at) => (at === payer ? '70.00' : '-10.00'))
    const day = new Date(Date.UTC(2020, 0, 1 + (i % 2000))).toISOString().slice(0, 10)
    rows.push(`${day},Meal number ${i},Dining out,80.00,EUR,${cells.join(',')}`)
  }
  const header = `Date,Description,Category,Cost,Currency,${NAMES.join(',')}`
  return [header, '', ...rows].join('\n')
}

async function open(
  dataDirectory: string,
  bootstrap: readonly string[] = [],
): Promise<RunningPeer> {
  return await runPeer({
    ...{ dataDirectory, bootstrap, listen: ['/ip4/127.0.0.1/tcp/0'], relay: false },
    ...{ localDiscovery: false, logLevel: 'error' },
  })
}

async function eventually(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + PATIENCE_MS
  while (!(await isSo())) {
    assert.ok(performance.now() < endMs, `${what} did not come`)
    await delay(250)
  }
}

async function measured<T>(what: string, work: () => Promise<T>): Promise<T> {
  const before = process.cpuUsage()
  const startMs = performance.now()
  const result = await work()
  const tookMs = performance.now() - startMs
  const { user, system } = process.cpuUsage(before)
  const usedMs = (user + system) / 1000
  const figures = [tookMs, usedMs].map((ms) => ms.toFixed(0).padStart(7))
  console.log(`${what.padEnd(44)} ${figures[0]} ms, of processors ${figures[1]} ms`)
  return result
}

async function importHalf({ api }: RunningPeer, space: string, half: 0 | 1): Promise<void> {
  const from = (half * EXPENSES) / 2
  const contents = bytesToBase64(utf8(file(from, from + EXPENSES / 2)))
  const group = 'table'
  const { parties } = await api.previewImport(space, { contents, group })
  const people = parties.flatMap(({ id, is }) => (is === undefined ? [] : [{ id, is }]))
  await measured(`import ${EXPENSES / 2} expenses`, () =>
    api.applyImport(space, { contents, group, people }),
  )
}

async function askEverything(api: Peer, space: string): Promise<readonly string[]> {
  const first = await measured('the first page', () => api.expenses(space))
  assert.deepEqual([first.total, first.hasMore, first.expenses.length], [EXPENSES, true, 50])
  await measured('the same page again', () => api.expenses(space))
  const after = first.expenses.at(-1)!.id
  await measured('the page after it, of 500', () => api.expenses(space, { after, limit: 500 }))
  const found = await measured('search for one of them', () =>
    api.expenses(space, { search: 'meal 9999' }),
  )
  assert.equal(found.total, 1)
  const named = await measured('search by a name', () => api.expenses(space, { search: 'hugo' }))
  assert.equal(named.total, EXPENSES)
  await measured('search for another', () => api.expenses(space, { search: 'meal 4711' }))
  const balances = await measured('balances', () => api.balances(space))
  assert.equal(
    balances.reduce((sum, { minor }) => sum + BigInt(minor), 0n),
    0n,
  )
  await measured('balances again', () => api.balances(space))
  await measured('how to get even', () => api.settlement(space))
  await measured('statistics', () => api.ledgerStatistics(space))
  await measured('who is there', () => api.ledgerParties(space))
  const [a, b] = balances.map(({ party }) => party)
  if (a !== undefined && b !== undefined) {
    await measured('why one owes another', () => api.explainDebt(space, a, b))
  }
  await measured('a table of everything', async () => {
    let length = 0
    for await (const piece of api.exportLedger(space, 'csv')) length += piece.length
    assert.ok(length > EXPENSES * 50)
  })
  return balances.map(({ party, minor }) => `${party} ${minor}`)
}

test(`${EXPENSES} expenses of two devices are agreed upon, listed, searched and summed`, async () => {
  const home = await mkdtemp(join(tmpdir(), 'hamlet-'))
  const [annas, bens] = [join(home, 'anna'), join(home, 'ben')]
  try {
    let anna = await open(annas)
    await anna.api.setName('Anna')
    const { id: space } = await anna.api.createSpace('Table')
    const { link } = await anna.api.createInvite(space, { mode: 'auto' })
    const ben = await open(bens, anna.info.addresses)
    await ben.api.join(link!, 'Ben')
    await eventually('Ben', async () => (await ben.api.joins())[0]?.state === 'joined')
    await eventually('the names', async () => {
      const names = (await ben.api.ledgerParties(space)).map(({ name }) => name)
      return names.includes('Anna') && names.includes('Ben')
    })

    await importHalf(anna, space, 0)
    await importHalf(ben, space, 1)
    await measured('until both have everything', async () => {
      for (const { api } of [anna, ben]) {
        await eventually('the whole ledger', async () => {
          return (await api.expenses(space, { limit: 1 })).total === EXPENSES
        })
      }
    })
    const said = async ({ api }: RunningPeer) =>
      (await api.balances(space)).map(({ party, minor }) => `${party} ${minor}`)
    assert.deepEqual(await said(ben), await said(anna))
    await ben.close()

    await anna.close()
    anna = await measured('open the peer again', () => open(annas))
    const before = await askEverything(anna.api, space)
    const { person } = await anna.api.status()
    const added = await measured('one more expense', () =>
      anna.api.addExpense(space, {
        ...{ title: 'Ice', currency: EUR, paid: [{ party: person, amountMinor: 500 }] },
        split: { shares: [{ party: person, weight: 1 }] },
      }),
    )
    await measured('the first page with it', () => anna.api.expenses(space))
    await measured('an edit of it', () => anna.api.editExpense(space, added.id, { note: 'good' }))
    await measured('a lock', () => anna.api.lockPeriod(space, '2024-12-31', ''))
    await measured('the locks', () => anna.api.ledgerLocks(space))
    await anna.api.deleteExpense(space, added.id)

    await anna.close()
    await rm(join(annas, 'index'), { recursive: true })
    anna = await measured('open with the index gone', () => open(annas))
    await measured('until it is made anew', () =>
      eventually('the index', async () => {
        return (await anna.api.expenses(space, { limit: 1 })).total === EXPENSES
      }),
    )
    assert.deepEqual(await said(anna), before)
    await anna.close()
  } finally {
    await rm(home, { recursive: true, force: true })
  }
})
