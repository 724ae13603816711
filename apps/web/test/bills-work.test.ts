// The bills of the store over a real ledger of three people in one memory.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError } from '@hamlet/http'
import type { Expense } from '@hamlet/http/api'
import { MemoryWorld } from '@hamlet/http/testing'
import type { MemoryApi } from '@hamlet/http/testing'
import { NO_FILTER } from '../src/bills/bill-filter.ts'
import { en } from '../src/i18n/en.ts'
import { EMPTY_BILLS } from '../src/state/bills-state.ts'
import type { BillsState } from '../src/state/bills-state.ts'
import { HamletStore } from '../src/state/hamlet-store.ts'
import type { PageApi } from '../src/state/hamlet-store.ts'
import { LocalNotes } from '../src/state/local-notes.ts'
import { shared } from './_filled-ledger.ts'

const WAIT_MS = 4000

class Page implements Disposable {
  readonly store: HamletStore
  readonly space: string
  readonly #control = new AbortController()

  constructor(api: PageApi, space: string) {
    const notes = new LocalNotes(undefined)
    this.store = new HamletStore({
      api,
      notes,
      texts: () => en,
      route: { at: 'start' },
      watchMs: 20,
    })
    this.space = space
    this.store.start(this.#control.signal)
  }

  get bills(): BillsState {
    return this.store.get().bills[this.space] ?? EMPTY_BILLS
  }

  get titles(): readonly string[] | undefined {
    return this.bills.found?.bills.map(({ title }) => title)
  }

  get notices(): readonly string[] {
    return this.store.get().notices.map(({ text }) => text)
  }

  async until(is: () => boolean): Promise<void> {
    const deadlineMs = Date.now() + WAIT_MS
    while (!is()) {
      assert.ok(Date.now() < deadlineMs, `still not: ${is.toString()}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  [Symbol.dispose](): void {
    this.#control.abort()
  }
}

interface Household {
  readonly ana: MemoryApi
  readonly ben: MemoryApi
  readonly space: string
  readonly two: readonly string[]
}

async function household(): Promise<Household> {
  const world = new MemoryWorld()
  const [ana, ben] = [world.addPerson('Ana'), world.addPerson('Ben')]
  const { id: space } = await ana.createSpace('Bread club')
  const invite = await ana.createInvite(space, { mode: 'auto' })
  await ben.join(invite.link ?? '')
  return { ana, ben, space, two: [ana.id, ben.id] }
}

/** As `api`, but what `wrong` names is answered by an error. */
function failing(api: MemoryApi, wrong: keyof PageApi, code: string): PageApi {
  return new Proxy(api, {
    get(target, name) {
      if (name === wrong) return () => Promise.reject(new ApiError(code, 'no', 403))
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

/** As `api`, with a list of bills as long as it takes. */
function paged(api: MemoryApi, bills: readonly Expense[]): PageApi {
  const expenses: PageApi['expenses'] = async (_space, { limit = 50, after } = {}) => {
    const start = bills.findIndex(({ id }) => id === after) + 1
    const shown = bills.slice(start, start + limit)
    return { expenses: shown, total: bills.length, hasMore: start + limit < bills.length }
  }
  return new Proxy<PageApi>(api, {
    get(target, name) {
      if (name === 'expenses') return expenses
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}

test('what somebody else enters appears by itself, with the balances that follow', async () => {
  const { ana, ben, space, two } = await household()
  using page = new Page(ana, space)
  page.store.bills.open(space)
  await page.until(() => page.titles?.length === 0 && page.bills.balances !== undefined)
  await ben.addExpense(space, shared('Flour', 1000, ben.id, two))
  await page.until(() => page.titles?.[0] === 'Flour')
  await page.until(() => page.bills.balances?.length === 2)
  const own = page.bills.balances?.find(({ party }) => party === ana.id)
  assert.equal(own?.minor, '-500')
})

test('a deleted bill is gone at once, and undoing brings it back', async () => {
  const { ana, space, two } = await household()
  const bill = await ana.addExpense(space, shared('Flour', 1000, ana.id, two))
  using page = new Page(ana, space)
  page.store.bills.open(space)
  await page.until(() => page.titles?.length === 1)
  const deleted = page.store.bills.delete(space, bill)
  assert.deepEqual(page.titles, [])
  await deleted
  assert.equal((await ana.expense(space, bill.id)).deleted, true)
  page.store.get().notices[0]?.undo?.()
  assert.deepEqual(page.titles, ['Flour'])
  await page.until(() => page.notices.includes('“Flour” is back.'))
  assert.equal((await ana.expense(space, bill.id)).deleted, false)
})

test('a deletion that the peer refuses is taken back and told', async () => {
  const { ana, space, two } = await household()
  const bill = await ana.addExpense(space, shared('Flour', 1000, ana.id, two))
  using page = new Page(failing(ana, 'deleteExpense', 'SPACE_NOT_ALLOWED'), space)
  page.store.bills.open(space)
  await page.until(() => page.titles?.length === 1)
  await page.store.bills.delete(space, bill)
  await page.until(() => page.titles?.length === 1)
  assert.deepEqual(page.notices, [en.errors.notAllowed])
})

test('the filter asks anew, and an answer to an older question is dropped', async () => {
  const { ana, space, two } = await household()
  await ana.addExpense(space, shared('Flour', 1000, ana.id, two, { category: 'groceries' }))
  await ana.addExpense(space, shared('Oven', 9000, ana.id, two))
  using page = new Page(ana, space)
  page.store.bills.open(space)
  await page.until(() => page.titles?.length === 2)
  page.store.bills.setFilter(space, { ...NO_FILTER, search: 'oven' })
  page.store.bills.setFilter(space, { ...NO_FILTER, category: 'groceries' })
  await page.until(() => page.titles?.join() === 'Flour')
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.deepEqual(page.titles, ['Flour'])
})

test('pages join at the end, each once', async () => {
  const { ana, space, two } = await household()
  for (let index = 0; index < 130; index++) {
    await ana.addExpense(space, shared(`Bill ${index}`, 100, ana.id, two))
  }
  using page = new Page(ana, space)
  page.store.bills.open(space)
  await page.until(() => page.titles?.length === 100)
  await Promise.all([page.store.bills.loadMore(space), page.store.bills.loadMore(space)])
  assert.equal(new Set(page.titles).size, 130)
  assert.equal(page.titles?.length, 130)
  assert.equal(page.bills.found?.hasMore, false)
})

test('who has scrolled far stays there when the ledger changes', async () => {
  const { ana, ben, space, two } = await household()
  const first = await ana.addExpense(space, shared('Bill 0', 100, ana.id, two))
  const many = Array.from({ length: 2300 }, (_, index) => ({
    ...first,
    id: index.toString(16).padStart(32, '0'),
    title: `Bill ${index}`,
  }))
  using page = new Page(paged(ana, many), space)
  page.store.bills.open(space)
  await page.until(() => page.titles?.length === 100)
  while (page.bills.found?.hasMore === true) await page.store.bills.loadMore(space)
  assert.equal(page.titles?.length, 2300)
  many.unshift({ ...first, id: 'f'.repeat(32), title: 'New' })
  await ben.addExpense(space, shared('Flour', 1000, ben.id, two))
  await page.until(() => page.titles?.[0] === 'New')
  assert.equal(page.titles?.length, 2301)
  assert.equal(new Set(page.titles).size, 2301)
})

test('balances in one currency are kept fresh once they were asked for', async () => {
  const { ana, space, two } = await household()
  await ana.addExpense(space, shared('Oven', 9000, ana.id, two))
  using page = new Page(ana, space)
  page.store.bills.convert(space, 'EUR')
  const own = () => page.bills.converted?.balances.find(({ party }) => party === ana.id)?.minor
  await page.until(() => own() === '4500')
  await ana.addExpense(space, shared('Flour', 1000, ana.id, two))
  await page.until(() => own() === '5000')
})

test('a payment of the plan leaves it at once and waits for the word of whoever got it', async () => {
  const { ana, ben, space, two } = await household()
  await ana.addExpense(space, shared('Oven', 9000, ana.id, two))
  using payer = new Page(ben, space)
  payer.store.bills.open(space)
  payer.store.bills.openPlan(space, { byCouple: true })
  await payer.until(() => payer.bills.plan?.transfers.length === 1)
  const [transfer] = payer.bills.plan!.transfers
  const paid = payer.store.bills.pay(space, transfer!, 'You pay Ana, €45.00')
  assert.deepEqual(payer.bills.plan?.transfers, [])
  await paid
  using payee = new Page(ana, space)
  payee.store.bills.open(space)
  await payee.until(() => payee.bills.pending?.length === 1)
  const payment = payee.bills.pending![0]!
  assert.deepEqual([payment.amountMinor, payment.payment], [4500, 'pending'])
  assert.equal(await payee.store.bills.judge(space, payment.id, 'confirmed', ''), true)
  await payer.until(() => payer.bills.pending?.length === 0)
  await payer.until(() => payer.bills.balances?.length === 0)
  assert.deepEqual(payer.bills.plan?.transfers, [])
})

test('a bill that is open follows what is said about it, and a closed one is not asked for', async () => {
  const { ana, ben, space, two } = await household()
  const { id } = await ana.addExpense(space, shared('Flour', 1000, ana.id, two))
  using page = new Page(ana, space)
  page.store.bills.openBill(space, id)
  await page.until(() => page.bills.details[id] !== undefined)
  await ben.commentExpense(space, id, 'For which bread?')
  await page.until(() => {
    const detail = page.bills.details[id]
    return typeof detail === 'object' && detail.thread[0]?.text === 'For which bread?'
  })
  page.store.bills.closeBill(space, id)
  assert.deepEqual(page.bills.details, {})
  page.store.bills.openBill(space, 'f'.repeat(32))
  await page.until(() => page.bills.details['f'.repeat(32)] === 'failed')
})

test('why one owes another is kept fresh while it is shown', async () => {
  const { ana, ben, space, two } = await household()
  await ana.addExpense(space, shared('Oven', 9000, ana.id, two))
  using page = new Page(ana, space)
  page.store.bills.explain(space, ben.id, ana.id)
  await page.until(() => page.bills.explained?.debts[0]?.minor === '4500')
  await ben.addExpense(space, shared('Flour', 1000, ben.id, two))
  await page.until(() => page.bills.explained?.debts[0]?.minor === '4000')
  assert.deepEqual(
    page.bills.explained?.debts[0]?.reasons.map(({ title, minor }) => [title, minor]).toSorted(),
    [
      ['Flour', '-500'],
      ['Oven', '4500'],
    ],
  )
})

test('statistics are those of the last period that was asked for', async () => {
  const { ana, space, two } = await household()
  await ana.addExpense(space, shared('Oven', 9000, ana.id, two, { date: '2025-05-05' }))
  await ana.addExpense(space, shared('Flour', 1000, ana.id, two, { date: '2026-02-05' }))
  using page = new Page(ana, space)
  page.store.bills.openStatistics(space, {})
  page.store.bills.openStatistics(space, { from: '2026-01-01', to: '2026-12-31' })
  await page.until(() => page.bills.statistics !== undefined)
  await new Promise((resolve) => setTimeout(resolve, 20))
  assert.deepEqual(
    page.bills.statistics?.byMonth.map(({ key, minor }) => [key, minor]),
    [['2026-02', '1000']],
  )
})
