/** What a ledger keeps beside its expenses: own categories, templates, couples counted as one, budgets. */

import { editedBody, newBody } from '@hamlet/expenses'
import type {
  CategoryBody,
  CoupleBody,
  LedgerId,
  LedgerNamed,
  PartyId,
  RecordBodies,
  TemplateBody,
} from '@hamlet/expenses'
import type * as Api from '@hamlet/http/api'
import { toName } from '../given-name.ts'
import { today } from '../local-day.ts'
import type { LedgerDeskParts } from './ledger-desk-parts.ts'
import { toBudget, toCategory, toCouple, toTemplate } from './extras-mapper.ts'
import {
  partiesOfInput,
  required,
  toExpenseInput,
  toLedgerId,
  unknownError,
} from './ledger-input.ts'

type NamedKind = 'category' | 'template' | 'couple' | 'budget'
type Named<Kind extends NamedKind> = LedgerNamed<RecordBodies[Kind]>

export class LedgerExtrasDesk {
  readonly #parts: LedgerDeskParts

  constructor(parts: LedgerDeskParts) {
    this.#parts = parts
  }

  async list(): Promise<Api.LedgerExtras> {
    const { ledger } = this.#parts.runtime
    return {
      categories: (await ledger.named('category')).map(toCategory),
      templates: (await ledger.named('template')).map(toTemplate),
      couples: (await ledger.named('couple')).map(toCouple),
      budgets: (await ledger.named('budget')).map(toBudget),
    }
  }

  async putCategory(id: string | undefined, input: Api.CategoryInput): Promise<Api.LedgerCategory> {
    const category = await this.#put('category', id, async (before) => ({
      name: nameOf(input.name, before),
      emoji: input.emoji ?? before?.emoji ?? '',
      retired: input.retired ?? before?.retired ?? false,
    }))
    return toCategory(category)
  }

  async putTemplate(id: string | undefined, input: Api.TemplateInput): Promise<Api.LedgerTemplate> {
    const template = await this.#put('template', id, async (before) => ({
      name: nameOf(input.name, before),
      body: await this.#templateBody(input.expense, before),
      retired: input.retired ?? before?.retired ?? false,
    }))
    return toTemplate(template)
  }

  async putCouple(id: string | undefined, input: Api.CoupleInput): Promise<Api.LedgerCouple> {
    const couple = await this.#put('couple', id, async (before) => ({
      name: nameOf(input.name, before),
      members: await this.#membersOf(input.members, before),
      retired: input.retired ?? before?.retired ?? false,
    }))
    return toCouple(couple)
  }

  async putBudget(id: string | undefined, input: Api.BudgetInput): Promise<Api.LedgerBudget> {
    const budget = await this.#put('budget', id, async (before) => ({
      category: input.category === undefined ? before?.category : (input.category ?? undefined),
      currency: required(input.currency ?? before?.currency, 'a currency'),
      amountMinor: required(input.amountMinor ?? before?.amountMinor, 'an amount'),
      retired: input.retired ?? before?.retired ?? false,
    }))
    return toBudget(budget)
  }

  async #templateBody(
    input: Api.ExpenseInput | undefined,
    before: TemplateBody | undefined,
  ): Promise<TemplateBody['body']> {
    const { parties, ports } = this.#parts
    if (input === undefined) return required(before, 'an expense').body
    await parties.requireKnown(partiesOfInput(input))
    const expense = toExpenseInput(input)
    return before === undefined ? newBody(expense, today(ports)) : editedBody(before.body, expense)
  }

  async #membersOf(
    input: readonly string[] | undefined,
    before: CoupleBody | undefined,
  ): Promise<CoupleBody['members']> {
    if (input === undefined) return required(before, 'its members').members
    await this.#parts.parties.requireKnown(input)
    return [...new Set(input)].sort() as PartyId[]
  }

  /** `id`: of one there is; `undefined`: a new one. */
  async #put<Kind extends NamedKind>(
    kind: Kind,
    text: string | undefined,
    toBody: (before: RecordBodies[Kind] | undefined) => Promise<RecordBodies[Kind]>,
  ): Promise<Named<Kind>> {
    const { runtime, writer } = this.#parts
    const id = text === undefined ? writer.newId() : toLedgerId(text)
    return await writer.act(async () => {
      const before = await runtime.ledger.record(kind, id)
      if (text !== undefined && before === undefined) throw unknownError()
      await writer.put(kind, id, await toBody(before))
      return await this.#find(kind, id)
    })
  }

  async #find<Kind extends NamedKind>(kind: Kind, id: LedgerId): Promise<Named<Kind>> {
    const found = (await this.#parts.runtime.ledger.named(kind)).find((each) => each.id === id)
    if (found === undefined) throw unknownError()
    return found
  }
}

function nameOf(
  text: string | undefined,
  before: Pick<CategoryBody, 'name'> | undefined,
): CategoryBody['name'] {
  return text === undefined ? required(before, 'a name').name : toName(text)
}
