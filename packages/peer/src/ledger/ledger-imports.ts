/**
 * Files of other apps, and our own, read into a ledger.
 *
 * Everything a file brings has an id that follows from the file. So what the ledger has already, deleted or not, is left
 * out, and whatever keeps an import from ending (a crash, a full disk, a day's allowance) is made good by importing the
 * file again. What names things goes first, with the import itself, so that a part of one can be seen and undone.
 */

import { base64ToBytes, decodeUtf8, normalizeName, utf8 } from '@hamlet/core'
import {
  ImportError,
  importFile,
  importId,
  LedgerError,
  parseLedgerId,
  TITLE_BYTES_MAX,
  wrongTotals,
} from '@hamlet/expenses'
import type {
  ImportedExpense,
  ImportedLedger,
  ImportedParty,
  LedgerId,
  LedgerImport,
} from '@hamlet/expenses'
import { importLedgerBundle, isLedgerBundle } from '@hamlet/expenses/bundle'
import type * as Api from '@hamlet/http/api'
import type { ContentDraft } from '@hamlet/space'
import { defined, toAuthorship, toBody } from './body-mapper.ts'
import type { LedgerDeskParts } from './ledger-desk-parts.ts'
import { unknownError } from './ledger-input.ts'
import { NO_HEADS } from './ledger-writer.ts'

/** Expenses of a preview. */
const SAMPLE_MAX = 50
/** Expenses written in one commit. */
const EXPENSES_PER_WRITE = 500

/** A file that was read. */
interface ReadFile {
  readonly imported: ImportedLedger
  /** Of these bytes: who imports them again goes on with the same import. */
  readonly batch: LedgerId
  readonly fileName: string
  /** Who is who, as whoever imports says. */
  readonly people: ReadonlyMap<LedgerId, string>
}

export class LedgerImportDesk {
  readonly #parts: LedgerDeskParts

  constructor(parts: LedgerDeskParts) {
    this.#parts = parts
  }

  /** Newest first. */
  async list(): Promise<readonly Api.LedgerImport[]> {
    return (await this.#parts.runtime.ledger.imports()).map(toImport)
  }

  /** @throws ImportError with `fields.line` and `fields.column` */
  async preview(input: Api.ImportInput): Promise<Api.ImportPreview> {
    await this.#parts.runtime.caughtUp()
    const { imported, people } = this.#read(input)
    const { source, groupName, currency, warnings, warningCount } = imported
    const fresh = await this.#newOnes(imported.expenses)
    return {
      source,
      ...defined({ groupName, currency }),
      parties: await this.#suggest(imported, people),
      sample: fresh
        .slice(0, SAMPLE_MAX)
        .map(({ id, body, line }) => ({ ...toBody(body), id, line })),
      newExpenses: fresh.length,
      knownExpenses: imported.expenses.length - fresh.length,
      wrongTotals: wrongTotals(imported).map(({ expectedMinor, actualMinor, ...total }) => {
        return { ...total, expectedMinor: `${expectedMinor}`, actualMinor: `${actualMinor}` }
      }),
      warnings,
      warningCount,
    }
  }

  async apply(input: Api.ImportInput): Promise<Api.LedgerImport> {
    const { writer } = this.#parts
    const file = this.#read(input)
    await writer.act(() => this.#writeNames(file))
    const { expenses } = file.imported
    for (let i = 0; i < expenses.length; i += EXPENSES_PER_WRITE) {
      const some = expenses.slice(i, i + EXPENSES_PER_WRITE)
      await writer.act(() => this.#writeExpenses(some, file.batch))
    }
    return toImport(await this.#find(file.batch))
  }

  /** Deletes what of it is live. */
  async undo(text: string): Promise<Api.LedgerImport> {
    const { runtime, writer } = this.#parts
    const { batch, expenses } = await this.#find(parseLedgerId(text))
    for (let i = 0; i < expenses.length; i += EXPENSES_PER_WRITE) {
      await writer.act(async () => {
        const drafts: ContentDraft[] = []
        for (const id of expenses.slice(i, i + EXPENSES_PER_WRITE)) {
          const body = await runtime.ledger.record('expense', id)
          if (body === undefined || body.deleted) continue
          drafts.push(...(await writer.draft('expense', id, { ...body, deleted: true })))
        }
        await writer.write(drafts)
      })
    }
    return toImport(await this.#find(batch))
  }

  #read(input: Api.ImportInput): ReadFile {
    const { contents, fileName = '', currency, group, weights = [], payers = [] } = input
    const { crypto } = this.#parts.ports
    const hash = (...parts: readonly Uint8Array[]): Uint8Array => crypto.hash(...parts)
    const bytes = base64ToBytes(contents)
    if (bytes === undefined) throw new ImportError('IMPORT_BAD_TEXT', 'expected a file in base64')
    const options = {
      hash,
      ...defined({ currency, group }),
      weights: new Map(weights.map(({ name, weight }) => [name, weight])),
      payers: new Map(payers.map(({ line, name }) => [line, name])),
    }
    const read = isLedgerBundle(bytes)
      ? importLedgerBundle(bytes, crypto, options)
      : importFile(bytes, options)
    if (!read.ok) throw read.error
    const imported = read.value
    return {
      imported,
      batch: importId(hash, 'batch', group ?? '', hash(bytes)),
      fileName: cutName(fileName),
      people: toPeople(input.people ?? [], imported.parties),
    }
  }

  async #newOnes(expenses: readonly ImportedExpense[]): Promise<readonly ImportedExpense[]> {
    const { ledger } = this.#parts.runtime
    const fresh: ImportedExpense[] = []
    for (const expense of expenses) {
      if ((await ledger.record('expense', expense.id)) === undefined) fresh.push(expense)
    }
    return fresh
  }

  /** Placeholders, who they are, categories, and that there was an import. */
  async #writeNames({ imported, batch, fileName, people }: ReadFile): Promise<void> {
    const { runtime, writer, parties } = this.#parts
    const { ledger } = runtime
    const own = new Set<string>(imported.parties.map(({ id }) => id))
    await parties.requireKnown([...people.values()].filter((is) => !own.has(is)))
    const drafts = await writer.drafts()
    const written: ContentDraft[] = []
    for (const { id, name, removed } of imported.parties) {
      if ((await ledger.record('party', id)) !== undefined) continue
      written.push(drafts.record('party', id, { name, retired: removed }, NO_HEADS, batch))
    }
    for (const [id, is] of people) written.push(...(await parties.draftLink(id, is)))
    for (const { id, name, emoji } of imported.categories) {
      if ((await ledger.record('category', id)) !== undefined) continue
      written.push(drafts.record('category', id, { name, emoji, retired: false }, NO_HEADS, batch))
    }
    const isKnown = (await ledger.imports()).some((each) => each.batch === batch)
    const said = { source: imported.source, fileName, expenseCount: imported.expenses.length }
    if (!isKnown) written.push(drafts.statement({ kind: 'import', batch, ...said }))
    await writer.write(written)
  }

  async #writeExpenses(expenses: readonly ImportedExpense[], batch: LedgerId): Promise<void> {
    const { writer } = this.#parts
    const fresh = await this.#newOnes(expenses)
    const drafts = await writer.drafts()
    await writer.write(
      fresh.map(({ id, body }) => drafts.record('expense', id, body, NO_HEADS, batch)),
    )
  }

  /** Who each is: as was just said, as was said earlier, or whom the file itself gives away. */
  async #suggest(
    { parties, source }: ImportedLedger,
    said: ReadonlyMap<LedgerId, string>,
  ): Promise<Api.ImportPreview['parties']> {
    const known = await this.#parts.parties.list()
    const people = known.filter(({ isPlaceholder }) => !isPlaceholder)
    const members = people.filter(({ member }) => member === true)
    const placeholders = known.filter((party) => {
      return party.isPlaceholder && !party.retired && party.is === party.id
    })
    const suggest = ({ id, name }: ImportedParty): string | undefined => {
      const earlier = known.find((party) => party.id === id)
      if (earlier !== undefined) return earlier.is === id ? undefined : earlier.is
      // In our own files a person is a placeholder of the first half of their id.
      const isOwn = source.startsWith('hamlet-')
      const meant = isOwn ? people.filter((person) => person.id.startsWith(id)) : []
      const isNamesake = (party: Api.LedgerParty) => foldName(party.name) === foldName(name)
      const named = members.filter(isNamesake)
      // People without the app only where no member is called so: two of one name are nobody's guess.
      const beside = named.length === 0 ? placeholders.filter(isNamesake) : []
      return [meant, named, beside].find((found) => found.length === 1)?.[0]?.id
    }
    return parties.map(({ id, name, removed }) => {
      return {
        id,
        name,
        removed,
        ...defined({ is: said.get(id) ?? suggest({ id, name, removed }) }),
      }
    })
  }

  async #find(batch: LedgerId | undefined): Promise<LedgerImport> {
    const found = (await this.#parts.runtime.ledger.imports()).find((each) => each.batch === batch)
    if (found === undefined) throw unknownError()
    return found
  }
}

/** @throws LedgerError `LEDGER_UNKNOWN` for somebody the file does not have. */
function toPeople(
  people: NonNullable<Api.ImportInput['people']>,
  parties: readonly ImportedParty[],
): ReadonlyMap<LedgerId, string> {
  const ids = new Map<string, LedgerId>(parties.map(({ id }) => [id, id]))
  return new Map(
    people.map(({ id, is }) => {
      const party = ids.get(id)
      if (party !== undefined) return [party, is]
      throw new LedgerError('LEDGER_UNKNOWN', 'expected somebody of the file')
    }),
  )
}

function foldName(name: string): string {
  return normalizeName(name).toLowerCase()
}

/** As long as a name of a file may be, cut between characters. */
function cutName(name: string): string {
  const bytes = utf8(normalizeName(name.toWellFormed()))
  let end = Math.min(bytes.length, TITLE_BYTES_MAX)
  while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end--
  return decodeUtf8(bytes.subarray(0, end)) ?? ''
}

function toImport({ batch, by, source, fileName, expenses, undone }: LedgerImport) {
  return { batch, by: toAuthorship(by), source, fileName, expenses: expenses.length, undone }
}
