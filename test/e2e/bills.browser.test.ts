// @timeoutSeconds 300: a real browser on a busy machine.
/**
 * A bill that two people change while they are apart, in real windows on real peers: both versions are shown side by
 * side, one is chosen, and the other window follows. Then the payment: marked by one, confirmed by the other.
 */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { ExpenseInput, HamletApi, LedgerApi } from '@hamlet/http/api'
import { runPeer } from '@hamlet/peer/node'
import type { RunningPeer } from '@hamlet/peer/node'
import { ensureWebBuild } from '../../apps/web/scripts/build.ts'
import { NARROW, TestBrowser, WIDE } from '../../apps/web/test/_browser.ts'
import type { TestPage } from '../../apps/web/test/_browser.ts'
import { eventually } from './_peers.ts'

type Api = HamletApi & LedgerApi

const ARRIVAL_MS = 40_000
const EUR = { code: 'EUR', exponent: 2 }

let root: string
let browser: TestBrowser
const running = new Map<string, RunningPeer>()

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'hamlet-bills-'))
  browser = await TestBrowser.start()
})

after(async () => {
  await browser[Symbol.asyncDispose]()
  await Promise.all([...running.values()].map((peer) => peer.close()))
  await rm(root, { recursive: true, force: true })
})

async function up(name: string): Promise<RunningPeer> {
  const peer = await runPeer({
    dataDirectory: join(root, name),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: [],
    relay: false,
    webDirectory: await ensureWebBuild(),
    localDiscovery: false,
  })
  running.set(name, peer)
  return peer
}

async function down(name: string): Promise<void> {
  await running.get(name)!.close()
  running.delete(name)
}

function isOne(list: readonly unknown[]): boolean {
  return list.length === 1
}

function isConfirmed(states: readonly string[]): boolean {
  return states.includes('confirmed')
}

async function personOf(api: Api): Promise<string> {
  return (await api.status()).person
}

/** Anna's space with Ben in it, and a bill both have. */
async function home(anna: Api, ben: Api): Promise<{ space: string; bill: string }> {
  await anna.setName('Anna')
  const { id: space } = await anna.createSpace('Maple Street 12')
  const { link } = await anna.createInvite(space, { mode: 'auto' })
  await ben.join(link!, 'Ben')
  await eventually('Ben is in', () => ben.spaces(), isOne, ARRIVAL_MS)
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
  const opened = await browser.open(peer.createLoginUrl())
  opened.page.setDefaultTimeout(ARRIVAL_MS)
  await opened.page.getByRole('contentinfo').waitFor()
  await opened.page.evaluate((route) => (location.hash = route), `#/s/${space}/bills`)
  await opened.page.getByRole('button', { name: /Heating oil/ }).waitFor()
  return opened
}

test(
  'two versions of a bill are shown, one is chosen, and the debt is paid and confirmed',
  { timeout: 280_000 },
  async () => {
    const first = await up('anna')
    const { space, bill } = await home(first.api, (await up('ben')).api)
    await down('ben')
    await first.api.editExpense(space, bill, { title: 'Heating oil, March' })
    await down('anna')
    const ben = await up('ben')
    await ben.api.editExpense(space, bill, { note: 'Receipt in the kitchen' })
    await ben.api.editExpense(space, bill, { title: 'Heating oil, 700 litres' })
    const anna = await up('anna')

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
