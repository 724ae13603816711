/** The ledger's part of `HamletApi`, each call handed to the desk of its space. */

import type * as Api from '@hamlet/http/api'
import type { LedgerDesk } from './ledger-desk.ts'
import type { PartyChange } from './ledger-parties.ts'

export abstract class LedgerPeer implements Api.LedgerApi {
  /** @throws PeerError `SPACE_NOT_FOUND`, `SPACE_UNUSABLE` */
  protected abstract ledgerOf(space: string): LedgerDesk

  async expenses(space: string, query: Api.ExpenseQuery = {}): Promise<Api.ExpensePage> {
    return await this.ledgerOf(space).expenses(query)
  }

  async expense(space: string, id: string): Promise<Api.ExpenseDetail> {
    return await this.ledgerOf(space).expense(id)
  }

  async addExpense(space: string, input: Api.ExpenseInput, id?: string): Promise<Api.Expense> {
    return await this.ledgerOf(space).add(input, id)
  }

  async editExpense(space: string, id: string, input: Api.ExpenseInput): Promise<Api.Expense> {
    return await this.ledgerOf(space).edit(id, input)
  }

  async deleteExpense(space: string, id: string): Promise<Api.Expense> {
    return await this.ledgerOf(space).delete(id)
  }

  async restoreExpense(space: string, id: string): Promise<Api.Expense> {
    return await this.ledgerOf(space).restore(id)
  }

  async resolveExpense(space: string, id: string, version: string): Promise<Api.Expense> {
    return await this.ledgerOf(space).resolve(id, version)
  }

  async commentExpense(space: string, id: string, text: string): Promise<Api.ExpenseDetail> {
    return await this.ledgerOf(space).comment(id, text)
  }

  async uncommentExpense(space: string, id: string, comment: string): Promise<Api.ExpenseDetail> {
    return await this.ledgerOf(space).uncomment(id, comment)
  }

  async judgeExpense(
    space: string,
    id: string,
    verdict: Api.VerdictWord,
    note: string,
  ): Promise<Api.Expense> {
    return await this.ledgerOf(space).judge(id, verdict, note)
  }

  async ledgerParties(space: string): Promise<readonly Api.LedgerParty[]> {
    return await this.ledgerOf(space).parties.list()
  }

  async addParty(space: string, name: string): Promise<Api.LedgerParty> {
    return await this.ledgerOf(space).parties.add(name)
  }

  async changeParty(space: string, id: string, change: PartyChange): Promise<Api.LedgerParty> {
    return await this.ledgerOf(space).parties.change(id, change)
  }

  async balances(
    space: string,
    options: { readonly byCouple?: boolean } = {},
  ): Promise<readonly Api.LedgerBalance[]> {
    return await this.ledgerOf(space).balances(options)
  }

  async convertedBalances(
    space: string,
    currency: string,
    options: { readonly byCouple?: boolean } = {},
  ): Promise<Api.ConvertedBalances> {
    return await this.ledgerOf(space).convertedBalances(currency, options)
  }

  async settlement(
    space: string,
    options: { readonly mode?: Api.SettleMode; readonly byCouple?: boolean } = {},
  ): Promise<Api.SettlementPlan> {
    return await this.ledgerOf(space).settlement(options)
  }

  async explainDebt(
    space: string,
    from: string,
    to: string,
  ): Promise<readonly Api.DebtExplanation[]> {
    return await this.ledgerOf(space).explain(from, to)
  }

  async knownRate(
    space: string,
    query: { readonly from: string; readonly to: string; readonly date: string },
  ): Promise<{ readonly rate?: Api.FrozenRate }> {
    return await this.ledgerOf(space).knownRate(query)
  }

  async ledgerSettings(space: string): Promise<Api.LedgerSettings> {
    return await this.ledgerOf(space).settings()
  }

  async changeLedgerSettings(
    space: string,
    settings: Api.LedgerSettingsInput,
  ): Promise<Api.LedgerSettings> {
    return await this.ledgerOf(space).changeSettings(settings)
  }

  async ledgerStatistics(
    space: string,
    query: { readonly from?: string; readonly to?: string; readonly currency?: string } = {},
  ): Promise<Api.LedgerStatistics> {
    return await this.ledgerOf(space).statistics(query)
  }

  async ledgerActivity(
    space: string,
    query: { readonly limit?: number; readonly before?: string } = {},
  ): Promise<Api.LedgerActivityPage> {
    return await this.ledgerOf(space).activity(query)
  }

  async ledgerExtras(space: string): Promise<Api.LedgerExtras> {
    return await this.ledgerOf(space).extras.list()
  }

  async addCategory(space: string, input: Api.CategoryInput): Promise<Api.LedgerCategory> {
    return await this.ledgerOf(space).extras.putCategory(undefined, input)
  }

  async changeCategory(
    space: string,
    id: string,
    input: Api.CategoryInput,
  ): Promise<Api.LedgerCategory> {
    return await this.ledgerOf(space).extras.putCategory(id, input)
  }

  async addTemplate(space: string, input: Api.TemplateInput): Promise<Api.LedgerTemplate> {
    return await this.ledgerOf(space).extras.putTemplate(undefined, input)
  }

  async changeTemplate(
    space: string,
    id: string,
    input: Api.TemplateInput,
  ): Promise<Api.LedgerTemplate> {
    return await this.ledgerOf(space).extras.putTemplate(id, input)
  }

  async addCouple(space: string, input: Api.CoupleInput): Promise<Api.LedgerCouple> {
    return await this.ledgerOf(space).extras.putCouple(undefined, input)
  }

  async changeCouple(space: string, id: string, input: Api.CoupleInput): Promise<Api.LedgerCouple> {
    return await this.ledgerOf(space).extras.putCouple(id, input)
  }

  async addBudget(space: string, input: Api.BudgetInput): Promise<Api.LedgerBudget> {
    return await this.ledgerOf(space).extras.putBudget(undefined, input)
  }

  async changeBudget(space: string, id: string, input: Api.BudgetInput): Promise<Api.LedgerBudget> {
    return await this.ledgerOf(space).extras.putBudget(id, input)
  }

  async ledgerSeries(space: string): Promise<readonly Api.LedgerSeries[]> {
    return await this.ledgerOf(space).series.list()
  }

  async addSeries(space: string, input: Api.SeriesInput): Promise<Api.LedgerSeries> {
    return await this.ledgerOf(space).series.put(undefined, input)
  }

  async changeSeries(space: string, id: string, input: Api.SeriesInput): Promise<Api.LedgerSeries> {
    return await this.ledgerOf(space).series.put(id, input)
  }

  async enterDue(space: string): Promise<readonly Api.Expense[]> {
    return await this.ledgerOf(space).series.enterDue()
  }

  async ledgerLocks(space: string): Promise<readonly Api.LedgerLock[]> {
    return await this.ledgerOf(space).locks.list()
  }

  async lockPeriod(space: string, through: string, note: string): Promise<Api.LedgerLock> {
    return await this.ledgerOf(space).locks.lock(through, note)
  }

  async signLock(space: string, lock: string): Promise<Api.LedgerLock> {
    return await this.ledgerOf(space).locks.sign(lock)
  }

  async previewImport(space: string, input: Api.ImportInput): Promise<Api.ImportPreview> {
    return await this.ledgerOf(space).imports.preview(input)
  }

  async applyImport(space: string, input: Api.ImportInput): Promise<Api.LedgerImport> {
    return await this.ledgerOf(space).imports.apply(input)
  }

  async ledgerImports(space: string): Promise<readonly Api.LedgerImport[]> {
    return await this.ledgerOf(space).imports.list()
  }

  async undoImport(space: string, batch: string): Promise<Api.LedgerImport> {
    return await this.ledgerOf(space).imports.undo(batch)
  }

  exportLedger(
    space: string,
    format: Api.LedgerExportFormat,
    options: { readonly currency?: string; readonly signal?: AbortSignal } = {},
  ): AsyncIterable<string> {
    return this.ledgerOf(space).export(format, options)
  }
}
