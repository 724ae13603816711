/** The ledger's part of the HTTP client: `LedgerApi` as requests. */

import { ApiError } from './errors.ts'
import type * as api from './ledger-api.ts'
import { IMPORT_MS_MAX } from './limits.ts'
import { path, querySuffix } from './path.ts'
import { readPieces } from './piece-reader.ts'

type ById = readonly [space: string, id: string]

export abstract class LedgerClient implements api.LedgerApi {
  protected abstract json<T>(
    method: string,
    target: string,
    body?: object,
    timeoutMs?: number,
  ): Promise<T>
  protected abstract stream(
    target: string,
    signal?: AbortSignal,
  ): Promise<ReadableStream<Uint8Array>>

  expenses(space: string, query: api.ExpenseQuery = {}): Promise<api.ExpensePage> {
    return this.json('GET', path`/spaces/${space}/expenses` + querySuffix(query))
  }

  expense(...[space, id]: ById): Promise<api.ExpenseDetail> {
    return this.json('GET', path`/spaces/${space}/expenses/${id}`)
  }

  addExpense(space: string, input: api.ExpenseInput, id?: string): Promise<api.Expense> {
    return this.json('POST', path`/spaces/${space}/expenses`, { ...input, id })
  }

  editExpense(space: string, id: string, input: api.ExpenseInput): Promise<api.Expense> {
    return this.json('PUT', path`/spaces/${space}/expenses/${id}`, input)
  }

  deleteExpense(...[space, id]: ById): Promise<api.Expense> {
    return this.json('DELETE', path`/spaces/${space}/expenses/${id}`)
  }

  restoreExpense(...[space, id]: ById): Promise<api.Expense> {
    return this.json('POST', path`/spaces/${space}/expenses/${id}/restore`, {})
  }

  resolveExpense(space: string, id: string, version: string): Promise<api.Expense> {
    return this.json('POST', path`/spaces/${space}/expenses/${id}/resolve`, { version })
  }

  commentExpense(space: string, id: string, text: string): Promise<api.ExpenseDetail> {
    return this.json('POST', path`/spaces/${space}/expenses/${id}/comments`, { text })
  }

  uncommentExpense(space: string, id: string, comment: string): Promise<api.ExpenseDetail> {
    return this.json('DELETE', path`/spaces/${space}/expenses/${id}/comments/${comment}`)
  }

  judgeExpense(
    space: string,
    id: string,
    verdict: api.VerdictWord,
    note: string,
  ): Promise<api.Expense> {
    return this.json('PUT', path`/spaces/${space}/expenses/${id}/verdict`, { verdict, note })
  }

  ledgerParties(space: string): Promise<readonly api.LedgerParty[]> {
    return this.json('GET', path`/spaces/${space}/ledger/parties`)
  }

  addParty(space: string, name: string): Promise<api.LedgerParty> {
    return this.json('POST', path`/spaces/${space}/ledger/parties`, { name })
  }

  changeParty(
    space: string,
    id: string,
    change: Parameters<api.LedgerApi['changeParty']>[2],
  ): Promise<api.LedgerParty> {
    return this.json('PUT', path`/spaces/${space}/ledger/parties/${id}`, change)
  }

  balances(
    space: string,
    options: { readonly byCouple?: boolean } = {},
  ): Promise<readonly api.LedgerBalance[]> {
    return this.json('GET', path`/spaces/${space}/ledger/balances` + querySuffix(options))
  }

  convertedBalances(
    space: string,
    currency: string,
    options: { readonly byCouple?: boolean } = {},
  ): Promise<api.ConvertedBalances> {
    const target = path`/spaces/${space}/ledger/balances/${currency}`
    return this.json('GET', target + querySuffix(options))
  }

  settlement(
    space: string,
    options: { readonly mode?: api.SettleMode; readonly byCouple?: boolean } = {},
  ): Promise<api.SettlementPlan> {
    return this.json('GET', path`/spaces/${space}/ledger/settlement` + querySuffix(options))
  }

  explainDebt(space: string, from: string, to: string): Promise<readonly api.DebtExplanation[]> {
    return this.json('GET', path`/spaces/${space}/ledger/explanation` + querySuffix({ from, to }))
  }

  knownRate(
    space: string,
    query: { readonly from: string; readonly to: string; readonly date: string },
  ): Promise<{ readonly rate?: api.FrozenRate }> {
    return this.json('GET', path`/spaces/${space}/ledger/rate` + querySuffix(query))
  }

  ledgerSettings(space: string): Promise<api.LedgerSettings> {
    return this.json('GET', path`/spaces/${space}/ledger/settings`)
  }

  changeLedgerSettings(
    space: string,
    settings: api.LedgerSettingsInput,
  ): Promise<api.LedgerSettings> {
    return this.json('PUT', path`/spaces/${space}/ledger/settings`, settings)
  }

  ledgerStatistics(
    space: string,
    query: { readonly from?: string; readonly to?: string; readonly currency?: string } = {},
  ): Promise<api.LedgerStatistics> {
    return this.json('GET', path`/spaces/${space}/ledger/statistics` + querySuffix(query))
  }

  ledgerActivity(
    space: string,
    query: { readonly limit?: number; readonly before?: string } = {},
  ): Promise<api.LedgerActivityPage> {
    return this.json('GET', path`/spaces/${space}/ledger/activity` + querySuffix(query))
  }

  ledgerExtras(space: string): Promise<api.LedgerExtras> {
    return this.json('GET', path`/spaces/${space}/ledger/extras`)
  }

  addCategory(space: string, input: api.CategoryInput): Promise<api.LedgerCategory> {
    return this.json('POST', path`/spaces/${space}/ledger/categories`, input)
  }

  changeCategory(space: string, id: string, input: api.CategoryInput): Promise<api.LedgerCategory> {
    return this.json('PUT', path`/spaces/${space}/ledger/categories/${id}`, input)
  }

  addTemplate(space: string, input: api.TemplateInput): Promise<api.LedgerTemplate> {
    return this.json('POST', path`/spaces/${space}/ledger/templates`, input)
  }

  changeTemplate(space: string, id: string, input: api.TemplateInput): Promise<api.LedgerTemplate> {
    return this.json('PUT', path`/spaces/${space}/ledger/templates/${id}`, input)
  }

  addCouple(space: string, input: api.CoupleInput): Promise<api.LedgerCouple> {
    return this.json('POST', path`/spaces/${space}/ledger/couples`, input)
  }

  changeCouple(space: string, id: string, input: api.CoupleInput): Promise<api.LedgerCouple> {
    return this.json('PUT', path`/spaces/${space}/ledger/couples/${id}`, input)
  }

  addBudget(space: string, input: api.BudgetInput): Promise<api.LedgerBudget> {
    return this.json('POST', path`/spaces/${space}/ledger/budgets`, input)
  }

  changeBudget(space: string, id: string, input: api.BudgetInput): Promise<api.LedgerBudget> {
    return this.json('PUT', path`/spaces/${space}/ledger/budgets/${id}`, input)
  }

  ledgerSeries(space: string): Promise<readonly api.LedgerSeries[]> {
    return this.json('GET', path`/spaces/${space}/ledger/series`)
  }

  addSeries(space: string, input: api.SeriesInput): Promise<api.LedgerSeries> {
    return this.json('POST', path`/spaces/${space}/ledger/series`, input)
  }

  changeSeries(space: string, id: string, input: api.SeriesInput): Promise<api.LedgerSeries> {
    return this.json('PUT', path`/spaces/${space}/ledger/series/${id}`, input)
  }

  enterDue(space: string): Promise<readonly api.Expense[]> {
    return this.json('POST', path`/spaces/${space}/ledger/series/due`, {})
  }

  ledgerLocks(space: string): Promise<readonly api.LedgerLock[]> {
    return this.json('GET', path`/spaces/${space}/ledger/locks`)
  }

  lockPeriod(space: string, through: string, note: string): Promise<api.LedgerLock> {
    return this.json('POST', path`/spaces/${space}/ledger/locks`, { through, note })
  }

  signLock(space: string, lock: string): Promise<api.LedgerLock> {
    return this.json('POST', path`/spaces/${space}/ledger/locks/${lock}/sign`, {})
  }

  previewImport(space: string, input: api.ImportInput): Promise<api.ImportPreview> {
    const target = path`/spaces/${space}/ledger/imports/preview`
    return this.json('POST', target, input, IMPORT_MS_MAX)
  }

  applyImport(space: string, input: api.ImportInput): Promise<api.LedgerImport> {
    return this.json('POST', path`/spaces/${space}/ledger/imports`, input, IMPORT_MS_MAX)
  }

  ledgerImports(space: string): Promise<readonly api.LedgerImport[]> {
    return this.json('GET', path`/spaces/${space}/ledger/imports`)
  }

  undoImport(space: string, batch: string): Promise<api.LedgerImport> {
    const target = path`/spaces/${space}/ledger/imports/${batch}/undo`
    return this.json('POST', target, {}, IMPORT_MS_MAX)
  }

  async *exportLedger(
    space: string,
    format: api.LedgerExportFormat,
    { signal, ...query }: { readonly currency?: string; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<string, void, undefined> {
    const target = path`/spaces/${space}/ledger/export` + querySuffix({ format, ...query })
    const response = await this.stream(target, signal)
    try {
      yield* readPieces(response)
    } catch (error) {
      throw new ApiError('BAD_REPLY', 'the export broke off', 0, { cause: error })
    }
  }
}
