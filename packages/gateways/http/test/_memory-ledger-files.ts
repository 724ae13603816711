/** The rest of `LedgerApi` over the ledgers in memory: what stands beside the bills, and files. */

import { base64ToBytes } from '@hamlet/core'
import type { EntryId } from '@hamlet/core'
import * as expenses from '@hamlet/expenses'
import type {
  ExpenseInput,
  ImportedLedger,
  LedgerId,
  PartyId,
  RecordBodies,
} from '@hamlet/expenses'
import type { ContentDraft } from '@hamlet/space'

import type * as api from '../src/hamlet-api.ts'
import { hash } from './_memory-ledger.ts'
import { known, MemoryLedgerApi, toId } from './_memory-ledger-api.ts'
import type { LedgerWork } from './_memory-ledger-api.ts'
import * as views from './_memory-ledger-views.ts'
import { validName } from './_memory-store.ts'

const NO_HEADS = { replaces: [], depth: 0 }
const SAMPLE_MAX = 50

type Named = 'category' | 'template' | 'couple' | 'budget'

export abstract class MemoryLedgerFiles extends MemoryLedgerApi implements api.LedgerApi {
  async ledgerExtras(space: string): Promise<api.LedgerExtras> {
    const ledger = await this.ledgerOf(space)
    return {
      categories: (await ledger.named('category')).map(({ id, body }) => ({ id, ...body })),
      templates: (await ledger.named('template')).map(views.viewTemplate),
      couples: (await ledger.named('couple')).map(({ id, body }) => ({ id, ...body })),
      budgets: (await ledger.named('budget')).map(views.viewBudget),
    }
  }

  async addCategory(space: string, input: api.CategoryInput): Promise<api.LedgerCategory> {
    const id = await this.#add(space, 'category', this.#category(input, undefined))
    return known((await this.ledgerExtras(space)).categories.find((each) => each.id === id))
  }

  async changeCategory(
    space: string,
    id: string,
    input: api.CategoryInput,
  ): Promise<api.LedgerCategory> {
    await this.#edit(space, 'category', id, (body) => this.#category(input, body))
    return known((await this.ledgerExtras(space)).categories.find((each) => each.id === id))
  }

  async addTemplate(space: string, input: api.TemplateInput): Promise<api.LedgerTemplate> {
    const id = await this.#add(space, 'template', this.#template(input, undefined))
    return known((await this.ledgerExtras(space)).templates.find((each) => each.id === id))
  }

  async changeTemplate(
    space: string,
    id: string,
    input: api.TemplateInput,
  ): Promise<api.LedgerTemplate> {
    await this.#edit(space, 'template', id, (body) => this.#template(input, body))
    return known((await this.ledgerExtras(space)).templates.find((each) => each.id === id))
  }

  async addCouple(space: string, input: api.CoupleInput): Promise<api.LedgerCouple> {
    const id = await this.#add(space, 'couple', this.#couple(input, undefined))
    return known((await this.ledgerExtras(space)).couples.find((each) => each.id === id))
  }

  async changeCouple(space: string, id: string, input: api.CoupleInput): Promise<api.LedgerCouple> {
    await this.#edit(space, 'couple', id, (body) => this.#couple(input, body))
    return known((await this.ledgerExtras(space)).couples.find((each) => each.id === id))
  }

  async addBudget(space: string, input: api.BudgetInput): Promise<api.LedgerBudget> {
    const id = await this.#add(space, 'budget', this.#budget(input, undefined))
    return known((await this.ledgerExtras(space)).budgets.find((each) => each.id === id))
  }

  async changeBudget(space: string, id: string, input: api.BudgetInput): Promise<api.LedgerBudget> {
    await this.#edit(space, 'budget', id, (body) => this.#budget(input, body))
    return known((await this.ledgerExtras(space)).budgets.find((each) => each.id === id))
  }

  async ledgerSeries(space: string): Promise<readonly api.LedgerSeries[]> {
    return (await (await this.ledgerOf(space)).series(this.today())).map(views.viewSeries)
  }

  async addSeries(space: string, input: api.SeriesInput): Promise<api.LedgerSeries> {
    const { expense, rule, stopped = false } = input
    const id = await this.change(space, async (work) => {
      const made = work.memory.newId()
      const template = expenses.newBody(required(expense) as ExpenseInput, this.today())
      await this.put(work, 'series', made, { template, rule: toRule(required(rule)), stopped })
      return made
    })
    return known((await this.ledgerSeries(space)).find((each) => each.id === id))
  }

  async changeSeries(
    space: string,
    id: string,
    { expense = {}, rule, stopped }: api.SeriesInput,
  ): Promise<api.LedgerSeries> {
    await this.change(space, async (work) => {
      const body = known(await work.ledger.record('series', toId(id)))
      await this.put(work, 'series', toId(id), {
        template: expenses.editedBody(body.template, expense as ExpenseInput),
        rule: rule === undefined ? body.rule : toRule(rule),
        stopped: stopped ?? body.stopped,
      })
    })
    return known((await this.ledgerSeries(space)).find((each) => each.id === id))
  }

  async enterDue(space: string): Promise<readonly api.Expense[]> {
    return await this.change(space, async (work) => {
      const series = await work.ledger.series(this.today())
      const due = series.flatMap((each) =>
        each.due.map((day) => expenses.occurrenceOf(hash, each, day)),
      )
      await this.write(work, due.map(expenses.ledgerDraft))
      return await Promise.all(due.map(({ id }) => this.expenseOf(work, id)))
    })
  }

  async ledgerLocks(space: string): Promise<readonly api.LedgerLock[]> {
    const memory = this.world.ledgerOf(this.spaceOf(space))
    return (await (await memory.read()).locks(memory.applied())).map(views.viewLock)
  }

  async lockPeriod(space: string, through: string, note: string): Promise<api.LedgerLock> {
    const id = await this.change(space, async (work) => {
      const frontier = work.memory.applied()
      const balances = await work.ledger.balancesHash(frontier)
      const drafts = await work.memory.drafts(work.author)
      const lock = drafts.statement({ kind: 'lock', through, frontier, balances, note })
      return (await this.write(work, [lock]))[0]
    })
    return known((await this.ledgerLocks(space)).find((lock) => lock.id === id))
  }

  async signLock(space: string, id: string): Promise<api.LedgerLock> {
    await this.change(
      space,
      async (work) => {
        const locks = await work.ledger.locks(work.memory.applied())
        const { frontier } = known(locks.find((lock) => lock.id === id))
        const balances = await work.ledger.balancesHash(frontier)
        const drafts = await work.memory.drafts(work.author)
        const lock = id as EntryId
        await this.write(work, [drafts.statement({ kind: 'lock-sign', lock, balances })])
      },
      'reader',
    )
    return known((await this.ledgerLocks(space)).find((lock) => lock.id === id))
  }

  async previewImport(space: string, input: api.ImportInput): Promise<api.ImportPreview> {
    const file = readFile(input)
    const ledger = await this.ledgerOf(space)
    const parties = await this.ledgerParties(space)
    const fresh = await Promise.all(
      file.expenses.map(async ({ id }) => (await ledger.record('expense', id)) === undefined),
    )
    const added = file.expenses.filter((_, i) => fresh[i])
    const { source, groupName, currency, warningCount } = file
    return {
      source,
      ...(groupName === undefined ? {} : { groupName }),
      ...(currency === undefined ? {} : { currency }),
      parties: file.parties.map((party) => ({ ...party, ...whoIs(party, parties) })),
      sample: added
        .slice(0, SAMPLE_MAX)
        .map(({ id, body, line }) => ({ ...views.viewBody(body), id, line })),
      newExpenses: added.length,
      knownExpenses: file.expenses.length - added.length,
      wrongTotals: expenses.wrongTotals(file).map(({ expectedMinor, actualMinor, ...total }) => ({
        ...total,
        expectedMinor: `${expectedMinor}`,
        actualMinor: `${actualMinor}`,
      })),
      warnings: file.warnings.map(({ code, message, line, column }) => {
        return { code, message, line, column }
      }),
      warningCount,
    }
  }

  async applyImport(space: string, input: api.ImportInput): Promise<api.LedgerImport> {
    const file = readFile(input)
    const batch = await this.change(space, async (work) => {
      const made = work.memory.newId()
      await this.write(work, await importDrafts(work, made, file, input))
      return made
    })
    return known((await this.ledgerImports(space)).find((each) => each.batch === batch))
  }

  async ledgerImports(space: string): Promise<readonly api.LedgerImport[]> {
    return (await (await this.ledgerOf(space)).imports()).map(views.viewImport)
  }

  async undoImport(space: string, batch: string): Promise<api.LedgerImport> {
    await this.change(space, async (work) => {
      const imports = await work.ledger.imports()
      for (const id of known(imports.find((each) => each.batch === batch)).expenses) {
        const body = known(await work.ledger.record('expense', id))
        if (!body.deleted) await this.put(work, 'expense', id, { ...body, deleted: true })
      }
    })
    return known((await this.ledgerImports(space)).find((each) => each.batch === batch))
  }

  async *exportLedger(
    space: string,
    format: api.LedgerExportFormat,
    options: { readonly currency?: string; readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<string, void, undefined> {
    const snapshot = await this.#snapshot(space)
    options.signal?.throwIfAborted()
    const asked =
      options.currency && (await (await this.ledgerOf(space)).currency(options.currency))
    const currency = asked || (snapshot.currency ?? snapshot.expenses[0]?.body.currency)
    const text = exportAs(format, snapshot, currency ?? expenses.currencyOf('EUR')!)
    const half = text.indexOf('\n') + 1
    yield text.slice(0, half)
    yield text.slice(half)
  }

  async #snapshot(id: string): Promise<expenses.LedgerSnapshot> {
    const ledger = await this.ledgerOf(id)
    const parties = await this.ledgerParties(id)
    const { expenses: all } = await ledger.list({ state: 'all', limit: 500 })
    return {
      groupName: this.spaceOf(id).name,
      currency: (await ledger.settings()).currency,
      asOf: this.today(),
      parties: parties.map(({ id: party, name, retired }) => {
        return { id: party as PartyId, name, retired }
      }),
      categories: (await ledger.named('category')).map(({ id: category, body }) => {
        return { id: category, name: body.name, emoji: body.emoji }
      }),
      expenses: all.map(({ id: expense, body, owed, created }) => {
        return { id: expense, body, owed, createdBy: this.world.nameOf(created.person) }
      }),
      plan: (await ledger.plan()).transfers,
    }
  }

  #category(
    { name, emoji, retired }: api.CategoryInput,
    body: RecordBodies['category'] | undefined,
  ): RecordBodies['category'] {
    return {
      name: validName(required(name ?? body?.name)),
      emoji: emoji ?? body?.emoji ?? '',
      retired: retired ?? body?.retired ?? false,
    }
  }

  #template(
    { name, expense, retired }: api.TemplateInput,
    template: RecordBodies['template'] | undefined,
  ): RecordBodies['template'] {
    const input = (expense ?? {}) as ExpenseInput
    return {
      name: validName(required(name ?? template?.name)),
      body:
        template === undefined
          ? expenses.newBody(input, this.today())
          : expenses.editedBody(template.body, input),
      retired: retired ?? template?.retired ?? false,
    }
  }

  #couple(
    { name, members, retired }: api.CoupleInput,
    body: RecordBodies['couple'] | undefined,
  ): RecordBodies['couple'] {
    const sorted = members === undefined ? undefined : ([...members].sort() as PartyId[])
    return {
      name: validName(required(name ?? body?.name)),
      members: required(sorted ?? body?.members),
      retired: retired ?? body?.retired ?? false,
    }
  }

  #budget(
    { category, currency, amountMinor, retired }: api.BudgetInput,
    body: RecordBodies['budget'] | undefined,
  ): RecordBodies['budget'] {
    return {
      category: category === undefined ? body?.category : (category ?? undefined),
      currency: required(currency ?? body?.currency),
      amountMinor: required(amountMinor ?? body?.amountMinor),
      retired: retired ?? body?.retired ?? false,
    }
  }

  async #add<Kind extends Named>(
    space: string,
    kind: Kind,
    body: RecordBodies[Kind],
  ): Promise<LedgerId> {
    return await this.change(space, async (work) => {
      const id = work.memory.newId()
      await this.put(work, kind, id, body)
      return id
    })
  }

  async #edit<Kind extends Named>(
    space: string,
    kind: Kind,
    id: string,
    edit: (body: RecordBodies[Kind]) => RecordBodies[Kind],
  ): Promise<void> {
    await this.change(space, async (work) => {
      const body = known(await work.ledger.record(kind, toId(id)))
      await this.put(work, kind, toId(id), edit(body))
    })
  }
}

function required<T>(value: T | undefined): T {
  if (value !== undefined) return value
  throw new expenses.LedgerError('LEDGER_BAD_RECORD', 'expected what has no default')
}

function toRule({ until, count, ...rule }: api.LedgerRecurrence): expenses.RecurrenceRule {
  return { ...rule, until, count }
}

function readFile({ contents, currency, group, weights, payers }: api.ImportInput): ImportedLedger {
  const bytes = base64ToBytes(contents)
  if (bytes === undefined) {
    throw new expenses.ImportError('IMPORT_BAD_TEXT', 'expected base64', {
      fields: { line: 1, column: 1 },
    })
  }
  const imported = expenses.importFile(bytes, {
    hash,
    currency,
    group,
    weights: new Map(weights?.map(({ name, weight }) => [name, weight])),
    payers: new Map(payers?.map(({ line, name }) => [line, name])),
  })
  if (imported.ok) return imported.value
  throw imported.error
}

/** Who they were said to be, or the only member of that name, else the only person without the app. */
function whoIs(
  { id, name }: expenses.ImportedParty,
  parties: readonly api.LedgerParty[],
): { readonly is?: string } {
  const linked = parties.find((party) => party.id === id && party.is !== id)
  const isKnown = parties.some((party) => party.id === id)
  const namesakes = isKnown ? [] : parties.filter((party) => party.name === name && !party.retired)
  const members = namesakes.filter(({ member }) => member === true)
  const beside = namesakes.filter((party) => party.isPlaceholder && party.is === party.id)
  const candidates = members.length > 0 ? members : beside
  const is = linked?.is ?? (candidates.length === 1 ? candidates[0]?.id : undefined)
  return is === undefined ? {} : { is }
}

async function importDrafts(
  { memory, ledger, author }: LedgerWork,
  batch: LedgerId,
  { source, parties, categories, expenses: imported }: ImportedLedger,
  { fileName = '', people = [] }: api.ImportInput,
): Promise<readonly ContentDraft[]> {
  const drafts = await memory.drafts(author)
  const written: ContentDraft[] = []
  for (const { id, name, removed } of parties) {
    if ((await ledger.record('party', id)) !== undefined) continue
    written.push(drafts.record('party', id, { name, retired: removed }, NO_HEADS, batch))
  }
  for (const { id, is } of people) {
    const heads = await ledger.heads('link', toId(id))
    written.push(drafts.record('link', toId(id), { to: is as PartyId }, heads, batch))
  }
  for (const { id, ...category } of categories) {
    if ((await ledger.record('category', id)) !== undefined) continue
    const body = { ...category, retired: false }
    written.push(drafts.record('category', id, body, NO_HEADS, batch))
  }
  let expenseCount = 0
  for (const { id, body } of imported) {
    if ((await ledger.record('expense', id)) !== undefined) continue
    written.push(drafts.record('expense', id, body, NO_HEADS, batch))
    expenseCount++
  }
  return [...written, drafts.statement({ kind: 'import', batch, source, fileName, expenseCount })]
}

function exportAs(
  format: api.LedgerExportFormat,
  snapshot: expenses.LedgerSnapshot,
  currency: expenses.Currency,
): string {
  switch (format) {
    case 'json':
      return expenses.exportSnapshotJson(snapshot)
    case 'csv':
      return expenses.exportWideCsv(snapshot)
    case 'splitwise-csv':
      return expenses.exportSplitwise(snapshot)
    case 'spliit-json':
      return expenses.exportSpliit(snapshot, currency)
    case 'ihatemoney-json':
      return expenses.exportIHateMoney(snapshot, currency)
    case 'cospend-csv':
      return expenses.exportCospend(snapshot, currency)
    case 'settlement-csv':
      return expenses.exportSettlement(snapshot)
    case 'signed-txt':
      // People in memory have no logs, so there is nothing they have signed.
      throw new expenses.LedgerError('LEDGER_BAD_QUERY', 'nothing here is signed')
  }
}
