// @timeoutSeconds 300: a real browser on a busy machine.
/**
 * A bill that two people change while they are apart, in real windows on real peers: both versions are shown side by
 * side, one is chosen, and the other window follows. Then the payment: marked by one, confirmed by the other.
 */

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ExpenseInput, HamletApi } from '@hamlet/http/api'
import type { RunningPeer } from '@hamlet/peer/node'
import { NARROW, WIDE } from '../../apps/web/test/_browser.ts'
import type { TestPage } from '../../apps/web/test/_browser.ts'
import { eventually } from './_peers.ts'
import { ARRIVAL_MS, foundWith, Windows } from './_windows.ts'

const EUR = { code: 'EUR', exponent: 2 }

let windows: Windows

before(async () => {
  windows = await Windows.start()
})

after(async () => {
  await windows[Symbol.asyncDispose]()
})

function isConfirmed(states: readonly string[]): boolean {
  return states.includes('confirmed')
}

async function personOf(api: HamletApi): Promise<string> {
  return (await api.status()).person
}

/** Anna's space with Ben in it, and a bill both have. */
async function home(anna: HamletApi, ben: HamletApi): Promise<{ space: string; bill: string }> {
  const space = await foundWith(anna, 'Maple Street 12', ben, 'Ben')
  const people = [await personOf(anna), await personOf(ben)]
  const input: ExpenseInput = {
    title: 'Heating oil',
    currency: EUR,
    amountMinor: 60_000,
    paid: [{ party: people[0]!, amountMinor: 60_000 }],
    split: { shares: people.map((party) => ({ party, weight: 1 })) },
  }
  const { id: bill } = await anna.addExpense(space, input)
  const arrived = async () => (await ben.expenses(space)).total
  await eventually('Ben has the bill', arrived, (total) => total === 1, ARRIVAL_MS)
  return { space, bill }
}

async function openBills(peer: RunningPeer, space: string): Promise<TestPage> {
  const opened = await windows.open(peer, `/s/${space}/bills`)
  await opened.page.getByRole('button', { name: /Heating oil/ }).waitFor()
  return opened
}

test(
  'two versions of a bill are shown, one is chosen, and the debt is paid and confirmed',
  { timeout: 280_000 },
  async () => {
    const first = await windows.up('anna')
    const { space, bill } = await home(first.api, (await windows.up('ben')).api)
    await windows.down('ben')
    await first.api.editExpense(space, bill, { title: 'Heating oil, March' })
    await windows.down('anna')
    const ben = await windows.up('ben')
    await ben.api.editExpense(space, bill, { note: 'Receipt in the kitchen' })
    await ben.api.editExpense(space, bill, { title: 'Heating oil, 700 litres' })
    const anna = await windows.up('anna')

    await using hers = await openBills(anna, space)
    const { page } = hers
    await page.getByRole('button', { name: /Heating oil.*two versions/ }).click()
    const choice = page.getByRole('region', { name: 'Two versions, choose' })
    await choice.getByText('Heating oil, March').waitFor()
    await choice.getByText('Heating oil, 700 litres').waitFor()
    await hers.inspect('bill-choice', [WIDE, NARROW])

    await using his = await openBills(ben, space)
    await his.page.getByRole('button', { name: /two versions/ }).waitFor()
    await choice.getByRole('button', { name: 'Keep this one: Ben' }).click()
    await choice.waitFor({ state: 'detached' })
    await page.getByRole('dialog', { name: 'Heating oil, 700 litres' }).waitFor()
    await his.page.getByRole('button', { name: /two versions/ }).waitFor({ state: 'detached' })

    await his.page.getByRole('button', { name: 'Settle up' }).click()
    await his.page.getByRole('button', { name: 'Mark as paid: You pay Anna, €300.00' }).click()
    await his.page.getByText('Nothing to pay: everybody is even.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('1 bill waits for your word.').waitFor()
    await page.getByRole('button', { name: /Ben paid you/ }).click()
    await page.getByRole('button', { name: 'Confirm' }).click()
    await page.getByText('You confirmed it').waitFor()
    const states = async () =>
      (await ben.api.expenses(space)).expenses.map(({ payment }) => payment)
    const told = await eventually('Ben hears of it', states, isConfirmed, ARRIVAL_MS)
    assert.deepEqual(told.toSorted(), ['confirmed', 'none'])
    hers.assertQuiet()
    his.assertQuiet()
  },
)
