/** A ledger that people of a real space have signed, as a file, and what somebody else makes of it. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { concatBytes, utf8 } from '@hamlet/core'
import { LedgerDrafts, isPlaceholder, ledgerDraft, newBody, versionId } from '@hamlet/expenses'
import type { ExpenseBody, ImportedLedger, LedgerId, RecordVersion } from '@hamlet/expenses'
import {
  LEDGER_BUNDLE_TYPES,
  exportLedgerBundle,
  importLedgerBundle,
  isLedgerBundle,
} from '@hamlet/expenses/bundle'
import { profileDraft } from '@hamlet/space'
import { Peer, crypto, join, syncAll } from '../packages/group/space/test/_world.ts'
import { EUR, hash, ledgerId } from '../packages/features/expenses/test/_ledger-world.ts'
import { linesOf, placeOf } from '../packages/features/expenses/test/formats/_files.ts'

const GOLDEN = new URL(
  '../packages/features/expenses/test/formats/golden/ledger-bundle-1.txt',
  import.meta.url,
)
const DRAFTS = new LedgerDrafts({ settings: { archived: false }, role: 'owner' })
const DINNER = ledgerId('dinner')
const CAT = ledgerId('Cat')
const NEW = { replaces: [], depth: 0 }

/** Ann and Ben share bills with Cat, who is not in the space; one was corrected by both at once. */
async function household(): Promise<readonly [Peer, Peer]> {
  const [ann, ben] = [new Peer('Ann'), new Peer('Ben')]
  await ann.create()
  await join(ann, ben)
  await syncAll(ann.space, ben.space)
  await ann.space.append([profileDraft('Ann', 'phone')])
  await ben.space.append([profileDraft('Ben', 'laptop')])
  await ann.write('nobody else may read this')
  const shares = [ann.person, ben.person, CAT].map((party) => ({ party, weight: 1 }))
  const paid = [{ party: ann.person, amountMinor: 1000 }]
  const body = newBody({ title: 'Diner', currency: EUR, paid, split: { shares } }, '2026-03-01')
  const first = versionOf(body)
  await ann.space.append([
    DRAFTS.record('party', CAT, { name: 'Cat', retired: false }, NEW),
    ledgerDraft(first),
    DRAFTS.comment(DINNER, 'by card'),
  ])
  await syncAll(ann.space, ben.space)
  const over = { replaces: [versionId(hash, first)], depth: 1 }
  await ann.space.append([DRAFTS.record('expense', DINNER, { ...body, title: 'Dinner' }, over)])
  await ben.space.append([DRAFTS.record('expense', DINNER, { ...body, note: 'late' }, over)])
  await syncAll(ann.space, ben.space)
  return [ann, ben]
}

function versionOf(body: ExpenseBody): RecordVersion<'expense'> {
  const base = { kind: 'version', record: 'expense', id: DINNER, batch: undefined } as const
  return { ...base, ...NEW, body }
}

async function fileOf(peer: Peer): Promise<Uint8Array> {
  const bundle = await peer.space.signedBundle({ types: LEDGER_BUNDLE_TYPES })
  return utf8([...exportLedgerBundle(bundle)].join(''))
}

function imported(file: Uint8Array): ImportedLedger {
  const ledger = importLedgerBundle(file, crypto, { hash })
  assert.ok(ledger.ok, ledger.ok ? '' : ledger.error.message)
  return ledger.value
}

function refused(file: Uint8Array): string {
  const ledger = importLedgerBundle(file, crypto, { hash })
  assert.ok(!ledger.ok, 'the file was taken')
  return placeOf(ledger.error)
}

test('a signed ledger is taken into another one: people, names, and what all versions come to', async () => {
  const [ann] = await household()
  const ledger = imported(await fileOf(ann))
  assert.equal(ledger.source, 'hamlet-bundle')
  assert.deepEqual(ledger.parties.map(({ name }) => name).sort(), ['Ann', 'Ben', 'Cat'])
  assert.ok(ledger.parties.every(({ id }) => isPlaceholder(id)))
  assert.ok(ledger.parties.some(({ id }) => id === CAT))
  assert.ok(ledger.parties.some(({ id }) => ann.person.startsWith(id)))
  const [dinner] = ledger.expenses
  assert.deepEqual([dinner!.id, dinner!.body.title, dinner!.body.note], [DINNER, 'Dinner', 'late'])
  assert.match(linesOf(ledger)[0]!, /^expense Dinner: Ann 10\.00 -> /)
  assert.deepEqual(
    ledger.warnings.map(({ message }) => message),
    ['entries of ledger.comment'],
  )
})

test('two members make the same file, and both files give the same expenses', async () => {
  const [ann, ben] = await household()
  const [one, other] = [await fileOf(ann), await fileOf(ben)]
  assert.deepEqual(one, other)
  assert.deepEqual(imported(one), imported(other))
})

test('a file says what it is, and holds no word of what was said beside the ledger', async () => {
  const [ann] = await household()
  const file = await fileOf(ann)
  assert.ok(isLedgerBundle(file))
  assert.ok(!isLedgerBundle(utf8('hamlet-ledger')))
  const lines = Buffer.from(file).toString().trimEnd().split('\n')
  assert.ok(lines.slice(1, -1).every(({ length }) => length === 76))
  const bytes = Buffer.from(lines.slice(1).join(''), 'base64')
  assert.ok(bytes.indexOf('nobody else may read this') < 0)
})

test('the golden file gives what it gave, and must never change', () => {
  const ledger = imported(readFileSync(GOLDEN))
  assert.deepEqual(linesOf(ledger), ['expense Dinner: Ann 10.00 -> Ann 3.33, Ben 3.33, Cat 3.34'])
  assert.deepEqual(
    ledger.expenses.map(({ id, body }) => [id, body.note]),
    [[DINNER, 'late']],
  )
})

test('what was changed in a file, or is spelt in another way, is refused', async () => {
  const [ann] = await household()
  const file = await fileOf(ann)
  const text = Buffer.from(file).toString()
  assert.equal(refused(utf8(text.replace('/1\n', '/2\n'))), 'IMPORT_NEWER 1:1')
  assert.equal(refused(utf8(text.replace('hamlet', 'Hamlet'))), 'IMPORT_UNKNOWN_KIND 1:1')
  assert.equal(refused(utf8(text.replaceAll('\n', '\r\n'))), 'IMPORT_NEWER 1:1')
  assert.equal(refused(utf8(text.trimEnd())), 'IMPORT_BAD_VALUE 2:1')
  assert.equal(refused(concatBytes(file, utf8('\n'))), 'IMPORT_BAD_VALUE 2:1')
  const lines = text.split('\n')
  const joined = [lines[0]!, lines[1]! + lines[2]!, ...lines.slice(3)].join('\n')
  assert.equal(refused(utf8(joined)), 'IMPORT_BAD_VALUE 2:1')
  assert.equal(refused(utf8(lines.slice(0, -3).concat('').join('\n'))), 'IMPORT_BAD_VALUE 1:1')
  const bundle = Buffer.from(lines.slice(1).join(''), 'base64')
  const codes = new Set<string>()
  for (let at = 24; at < bundle.length; at += 37) {
    const forged = Uint8Array.from(bundle)
    forged[at]! ^= 1
    codes.add(refused(utf8([...exportLedgerBundle(forged)].join(''))))
  }
  assert.deepEqual([...codes].sort(), ['IMPORT_BAD_VALUE 1:1', 'IMPORT_FORGED 1:1'])
})

test('a bill that is in the trash stays there, and settings of admins are not taken over', async () => {
  const ann = new Peer('Ann')
  await ann.create()
  const split = { shares: [{ party: ann.person, weight: 1 }] }
  const paid = [{ party: ann.person, amountMinor: 5 }]
  const body = newBody({ title: 'Tea', currency: EUR, paid, split }, '2026-03-01')
  const setting = { name: 'archived', value: true } as const
  await ann.space.append([
    DRAFTS.record('expense', DINNER, { ...body, deleted: true }, NEW),
    DRAFTS.record('setting', settingOf('archived'), setting, NEW),
  ])
  const ledger = imported(await fileOf(ann))
  assert.deepEqual(
    ledger.expenses.map((expense) => expense.body.deleted),
    [true],
  )
  assert.deepEqual(
    ledger.warnings.map(({ message }) => message),
    ['entries of ledger.setting'],
  )
})

function settingOf(name: string): LedgerId {
  return Buffer.from(name.padEnd(16, '\0')).toString('hex') as LedgerId
}
