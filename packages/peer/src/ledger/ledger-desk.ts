/**
 * The ledger's part of the API over one space: its expenses, what people say of them, and what follows from them. The
 * parts that have much to say are desks of their own, beside this one.
 */

import type { Attachment } from '@hamlet/blobs'
import { parseId } from '@hamlet/core'
import type { EntryId, PersonId } from '@hamlet/core'
import {
  chosenBody,
  editedBody,
  LedgerError,
  newBody,
  SETTING_NAMES,
  settingId,
} from '@hamlet/expenses'
import type {
  ExpenseBody,
  ExpenseDetail,
  LedgerChange,
  LedgerId,
  PartyId,
  Setting,
  VersionId,
} from '@hamlet/expenses'
import type * as Api from '@hamlet/http/api'
import type { ViewEvent } from '@hamlet/space/view'
import { clientOf } from '../client-view.ts'
import { today } from '../local-day.ts'
import type { PeerPorts } from '../peer-ports.ts'
import type { SpaceRuntime } from '../space-runtime.ts'
import type { LedgerDeskParts } from './ledger-desk-parts.ts'
import { exportLedgerFile, knownCurrency } from './ledger-exports.ts'
import type { ExportOptions } from './ledger-exports.ts'
import { LedgerExtrasDesk } from './ledger-extras.ts'
import { LedgerImportDesk } from './ledger-imports.ts'
import {
  partiesOfInput,
  toChosenId,
  toExpenseInput,
  toExpenseQuery,
  toLedgerId,
  unknownError,
} from './ledger-input.ts'
import { LedgerLockDesk } from './ledger-locks.ts'
import {
  toActivity,
  toBalance,
  toDetail,
  toExpense,
  toExplanation,
  toPage,
  toPlan,
  toSettings,
  toStatistics,
} from './ledger-mapper.ts'
import { LedgerPartyDesk } from './ledger-parties.ts'
import { LedgerSeriesDesk } from './ledger-series.ts'
import { LedgerWriter, NO_HEADS } from './ledger-writer.ts'

const ACTIVITY_DEFAULT = 50
const MODERATING_ROLES: ReadonlySet<string | undefined> = new Set(['owner', 'admin'])

export class LedgerDesk {
  readonly parties: LedgerPartyDesk
  readonly extras: LedgerExtrasDesk
  readonly series: LedgerSeriesDesk
  readonly locks: LedgerLockDesk
  readonly imports: LedgerImportDesk
  readonly #parts: LedgerDeskParts
  readonly #runtime: SpaceRuntime
  readonly #ports: PeerPorts
  readonly #writer: LedgerWriter

  constructor(runtime: SpaceRuntime, ports: PeerPorts) {
    this.#runtime = runtime
    this.#ports = ports
    this.#writer = new LedgerWriter(runtime, ports.random)
    this.parties = new LedgerPartyDesk(runtime, this.#writer)
    this.#parts = { runtime, ports, writer: this.#writer, parties: this.parties }
    this.extras = new LedgerExtrasDesk(this.#parts)
    this.series = new LedgerSeriesDesk(this.#parts)
    this.locks = new LedgerLockDesk(this.#parts)
    this.imports = new LedgerImportDesk(this.#parts)
  }

  /** The view of the ledger changed. */
  changed(event: ViewEvent<LedgerChange>): void {
    if (event.kind === 'rebuilt' || event.changes.some(isOfSeries)) this.series.changed()
  }

  async expenses(query: Api.ExpenseQuery): Promise<Api.ExpensePage> {
    if (query.search !== undefined) await this.#runtime.refreshSearchNames()
    return toPage(await this.#ledger.list(toExpenseQuery(query)))
  }

  async expense(id: string): Promise<Api.ExpenseDetail> {
    return await this.#shownDetail(toLedgerId(id))
  }

  /** What was entered under the id before, here or by somebody else, is not entered again. */
  async add(input: Api.ExpenseInput, chosenId?: string): Promise<Api.Expense> {
    const id = chosenId === undefined ? this.#writer.newId() : toChosenId(chosenId)
    return await this.#writer.act(async () => {
      if ((await this.#ledger.record('expense', id)) === undefined) {
        await this.parties.requireKnown(partiesOfInput(input))
        const body = newBody(toExpenseInput(input), today(this.#ports))
        const draft = (await this.#writer.drafts()).record('expense', id, body, NO_HEADS)
        // The entry itself says which request it answers: see `once-book.ts` in `space`. An id drawn here is of no request
        // before, so the own log need not be looked through for one.
        if (chosenId === undefined) await this.#writer.write([draft])
        else await this.#writer.writeOnce(`ledger.expense/${id}`, draft)
      }
      return await this.#shown(id)
    })
  }

  async edit(id: string, input: Api.ExpenseInput): Promise<Api.Expense> {
    return await this.#change(id, async (body) => {
      await this.parties.requireKnown(partiesOfInput(input))
      return editedBody(body, toExpenseInput(input))
    })
  }

  async delete(id: string): Promise<Api.Expense> {
    return await this.#change(id, async (body) => ({ ...body, deleted: true }))
  }

  async restore(id: string): Promise<Api.Expense> {
    return await this.#change(id, async (body) => ({ ...body, deleted: false }))
  }

  async resolve(id: string, version: string): Promise<Api.Expense> {
    return await this.#change(id, async () => {
      return chosenBody(await this.#detail(toLedgerId(id)), version as VersionId)
    })
  }

  async comment(text: string, comment: string): Promise<Api.ExpenseDetail> {
    const id = toLedgerId(text)
    return await this.#writer.act(async () => {
      await this.#detail(id)
      await this.#writer.write([(await this.#writer.drafts()).comment(id, comment)])
      return await this.#shownDetail(id)
    })
  }

  /** @throws LedgerError `LEDGER_NOT_AUTHOR` for somebody else's, which only admins take back. */
  async uncomment(text: string, comment: string): Promise<Api.ExpenseDetail> {
    const id = toLedgerId(text)
    return await this.#writer.act(async () => {
      const entry = parseId<EntryId>(comment)
      const found = (await this.#detail(id)).comments.find((each) => each.id === entry)
      if (found === undefined) throw unknownError()
      this.#requireAuthor(found.person)
      await this.#writer.write([(await this.#writer.drafts()).uncomment(id, found.id)])
      return await this.#shownDetail(id)
    })
  }

  async attach(text: string, attachment: Attachment): Promise<Api.ExpenseDetail> {
    const id = toLedgerId(text)
    return await this.#writer.act(async () => {
      await this.#detail(id)
      await this.#writer.write([(await this.#writer.drafts()).attach(id, attachment)])
      return await this.#shownDetail(id)
    })
  }

  /** `attached`: with the expense's id before it or without. @throws LedgerError `LEDGER_NOT_AUTHOR` */
  async detach(text: string, attached: string): Promise<Api.ExpenseDetail> {
    const id = toLedgerId(text)
    return await this.#writer.act(async () => {
      const entry = parseId<EntryId>(attached.slice(attached.indexOf('.') + 1))
      const found = (await this.#detail(id)).attachments.find((each) => each.id === entry)
      if (found === undefined) throw unknownError()
      this.#requireAuthor(found.person)
      await this.#writer.write([(await this.#writer.drafts()).detach(id, found.id)])
      return await this.#shownDetail(id)
    })
  }

  async judge(text: string, verdict: Api.VerdictWord, note: string): Promise<Api.Expense> {
    const id = toLedgerId(text)
    return await this.#writer.act(async () => {
      const detail = await this.#detail(id)
      const { person } = this.#runtime.space.identity
      const asked = await this.#ledger.whoIsAsked(id)
      const drafts = await this.#writer.drafts()
      await this.#writer.write([drafts.verdict(detail, { verdict, note }, person, asked)])
      return await this.#shown(id)
    })
  }

  async balances(options: { readonly byCouple?: boolean }): Promise<readonly Api.LedgerBalance[]> {
    return (await this.#ledger.balances(options)).map(toBalance)
  }

  /** @throws LedgerError `LEDGER_BAD_QUERY` for a currency nobody knows. */
  async convertedBalances(
    code: string,
    options: { readonly byCouple?: boolean },
  ): Promise<Api.ConvertedBalances> {
    const currency = await knownCurrency(this.#parts, code)
    const converted = await this.#ledger.convertedBalances(currency, options)
    const balances = converted.balances.map(({ party, minor }) => ({ party, minor: `${minor}` }))
    return { ...converted, balances }
  }

  async settlement(options: {
    readonly mode?: Api.SettleMode
    readonly byCouple?: boolean
  }): Promise<Api.SettlementPlan> {
    return toPlan(await this.#ledger.plan(options))
  }

  async explain(from: string, to: string): Promise<readonly Api.DebtExplanation[]> {
    const explained = await this.#ledger.explain(from as PartyId, to as PartyId)
    return explained.map(toExplanation)
  }

  async knownRate(query: {
    readonly from: string
    readonly to: string
    readonly date: string
  }): Promise<{ readonly rate?: Api.FrozenRate }> {
    const [from, to] = [
      await knownCurrency(this.#parts, query.from),
      await knownCurrency(this.#parts, query.to),
    ]
    const rate = await this.#ledger.knownRate(from, to, query.date)
    return rate === undefined ? {} : { rate }
  }

  async settings(): Promise<Api.LedgerSettings> {
    return toSettings(await this.#ledger.settings())
  }

  async changeSettings(input: Api.LedgerSettingsInput): Promise<Api.LedgerSettings> {
    return await this.#writer.act(async () => {
      if (input.defaultSplit !== undefined) {
        await this.parties.requireKnown(input.defaultSplit.map(({ party }) => party))
      }
      const drafts = []
      for (const setting of toSettingRecords(input)) {
        drafts.push(...(await this.#writer.draft('setting', settingId(setting.name), setting)))
      }
      await this.#writer.write(drafts)
      return await this.settings()
    })
  }

  async statistics({
    currency,
    ...range
  }: {
    readonly from?: string
    readonly to?: string
    readonly currency?: string
  }): Promise<Api.LedgerStatistics> {
    const converted =
      currency === undefined ? {} : { currency: await knownCurrency(this.#parts, currency) }
    return toStatistics(await this.#ledger.statistics({ ...range, ...converted }))
  }

  async activity(query: {
    readonly limit?: number
    readonly before?: string
  }): Promise<Api.LedgerActivityPage> {
    const { lines, before } = await this.#ledger.activity({ limit: ACTIVITY_DEFAULT, ...query })
    return { lines: lines.map(toActivity), ...(before === undefined ? {} : { before }) }
  }

  export(format: Api.LedgerExportFormat, options: ExportOptions): AsyncIterable<string> {
    return exportLedgerFile(this.#parts, format, options)
  }

  #requireAuthor(person: PersonId): void {
    const { space } = this.#runtime
    if (person === space.identity.person || MODERATING_ROLES.has(space.ownRole)) return
    throw new LedgerError('LEDGER_NOT_AUTHOR', 'expected who put it there, or an admin')
  }

  async #change(
    text: string,
    change: (body: ExpenseBody) => Promise<ExpenseBody>,
  ): Promise<Api.Expense> {
    const id = toLedgerId(text)
    return await this.#writer.act(async () => {
      const body = await this.#ledger.record('expense', id)
      if (body === undefined) throw unknownError()
      await this.#writer.put('expense', id, await change(body))
      return await this.#shown(id)
    })
  }

  async #shown(id: LedgerId): Promise<Api.Expense> {
    const expense = await this.#ledger.expense(id)
    if (expense === undefined) throw unknownError()
    return toExpense(expense)
  }

  async #shownDetail(id: LedgerId): Promise<Api.ExpenseDetail> {
    const detail = toDetail(await this.#detail(id), await this.#ledger.whoIsAsked(id))
    const versions = await Promise.all(detail.versions.map((version) => this.#withClient(version)))
    return { ...detail, versions }
  }

  async #withClient(version: Api.ExpenseVersion): Promise<Api.ExpenseVersion> {
    const { by } = version
    const { clients } = this.#runtime
    const client = await clientOf(clients, by.person as PersonId, by.entry as EntryId)
    if (client === undefined) return version
    return { ...version, by: { ...by, client: client.label ?? client.publicKey.slice(0, 8) } }
  }

  async #detail(id: LedgerId): Promise<ExpenseDetail> {
    const detail = await this.#ledger.detail(id)
    if (detail === undefined) throw unknownError()
    return detail
  }

  get #ledger() {
    return this.#runtime.ledger
  }
}

function isOfSeries(change: LedgerChange): boolean {
  return change.kind === 'record' && change.record === 'series'
}

type SettingKey = keyof Api.LedgerSettingsInput

const SETTING_KEYS: Readonly<Record<Setting['name'], SettingKey>> = {
  currency: 'currency',
  'settle-mode': 'settleMode',
  'cash-step': 'cashStepMinor',
  'default-split': 'defaultSplit',
  'confirm-above': 'confirmAboveMinor',
  archived: 'archived',
}

/** Each is a record of its own, and those that are not named stay. Parties stand in their order, or nobody could read it. */
function toSettingRecords(input: Api.LedgerSettingsInput): readonly Setting[] {
  const { defaultSplit } = input
  const sorted = defaultSplit?.toSorted((a, b) => (a.party < b.party ? -1 : 1))
  const values = sorted === undefined ? input : { ...input, defaultSplit: sorted }
  return SETTING_NAMES.flatMap((name) => {
    const value = values[SETTING_KEYS[name]]
    return value === undefined ? [] : [{ name, value } as Setting]
  })
}
