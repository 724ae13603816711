/** Commands about what stands beside the bills: own categories, couples, budgets, templates. */

import type { Command } from 'commander'
import type { LedgerBudget, LedgerCategory, LedgerCouple, LedgerTemplate } from '@hamlet/http'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import { findById, only } from '../find.ts'
import type { Io } from '../io.ts'
import { addChangeFlags, addExpenseFlags, changesOf } from '../ledger/expense-flags.ts'
import { readCategory, readNewExpense } from '../ledger/expense-flags.ts'
import type { ChangeFlags, ExpenseFlags } from '../ledger/expense-flags.ts'
import { shortId } from '../ledger/expense-words.ts'
import { openLedger } from '../ledger/here.ts'
import type { LedgerHere } from '../ledger/here.ts'
import { moneyText, parseMoney } from '../ledger/money.ts'
import { printable } from '../text.ts'

interface RetireFlags {
  readonly undo?: boolean
}

export function addExtraCommands(program: Command, io: Io): void {
  addCategoryCommands(program, io)
  addCoupleCommands(program, io)
  addBudgetCommands(program, io)
  addTemplateCommands(program, io)
}

function addCategoryCommands(program: Command, io: Io): void {
  const category = program.command('category').description('categories of your own')
  addCommand(category, io, 'list <space>', 'those of this space', listCategories)
  addCommand<{ emoji?: string }>(
    category,
    io,
    'add <space> <name>',
    'add one',
    addCategory,
    (command) => command.option('--emoji <emoji>', 'shown beside it'),
  )
  addCommand(category, io, 'rename <space> <category> <name>', 'another name', renameCategory)
  addCommand<RetireFlags>(
    category,
    io,
    'retire <space> <category>',
    'not offered any more; bills keep it',
    retireCategory,
    addUndo,
  )
}

function addCoupleCommands(program: Command, io: Io): void {
  const couple = program.command('couple').description('people who count as one')
  addCommand(couple, io, 'list <space>', 'those of this space', listCouples)
  addCommand(couple, io, 'add <space> <name> <people>', 'such as "Ann,Ben"', addCouple)
  addCommand<RetireFlags>(
    couple,
    io,
    'retire <space> <couple>',
    'they count apart again',
    retireCouple,
    addUndo,
  )
}

function addBudgetCommands(program: Command, io: Io): void {
  const budget = program.command('budget').description('what may be spent in a month')
  addCommand(budget, io, 'list <space>', 'those of this space', listBudgets)
  addCommand<{ category?: string; currency?: string }>(
    budget,
    io,
    'add <space> <amount>',
    'set one, of everything or of a category',
    addBudget,
    (command) =>
      command
        .option('--category <name>', 'of this category (default: of everything)')
        .option('--currency <code>', "such as EUR (default: the ledger's)"),
  )
  addCommand(budget, io, 'change <space> <id> <amount>', 'another amount', changeBudget)
  addCommand<RetireFlags>(budget, io, 'retire <space> <id>', 'it ends', retireBudget, addUndo)
}

function addTemplateCommands(program: Command, io: Io): void {
  const template = program.command('template').description('bills filled in beforehand')
  addCommand(template, io, 'list <space>', 'those of this space', listTemplates)
  addCommand<ExpenseFlags>(
    template,
    io,
    'add <space> <name> [amount]',
    'keep one; enter it with: hamlet expense add --template NAME',
    addTemplate,
    addExpenseFlags,
  )
  addCommand<ChangeFlags & { readonly name?: string }>(
    template,
    io,
    'edit <space> <template>',
    'change one; what is left out stays',
    editTemplate,
    (command) => addChangeFlags(command).option('--name <name>', 'another name'),
  )
  addCommand<RetireFlags>(
    template,
    io,
    'retire <space> <template>',
    'not offered any more',
    retireTemplate,
    addUndo,
  )
}

function addUndo(command: Command): void {
  command.option('--undo', 'take that back')
}

async function listCategories(session: Session, [space = '']: readonly string[]): Promise<void> {
  const here = await openLedger(session, space)
  const { categories } = await here.client.ledgerExtras(here.space)
  session.answer(categories, () => {
    const rows = categories.map(({ id, name, emoji, retired }) => [
      `${printable(emoji)} ${printable(name)}`.trim(),
      shortId(id),
      retired ? 'retired' : '',
    ])
    return session.table(['CATEGORY', 'ID', ''], rows, 'None of your own.')
  })
}

async function addCategory(
  session: Session,
  [space = '', name = '']: readonly string[],
  { emoji }: { readonly emoji?: string },
): Promise<void> {
  const here = await openLedger(session, space)
  const input = { name, ...(emoji === undefined ? {} : { emoji }) }
  const added = await here.client.addCategory(here.space, input)
  session.answer(added, () => `Added the category ${printable(added.name)}.`)
}

async function renameCategory(session: Session, args: readonly string[]): Promise<void> {
  const [space = '', text = '', name = ''] = args
  const here = await openLedger(session, space)
  const { id, name: before } = await categoryOf(here, text)
  const renamed = await here.client.changeCategory(here.space, id, { name })
  session.answer(renamed, () => `${printable(before)} is ${printable(renamed.name)} now.`)
}

async function retireCategory(
  session: Session,
  [space = '', text = '']: readonly string[],
  flags: RetireFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  const { id } = await categoryOf(here, text)
  const retired = await here.client.changeCategory(here.space, id, retiredBy(flags))
  session.answer(retired, () => retireWords(printable(retired.name), retired.retired))
}

async function categoryOf(here: LedgerHere, text: string): Promise<LedgerCategory> {
  const { categories } = await here.client.ledgerExtras(here.space)
  return byName('category', text, categories)
}

async function listCouples(session: Session, [space = '']: readonly string[]): Promise<void> {
  const here = await openLedger(session, space)
  const { couples } = await here.client.ledgerExtras(here.space)
  session.answer(couples, () => {
    const rows = couples.map(({ id, name, members, retired }) => [
      printable(name),
      shortId(id),
      members.map((party) => here.nameOf(party)).join(', '),
      retired ? 'retired' : '',
    ])
    return session.table(['COUPLE', 'ID', 'WHO', ''], rows, 'None.')
  })
}

async function addCouple(session: Session, args: readonly string[]): Promise<void> {
  const [space = '', name = '', people = ''] = args
  const here = await openLedger(session, space)
  const members = here.group(people)
  const added = await here.client.addCouple(here.space, { name, members })
  session.answer(added, () => {
    const who = added.members.map((party) => here.nameOf(party)).join(' and ')
    return `${who} count as one: ${printable(added.name)}.`
  })
}

async function retireCouple(
  session: Session,
  [space = '', text = '']: readonly string[],
  flags: RetireFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  const { couples } = await here.client.ledgerExtras(here.space)
  const { id } = byName<LedgerCouple>('couple', text, couples)
  const retired = await here.client.changeCouple(here.space, id, retiredBy(flags))
  session.answer(retired, () => retireWords(printable(retired.name), retired.retired))
}

async function listBudgets(session: Session, [space = '']: readonly string[]): Promise<void> {
  const here = await openLedger(session, space)
  const { budgets, categories } = await here.client.ledgerExtras(here.space)
  session.answer(budgets, () => {
    const rows = budgets.map((budget) => [
      budgetName(budget, categories),
      shortId(budget.id),
      `${moneyText(budget.amountMinor, budget.currency)} a month`,
      budget.retired ? 'retired' : '',
    ])
    return session.table(['BUDGET', 'ID', 'AMOUNT', ''], rows, 'None.')
  })
}

function budgetName(
  { category }: LedgerBudget,
  categories: readonly LedgerCategory[] = [],
): string {
  if (category === undefined) return 'everything'
  return printable(categories.find(({ id }) => id === category)?.name ?? category)
}

async function addBudget(
  session: Session,
  [space = '', amount = '']: readonly string[],
  flags: { readonly category?: string; readonly currency?: string },
): Promise<void> {
  const here = await openLedger(session, space)
  const currency = await here.currency(flags.currency)
  const added = await here.client.addBudget(here.space, {
    currency,
    amountMinor: parseMoney(amount, currency),
    ...(flags.category === undefined ? {} : { category: await readCategory(here, flags.category) }),
  })
  answerBudget(session, added)
}

async function changeBudget(session: Session, args: readonly string[]): Promise<void> {
  const [space = '', text = '', amount = ''] = args
  const here = await openLedger(session, space)
  const { id, currency } = await budgetOf(here, text)
  const amountMinor = parseMoney(amount, currency)
  answerBudget(session, await here.client.changeBudget(here.space, id, { amountMinor }))
}

async function retireBudget(
  session: Session,
  [space = '', text = '']: readonly string[],
  flags: RetireFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  const { id } = await budgetOf(here, text)
  const retired = await here.client.changeBudget(here.space, id, retiredBy(flags))
  session.answer(retired, () => retireWords('The budget', retired.retired))
}

function answerBudget(session: Session, budget: LedgerBudget): void {
  const amount = moneyText(budget.amountMinor, budget.currency)
  session.answer(
    budget,
    () => `${amount} a month of ${budgetName(budget)} (${shortId(budget.id)}).`,
  )
}

async function budgetOf(here: LedgerHere, text: string): Promise<LedgerBudget> {
  const { budgets } = await here.client.ledgerExtras(here.space)
  return findById('budget', text, budgets, budgetName)
}

async function listTemplates(session: Session, [space = '']: readonly string[]): Promise<void> {
  const here = await openLedger(session, space)
  const { templates } = await here.client.ledgerExtras(here.space)
  session.answer(templates, () => {
    const rows = templates.map(({ id, name, expense, retired }) => [
      printable(name),
      shortId(id),
      moneyText(expense.amountMinor, expense.currency),
      expense.paid.map(({ party }) => here.nameOf(party)).join(', '),
      retired ? 'retired' : '',
    ])
    return session.table(['TEMPLATE', 'ID', 'AMOUNT', 'PAID BY', ''], rows, 'None.')
  })
}

async function addTemplate(
  session: Session,
  [space = '', name = '', amount]: readonly string[],
  flags: ExpenseFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  const expense = await readNewExpense(here, { title: name, amount }, flags)
  const added = await here.client.addTemplate(here.space, { name, expense })
  session.answer(added, () => {
    const how = `hamlet expense add ${here.space.slice(0, 8)} TITLE --template ${shortId(added.id)}`
    return `Kept ${printable(added.name)}. Enter it with: ${how}`
  })
}

async function editTemplate(
  session: Session,
  [space = '', text = '']: readonly string[],
  { name, ...flags }: ChangeFlags & { readonly name?: string },
): Promise<void> {
  const here = await openLedger(session, space)
  const template = await findTemplate(here, text)
  const expense = await changesOf(here, template.expense, flags)
  const hasExpense = Object.keys(expense).length > 0
  if (name === undefined && !hasExpense) {
    throw new CliError('USAGE', 'expected something to change, such as --amount or --name')
  }
  const changed = await here.client.changeTemplate(here.space, template.id, {
    ...(name === undefined ? {} : { name }),
    ...(hasExpense ? { expense } : {}),
  })
  session.answer(changed, () => {
    const { amountMinor, currency } = changed.expense
    return `Kept ${printable(changed.name)}: ${moneyText(amountMinor, currency)}.`
  })
}

async function retireTemplate(
  session: Session,
  [space = '', text = '']: readonly string[],
  flags: RetireFlags,
): Promise<void> {
  const here = await openLedger(session, space)
  const { id } = await findTemplate(here, text)
  const retired = await here.client.changeTemplate(here.space, id, retiredBy(flags))
  session.answer(retired, () => retireWords(printable(retired.name), retired.retired))
}

/** By its name or the beginning of its id. @throws CliError `NOTHING_MATCHES`, `AMBIGUOUS` */
export async function findTemplate(here: LedgerHere, text: string): Promise<LedgerTemplate> {
  const { templates } = await here.client.ledgerExtras(here.space)
  return byName('template', text, templates)
}

function retiredBy({ undo }: RetireFlags): { readonly retired: boolean } {
  return { retired: undo !== true }
}

function retireWords(name: string, retired: boolean): string {
  return retired ? `${name} is retired. Take it back with --undo.` : `${name} is back.`
}

function byName<T extends { readonly id: string; readonly name: string }>(
  kind: string,
  text: string,
  items: readonly T[],
): T {
  const wanted = text.trim().toLowerCase()
  const named = items.filter(({ name }) => name.toLowerCase() === wanted)
  if (named.length > 0) return only(kind, text, named, ({ name }) => name)
  return findById(kind, text, items, ({ name }) => name)
}
