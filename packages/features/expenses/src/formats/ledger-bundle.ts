/**
 * A ledger as its members signed it, in a file that anybody can verify: a signed bundle of the space (`docs/formats/bundle.md`)
 * as text, and what it comes to when it is taken into another ledger.
 *
 * The entries are read by the rules of the ledger itself (`resolve-heads.ts`). Their authors' roles are not in a bundle, so
 * nothing is taken over that only admins may set. Of everything else expenses, people and categories are; the rest is counted
 * in warnings. People become placeholders as in our other files (`placeholders.ts`), and are called what they signed to be
 * called last.
 *
 * This module is a way in of its own (`@hamlet/expenses/bundle`): it alone needs the cryptography of spaces.
 */

import { NAME_BYTES_MAX, base64ToBytes, bytesToBase64, readFields, utf8 } from '@hamlet/core'
import type { Crypto, PersonId, Result } from '@hamlet/core'
import { openBundle } from '@hamlet/space'
import type { Role, SignedContent } from '@hamlet/space'
import type { ExpenseBody, Split } from '../expense-body.ts'
import { LEDGER_TYPES, decodeLedger } from '../ledger/content.ts'
import type { AnyVersion, LedgerContent } from '../ledger/content.ts'
import { headKey } from '../ledger/keys.ts'
import type { PartyBody, CategoryBody, RecordKind } from '../ledger/record-bodies.ts'
import { resolveHeads } from '../ledger/resolve-heads.ts'
import type { Head } from '../ledger/resolve-heads.ts'
import { forEachParty } from '../ledger/search.ts'
import { versionId } from '../ledger/version-id.ts'
import type { Hash } from '../ledger/version-id.ts'
import type { LedgerId, PartyId, VersionId } from '../party.ts'
import { isPlaceholder } from '../party.ts'
import { FILE_START, catchImportError, refuseImport } from './errors.ts'
import type { ImportError } from './errors.ts'
import { ImportDraft, tidyLine } from './import-draft.ts'
import type { ImportOptions, ImportedLedger } from './imported-ledger.ts'
import { partiesToPlaceholders } from './placeholders.ts'
import { bytesToFileText } from './text-decoding.ts'

const PROFILE = 'space.profile'
const HEADER = 'hamlet-ledger-bundle/'
const VERSION = '1'
const LINE_BYTES = 57
const LINE_LENGTH = 76
const PIECE_BYTES = 1000 * LINE_BYTES
const NAME_BYTES_LEFT = 190
const KEPT: readonly RecordKind[] = ['expense', 'party', 'category']

/** They carry the keys of receipts, which are not for everybody who is shown the sums. */
const LEFT_OUT: ReadonlySet<string> = new Set(['ledger.attach', 'ledger.detach'])

/** What a bundle of a ledger is made of: `space.signedBundle({ types: LEDGER_BUNDLE_TYPES })`. */
export const LEDGER_BUNDLE_TYPES: ReadonlyMap<string, Role> = new Map<string, Role>([
  ...[...LEDGER_TYPES].filter(([type]) => !LEFT_OUT.has(type)),
  [PROFILE, 'relay'],
])

/** The file in pieces. `bundle`: from the space. */
export function* exportLedgerBundle(bundle: Uint8Array): Generator<string, void, undefined> {
  yield `${HEADER}${VERSION}\n`
  for (let from = 0; from < bundle.length; from += PIECE_BYTES) {
    const lines: string[] = []
    const end = Math.min(from + PIECE_BYTES, bundle.length)
    for (let at = from; at < end; at += LINE_BYTES) {
      lines.push(`${bytesToBase64(bundle.subarray(at, Math.min(at + LINE_BYTES, end)))}\n`)
    }
    yield lines.join('')
  }
}

/** Whether a file says that it is one of these. */
export function isLedgerBundle(file: Uint8Array): boolean {
  const header = utf8(HEADER)
  return header.every((byte, i) => file[i] === byte)
}

/** What it comes to, once all of it was verified; or why none of it is taken. */
export function importLedgerBundle(
  file: Uint8Array,
  crypto: Crypto,
  options: ImportOptions,
): Result<ImportedLedger, ImportError> {
  return catchImportError(() => {
    const opened = openBundle(crypto, fileToBundle(file))
    if (opened.ok) return toLedger(opened.value.space, opened.value.contents, options)
    const isForged = opened.error.code === 'SPACE_BUNDLE_FORGED'
    const code = isForged ? 'IMPORT_FORGED' : 'IMPORT_BAD_VALUE'
    throw refuseImport(code, FILE_START, opened.error.message)
  })
}

function fileToBundle(file: Uint8Array): Uint8Array {
  const [header, ...lines] = bytesToFileText(file).split('\n')
  if (!header!.startsWith(HEADER)) {
    throw refuseImport('IMPORT_UNKNOWN_KIND', FILE_START, `expected ${HEADER}`)
  }
  if (header !== HEADER + VERSION) {
    throw refuseImport('IMPORT_NEWER', FILE_START, 'written by a later Hamlet')
  }
  const last = lines.length - 2
  const isRight = lines.at(-1) === '' && lines.every((line, i) => hasLength(line, i, last))
  const bytes = isRight ? base64ToBytes(lines.join('')) : undefined
  if (bytes !== undefined) return bytes
  throw refuseImport('IMPORT_BAD_VALUE', { line: 2, column: 1 }, 'expected lines of base64')
}

function hasLength({ length }: string, place: number, last: number): boolean {
  if (place === last) return length > 0 && length <= LINE_LENGTH
  return place > last || length === LINE_LENGTH
}

function toLedger(
  space: string,
  contents: readonly SignedContent[],
  options: ImportOptions,
): ImportedLedger {
  const draft = new ImportDraft('hamlet-bundle', space, options)
  const book = new SignedBook(options.hash)
  for (const content of contents) book.add(content)
  const bodies = book.expenses()
  const placeholders = addPeople(draft, book, bodies)
  for (const [id, { name, emoji }] of book.now<CategoryBody>('category')) {
    draft.keepCategory({ id, name: tidyLine(name, NAME_BYTES_LEFT), emoji }, FILE_START)
  }
  for (const [id, body] of bodies) {
    draft.keep(
      id,
      FILE_START,
      withParties(body, (party) => placeholders.get(party)!),
    )
  }
  for (const what of book.others()) draft.warn('not-kept', FILE_START, `entries of ${what}`)
  return draft.finish({})
}

/** Everybody whom an expense names, and every placeholder there is. */
function addPeople(
  draft: ImportDraft,
  book: SignedBook,
  bodies: ReadonlyMap<LedgerId, ExpenseBody>,
): ReadonlyMap<PartyId, LedgerId> {
  const named = book.now<PartyBody>('party')
  const found = new Set<PartyId>(named.keys())
  for (const body of bodies.values()) forEachParty(body, (party) => found.add(party))
  const parties = [...found].sort()
  const ids = partiesToPlaceholders(parties)
  parties.forEach((party, i) => {
    const said = isPlaceholder(party) ? named.get(party)?.name : book.nameOf(party)
    const name = tidyLine(said ?? '', NAME_BYTES_LEFT)
    const removed = isPlaceholder(party) && named.get(party)?.retired === true
    draft.keepParty({ id: ids[i]!, name, removed }, FILE_START)
  })
  return new Map(parties.map((party, i) => [party, ids[i]!]))
}

/** Versions by record, and what people called themselves. */
class SignedBook {
  readonly #hash: Hash
  readonly #records = new Map<RecordKind, Map<LedgerId, Map<VersionId, Head>>>()
  readonly #names = new Map<PersonId, string>()
  readonly #others = new Set<string>()

  constructor(hash: Hash) {
    this.#hash = hash
  }

  /** In the order of everything, so that the first writer of a version is its author, and the last name is the name. */
  add(content: SignedContent): void {
    const { type, value } = content
    if (type === PROFILE) {
      const name = readFields(value, type, (fields) => {
        return [fields.text(NAME_BYTES_MAX), fields.text(NAME_BYTES_MAX)]
      })
      if (name.ok) this.#names.set(content.person, name.value[0]!)
      return
    }
    const said: LedgerContent | undefined = decodeLedger(type, value)
    if (said?.kind === 'version' && KEPT.includes(said.record)) this.#addVersion(content, said)
    else if (said !== undefined) this.#others.add(type)
  }

  nameOf(person: PersonId): string | undefined {
    return this.#names.get(person)
  }

  /** Types of which there is something that is not taken, in order. */
  others(): readonly string[] {
    return [...this.#others].sort()
  }

  expenses(): ReadonlyMap<LedgerId, ExpenseBody> {
    return this.now<ExpenseBody>('expense')
  }

  /** What every record of this kind says, in order of ids. */
  now<Body>(kind: RecordKind): ReadonlyMap<LedgerId, Body> {
    const records = [...(this.#records.get(kind) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
    return new Map(records.map(([id, versions]) => [id, currentBody(versions) as Body]))
  }

  #addVersion({ id, time, person, device, seq }: SignedContent, version: AnyVersion): void {
    const records = this.#records.get(version.record) ?? new Map<LedgerId, Map<VersionId, Head>>()
    this.#records.set(version.record, records)
    const versions = records.get(version.id) ?? new Map<VersionId, Head>()
    records.set(version.id, versions)
    const hash = versionId(this.#hash, version)
    const by = { id, time, person, device, log: device, seq }
    if (!versions.has(hash)) versions.set(hash, { id: hash, version, by })
  }
}

function currentBody(versions: ReadonlyMap<VersionId, Head>): unknown {
  const replaced = new Set([...versions.values()].flatMap(({ version }) => version.replaces))
  const heads = [...versions.values()]
    .filter(({ id }) => !replaced.has(id))
    .map((head) => ({ key: headKey(head.version, head.id), head }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ head }) => head)
  return resolveHeads(heads, (base) => versions.get(base)?.version).body
}

function withParties(body: ExpenseBody, partyOf: (party: PartyId) => PartyId): ExpenseBody {
  const map = <T extends { readonly party: PartyId }>(list: readonly T[]): readonly T[] =>
    list
      .map((each) => ({ ...each, party: partyOf(each.party) }))
      .sort((a, b) => (a.party < b.party ? -1 : 1))
  const { split } = body
  const mapped: Split = {
    ...split,
    items: split.items.map((item) => ({ ...item, shares: map(item.shares) })),
    exact: map(split.exact),
    adjustments: map(split.adjustments),
    percents: map(split.percents),
    shares: map(split.shares),
  }
  return { ...body, paid: map(body.paid), split: mapped }
}
