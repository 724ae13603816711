/** `LedgerApi` over the ledgers in memory: bills, people, balances, settings. */

import { HamletError } from '@hamlet/core'
import {
  chosenBody,
  editedBody,
  LedgerError,
  newBody,
  parseLedgerId,
  SETTING_NAMES,
  settingId,
} from '@hamlet/expenses'
import type {
  Currency,
  ExpenseBody,
  ExpenseInput,
  ExpenseQuery,
  Ledger,
  LedgerId,
  PartyId,
  RecordBodies,
  RecordKind,
  Setting,
  SettleOptions,
  VersionId,
} from '@hamlet/expenses'
import type { EntryId, PersonId } from '@hamlet/core'
import type { ContentDraft } from '@hamlet/space'

import type * as api from '../src/hamlet-api.ts'
import type { LedgerAuthor, MemoryLedger } from './_memory-ledger.ts'
import * as views from './_memory-ledger-views.ts'
import { MemoryMembership } from './_memory-membership.ts'
import { validName } from './_memory-store.ts'
import type { StoredSpace } from './_memory-store.ts'

/** Its ledger, and this person as a writer of it. */
export interface LedgerWork {
  readonly space: StoredSpace
  readonly memory: MemoryLedger
  readonly ledger: Ledger
  readonly author: LedgerAuthor
}

const SETTINGS: Readonly<Record<keyof api.LedgerSettings, Setting['name']>> = {
  currency: 'currency',
  settleMode: 'settle-mode',
  cashStepMinor: 'cash-step',
  defaultSplit: 'default-split',
  confirmAboveMinor: 'confirm-above',
  archived: 'archived',
}

type LedgerPart = Omit<api.LedgerApi, 'ledgerExtras' | keyof LedgerRest>
type LedgerRest = Pick<
  api.LedgerApi,
  | 'addCategory'
  | 'changeCategory'
  | 'addTemplate'
  | 'changeTemplate'
  | 'addCouple'
  | 'changeCouple'
  | 'addBudget'
  | 'changeBudget'
  | 'ledgerSeries'
  | 'addSeries'
  | 'changeSeries'
  | 'enterDue'
  | 'ledgerLocks'
  | 'lockPeriod'
  | 'signLock'
  | 'previewImport'
  | 'applyImport'
  | 'ledgerImports'
  | 'undoImport'
  | 'exportLedger'
>

export abstract class MemoryLedgerApi extends MemoryMembership implements LedgerPart {
  abstract override readonly device: string

  async expenses(space: string, query: api.ExpenseQuery = {}): Promise<api.ExpensePage> {
    const ledger = await this.ledgerOf(space)
    const { expenses, ...page } = await ledger.list(query as ExpenseQuery)
    return { ...page, expenses: expenses.map(views.viewExpense) }
  }

  async expense(space: string, id: string): Promise<api.ExpenseDetail> {
    const ledger = await this.ledgerOf(space)
    const detail = known(await ledger.detail(toId(id)))
    return views.viewExpenseDetail(detail, await ledger.whoIsAsked(detail.id))
  }

  async addExpense(space: string, input: api.ExpenseInput, id?: string): Promise<api.Expense> {
    return await this.change(space, async (work) => {
      const chosen = id === undefined ? work.memory.newId() : toId(id)
      if ((await work.ledger.record('expense', chosen)) === undefined) {
        await this.put(work, 'expense', chosen, newBody(input as ExpenseInput, this.today()))
      }
      return await this.expenseOf(work, chosen)
    })
  }

  async editExpense(space: string, id: string, input: api.ExpenseInput): Promise<api.Expense> {
    return await this.#rewrite(space, id, (body) => editedBody(body, input as ExpenseInput))
  }

  async deleteExpense(space: string, id: string): Promise<api.Expense> {
    return await this.#rewrite(space, id, (body) => ({ ...body, deleted: true }))
  }

  async restoreExpense(space: string, id: string): Promise<api.Expense> {
    return await this.#rewrite(space, id, (body) => ({ ...body, deleted: false }))
  }

  async resolveExpense(space: string, id: string, version: string): Promise<api.Expense> {
    return await this.change(space, async (work) => {
      const detail = known(await work.ledger.detail(toId(id)))
      await this.put(work, 'expense', detail.id, chosenBody(detail, version as VersionId))
      return await this.expenseOf(work, detail.id)
    })
  }

  async commentExpense(space: string, id: string, text: string): Promise<api.ExpenseDetail> {
    await this.change(space, async (work) => {
      const { id: expense } = known(await work.ledger.expense(toId(id)))
      await this.write(work, [(await work.memory.drafts(work.author)).comment(expense, text)])
    })
    return await this.expense(space, id)
  }

  async uncommentExpense(space: string, id: string, comment: string): Promise<api.ExpenseDetail> {
    await this.change(space, async (work) => {
      const { id: expense, comments } = known(await work.ledger.detail(toId(id)))
      const { person } = known(comments.find((each) => each.id === comment))
      if (person !== this.id) throw new HamletError('NOT_AUTHOR', 'someone else wrote this')
      const drafts = await work.memory.drafts(work.author)
      await this.write(work, [drafts.uncomment(expense, comment as EntryId)])
    })
    return await this.expense(space, id)
  }

  async judgeExpense(
    space: string,
    id: string,
    verdict: api.VerdictWord,
    note: string,
  ): Promise<api.Expense> {
    return await this.change(
      space,
      async (work) => {
        const expense = known(await work.ledger.expense(toId(id)))
        const asked = await work.ledger.whoIsAsked(expense.id)
        const drafts = await work.memory.drafts(work.author)
        const word = { verdict, note }
        await this.write(work, [drafts.verdict(expense, word, this.id as PersonId, asked)])
        return await this.expenseOf(work, expense.id)
      },
      'reader',
    )
  }

  async ledgerParties(id: string): Promise<readonly api.LedgerParty[]> {
    const space = this.spaceOf(id)
    const named = await (await this.ledgerOf(id)).parties()
    const rest = [...space.members.keys()]
      .filter((person) => !named.some((party) => party.id === person))
      .map((person) => ({
        ...{ id: person as PersonId, is: person as PersonId, name: undefined, aliases: [] },
        ...{ isPlaceholder: false, retired: false, contested: false },
      }))
    return [...named, ...rest]
      .map(({ name, ...party }) => ({
        ...party,
        name: name ?? this.world.nameOf(party.id),
        ...(party.isPlaceholder ? {} : { member: space.members.has(party.id) }),
      }))
      .sort((a, b) => (a.name === b.name ? (a.id < b.id ? -1 : 1) : a.name < b.name ? -1 : 1))
  }

  async addParty(space: string, name: string): Promise<api.LedgerParty> {
    const id = await this.change(space, async (work) => {
      const id = work.memory.newId()
      await this.put(work, 'party', id, { name: validName(name), retired: false })
      return id
    })
    return await this.#party(space, id)
  }

  async changeParty(
    space: string,
    text: string,
    change: Parameters<api.LedgerApi['changeParty']>[2],
  ): Promise<api.LedgerParty> {
    const { name, retired, is } = change
    await this.#party(space, text)
    await this.change(space, async (work) => {
      const id = toId(text)
      const body = (await work.ledger.record('party', id)) ?? { name: '?', retired: false }
      if (name !== undefined || retired !== undefined) {
        const changed = { name: validName(name ?? body.name), retired: retired ?? body.retired }
        await this.put(work, 'party', id, changed)
      }
      if (is === undefined) return
      if (is !== null) await this.#party(space, is)
      await this.put(work, 'link', id, { to: is === null ? undefined : (is as PartyId) })
    })
    return await this.#party(space, text)
  }

  async balances(
    space: string,
    options: { readonly byCouple?: boolean } = {},
  ): Promise<readonly api.LedgerBalance[]> {
    return (await (await this.ledgerOf(space)).balances(options)).map(views.viewBalance)
  }

  async convertedBalances(
    space: string,
    code: string,
    options: { readonly byCouple?: boolean } = {},
  ): Promise<api.ConvertedBalances> {
    const ledger = await this.ledgerOf(space)
    const currency = await currencyOf(ledger, code)
    const { balances, ...converted } = await ledger.convertedBalances(currency, options)
    return { ...converted, balances: balances.map(views.viewMinor) }
  }

  async settlement(space: string, options: SettleOptions = {}): Promise<api.SettlementPlan> {
    return views.viewPlan(await (await this.ledgerOf(space)).plan(options))
  }

  async explainDebt(
    space: string,
    from: string,
    to: string,
  ): Promise<readonly api.DebtExplanation[]> {
    const explanations = await (await this.ledgerOf(space)).explain(from as PartyId, to as PartyId)
    return explanations.map(views.viewExplanation)
  }

  async knownRate(
    space: string,
    query: { readonly from: string; readonly to: string; readonly date: string },
  ): Promise<{ readonly rate?: api.FrozenRate }> {
    const ledger = await this.ledgerOf(space)
    const [from, to] = [await currencyOf(ledger, query.from), await currencyOf(ledger, query.to)]
    const rate = await ledger.knownRate(from, to, query.date)
    return rate === undefined ? {} : { rate }
  }

  async ledgerSettings(space: string): Promise<api.LedgerSettings> {
    return views.viewSettings(await (await this.ledgerOf(space)).settings())
  }

  async changeLedgerSettings(
    space: string,
    input: api.LedgerSettingsInput,
  ): Promise<api.LedgerSettings> {
    const split = input.defaultSplit?.toSorted((a, b) => (a.party < b.party ? -1 : 1))
    const settings = split === undefined ? input : { ...input, defaultSplit: split }
    await this.change(space, async (work) => {
      for (const name of SETTING_NAMES) {
        const field = Object.entries(SETTINGS).find(([, setting]) => setting === name)![0]
        const value = settings[field as keyof api.LedgerSettings]
        if (value === undefined) continue
        await this.put(work, 'setting', settingId(name), { name, value } as Setting)
      }
    })
    return await this.ledgerSettings(space)
  }

  async ledgerStatistics(
    space: string,
    { currency, ...days }: Parameters<api.LedgerApi['ledgerStatistics']>[1] = {},
  ): Promise<api.LedgerStatistics> {
    const ledger = await this.ledgerOf(space)
    const asked = currency === undefined ? {} : { currency: await currencyOf(ledger, currency) }
    return views.viewStatistics(await ledger.statistics({ ...days, ...asked }))
  }

  async ledgerActivity(
    space: string,
    { limit = 50, ...rest }: Parameters<api.LedgerApi['ledgerActivity']>[1] = {},
  ): Promise<api.LedgerActivityPage> {
    const { lines, before } = await (await this.ledgerOf(space)).activity({ limit, ...rest })
    return { lines: lines.map(views.viewActivity), ...(before === undefined ? {} : { before }) }
  }

  protected async ledgerOf(space: string): Promise<Ledger> {
    return await this.world.ledgerOf(this.spaceOf(space)).read()
  }

  /** Does something and tells everybody. */
  protected async change<T>(
    id: string,
    work: (work: LedgerWork) => Promise<T>,
    least: api.Role = 'writer',
  ): Promise<T> {
    const space = this.spaceAs(id, least)
    const { role } = space.members.get(this.id)!
    const author = { person: this.id, device: this.device, role }
    const memory = this.world.ledgerOf(space)
    return await memory.act((ledger) => work({ space, memory, ledger, author }))
  }

  protected abstract spaceAs(id: string, role: api.Role): StoredSpace

  protected async put<Kind extends RecordKind>(
    work: LedgerWork,
    kind: Kind,
    id: LedgerId,
    body: RecordBodies[Kind],
  ): Promise<void> {
    const drafts = await work.memory.drafts(work.author)
    const heads = await work.ledger.heads(kind, id)
    await this.write(work, [drafts.record(kind, id, body, heads)])
  }

  protected async write(
    work: LedgerWork,
    drafts: readonly ContentDraft[],
  ): Promise<readonly EntryId[]> {
    const written = await work.memory.write(work.author, drafts)
    this.world.tell(work.space, 'ledger')
    return written
  }

  protected async expenseOf(work: LedgerWork, id: LedgerId): Promise<api.Expense> {
    return views.viewExpense(known(await work.ledger.expense(id)))
  }

  protected today(): string {
    return new Date(this.world.nowMs()).toISOString().slice(0, 10)
  }

  async #rewrite(
    space: string,
    id: string,
    rewrite: (body: ExpenseBody) => ExpenseBody,
  ): Promise<api.Expense> {
    return await this.change(space, async (work) => {
      const { id: expense, body } = known(await work.ledger.expense(toId(id)))
      await this.put(work, 'expense', expense, rewrite(body))
      return await this.expenseOf(work, expense)
    })
  }

  async #party(space: string, id: string): Promise<api.LedgerParty> {
    return known((await this.ledgerParties(space)).find((party) => party.id === id))
  }
}

export function known<T>(value: T | undefined): T {
  if (value !== undefined) return value
  throw new LedgerError('LEDGER_UNKNOWN', 'there is no such thing in this ledger')
}

export function toId(text: string): LedgerId {
  return known(parseLedgerId(text))
}

async function currencyOf(ledger: Ledger, code: string): Promise<Currency> {
  const currency = await ledger.currency(code)
  if (currency !== undefined) return currency
  throw new LedgerError('LEDGER_BAD_QUERY', 'expected a currency of this ledger')
}
