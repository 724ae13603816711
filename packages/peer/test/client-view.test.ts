/**
 * Goal: the record of what clients asked for is the same on every device, and nobody can put words into a client's mouth.
 * Method: the fold over a map, in every order; records bent in each way an author could bend them; a golden file.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import fc from 'fast-check'
import { bytesToHex, decodeCbor, encodeCbor, hexToBytes } from '@hamlet/core'
import type { CborValue, DeviceId, EntryId, PersonId, SpaceId } from '@hamlet/core'
import {
  certifyClient,
  derivePersonKeys,
  encodeClientCertificate,
  encodeClientOperation,
  signDomain,
} from '@hamlet/identity'
import type { ContentDraft, ContentEntry } from '@hamlet/space'
import type { ViewReader, ViewState } from '@hamlet/space/view'
import {
  clientOf,
  clientOperationDraft,
  clientRevocationDraft,
  clientView,
  listOperations,
  readClientRecord,
  revokedClients,
  seenClients,
} from '../src/client-view.ts'
import type { ClientRecord } from '../src/client-view.ts'
import { crypto, NOW_MS } from './_world.ts'

const SPACE = 'ab'.repeat(32) as SpaceId
const DEVICE = 'cd'.repeat(32) as DeviceId
const anna = derivePersonKeys(crypto, new Uint8Array(32).fill(0x11))
const ben = derivePersonKeys(crypto, new Uint8Array(32).fill(0x22))
const client = crypto.signer(new Uint8Array(32).fill(0x55))

function certificate(of = anna, expiresAtMs?: number): Uint8Array {
  const facts = { person: of.person, algorithm: 'ed25519', publicKey: client.publicKey } as const
  const times = { createdAtMs: NOW_MS, expiresAtMs }
  return encodeClientCertificate(
    certifyClient(of.rootSigner, { ...facts, ...times, label: 'Books' }),
  )
}

function record(
  nonce = '0'.repeat(32),
  entries: readonly EntryId[] = [],
  space = SPACE,
): ClientRecord {
  const operation = encodeClientOperation({
    ...{ operation: 'add_expense', space, person: anna.person, device: DEVICE },
    ...{ atMs: NOW_MS, nonce, data: {} },
  })
  const signature = signDomain(client, 'client-operation', operation)
  return { certificate: certificate(), operation, signature, entries }
}

function entry(draft: ContentDraft, number = 1, change: Partial<ContentEntry> = {}): ContentEntry {
  return {
    ...{ ...draft, id: number.toString(16).padStart(64, '0') as EntryId, device: DEVICE },
    ...{ person: anna.person, seq: number, epoch: '0'.repeat(64) as EntryId, role: 'writer' },
    time: { milliseconds: NOW_MS + number, counter: 0 },
    ...change,
  }
}

/** Everything a view of these entries holds. */
class MapView implements ViewState {
  readonly values = new Map<string, CborValue>()

  static of(entries: readonly ContentEntry[]): MapView {
    const state = new MapView()
    for (const each of entries) clientView(crypto, SPACE).fold(each, state as ViewState<never>)
    return state
  }

  get(key: string): CborValue | undefined {
    return this.values.get(key)
  }

  getMany(keys: readonly string[]): readonly (CborValue | undefined)[] {
    return keys.map((key) => this.values.get(key))
  }

  keys(prefix: string): readonly string[] {
    return [...this.values.keys()].filter((key) => key.startsWith(prefix)).sort()
  }

  put(key: string, value: CborValue): void {
    this.values.set(key, value)
  }

  delete(key: string): void {
    this.values.delete(key)
  }

  emit(): void {}

  /** In canonical order, as text. */
  get contents(): string {
    return bytesToHex(encodeCbor(this.keys('').map((key) => [key, this.get(key)!])))
  }

  get reader(): ViewReader {
    const { keys, values } = { keys: (prefix: string) => this.keys(prefix), values: this.values }
    return {
      get: async (key) => values.get(key),
      getMany: async (wanted) => wanted.map((key) => values.get(key)),
      async *range(prefix, { reverse = false, limit = Infinity, lt } = {}) {
        const fitting = keys(prefix).filter((key) => lt === undefined || key < prefix + lt)
        const page = reverse ? fitting.reverse() : fitting
        for (const key of page.slice(0, limit)) yield [key, values.get(key)!] as const
      },
    }
  }
}

test('a record says who asked for what, and of each entry which client it came of', async () => {
  const caused = 'ee'.repeat(32) as EntryId
  const view = MapView.of([entry(clientOperationDraft(record(undefined, [caused])))]).reader
  const [taken] = await listOperations(view, 10)
  assert.equal(taken!.operation, 'add_expense')
  assert.equal(taken!.label, 'Books')
  assert.deepEqual(taken!.entries, [caused])
  const from = await clientOf(view, anna.person, caused)
  assert.equal(from!.publicKey, bytesToHex(client.publicKey))
  assert.equal(await clientOf(view, ben.person, caused), undefined)
  assert.equal((await seenClients(view, anna.person)).length, 1)
  assert.equal((await seenClients(view, ben.person)).length, 0)
})

test('pages go on where the one before ended', async () => {
  const numbers = [1, 2, 3, 4, 5]
  const entries = numbers.map((n) => entry(clientOperationDraft(record(String(n).repeat(32))), n))
  const view = MapView.of(entries).reader
  const times: number[] = []
  let before: string | undefined
  for (;;) {
    const page = await listOperations(view, 2, before)
    if (page.length === 0) break
    times.push(...page.map(({ atMs }) => atMs - NOW_MS))
    before = page.at(-1)!.place
  }
  assert.deepEqual(times, [5, 4, 3, 2, 1])
})

test('an author cannot say that a client asked which did not, or for another space, person or device', () => {
  const honest = record()
  const bent = [...honest.signature]
  bent[3]! ^= 1
  const cases: readonly (readonly [string, ContentEntry])[] = [
    [
      'another signature',
      entry(clientOperationDraft({ ...honest, signature: Uint8Array.from(bent) })),
    ],
    [
      'another space',
      entry(clientOperationDraft(record(undefined, [], 'bb'.repeat(32) as SpaceId))),
    ],
    ['another author', entry(clientOperationDraft(honest), 1, { person: ben.person as PersonId })],
    [
      'another device',
      entry(clientOperationDraft(honest), 1, { device: 'dd'.repeat(32) as DeviceId }),
    ],
    [
      'certified by somebody else',
      entry(clientOperationDraft({ ...honest, certificate: certificate(ben) })),
    ],
    [
      'expired by the time of the entry',
      entry(clientOperationDraft({ ...honest, certificate: certificate(anna, NOW_MS + 1) })),
    ],
    ['a field too many', entry({ type: 'client.operation', value: [1, 2, 3, 4, 5, 6] })],
    ['another version', entry({ type: 'client.operation', value: [2] })],
    ['no key', entry({ type: 'client.revocation', value: [1, new Uint8Array(3)] })],
  ]
  for (const [what, each] of cases) assert.equal(MapView.of([each]).values.size, 0, what)
  assert.ok(MapView.of([entry(clientOperationDraft(honest))]).values.size > 0)
})

test('a revocation is of the author only, and the first one tells when', async () => {
  const draft = clientRevocationDraft(client.publicKey)
  const view = MapView.of([entry(draft, 5), entry(draft, 3), entry(draft, 9)]).reader
  const revoked = await revokedClients(view, anna.person)
  assert.deepEqual([...revoked], [[bytesToHex(client.publicKey), NOW_MS + 3]])
  assert.equal((await revokedClients(view, ben.person)).size, 0)
})

test('the same entries in any order give the same view', () => {
  const caused = ['e1', 'e2', 'e3'].map((byte) => byte.repeat(32) as EntryId)
  const drafts = [
    clientOperationDraft(record('1'.repeat(32), caused.slice(0, 2))),
    clientOperationDraft(record('1'.repeat(32), caused.slice(1))),
    clientOperationDraft(record('2'.repeat(32), caused)),
    clientOperationDraft({
      ...record('3'.repeat(32)),
      certificate: certificate(anna, NOW_MS + 99),
    }),
    clientRevocationDraft(client.publicKey),
    clientRevocationDraft(client.publicKey),
  ]
  const entries = drafts.map((draft, i) => entry(draft, i + 1))
  const expected = MapView.of(entries).contents
  fc.assert(
    fc.property(fc.shuffledSubarray(entries, { minLength: entries.length }), (shuffled) => {
      assert.equal(MapView.of(shuffled).contents, expected)
    }),
  )
})

test('the record of the golden file never changes', () => {
  const golden = hexToBytes(
    readFileSync(new URL('./golden/client-operation-v1.hex', import.meta.url), 'utf8').replaceAll(
      /\s/gu,
      '',
    ),
  )
  const made = record(undefined, ['ee'.repeat(32) as EntryId])
  assert.equal(bytesToHex(encodeCbor(clientOperationDraft(made).value)), bytesToHex(golden))
  const decoded = decodeCbor(golden)
  assert.ok(decoded.ok)
  const read = readClientRecord(decoded.value)
  assert.ok(read.ok)
  assert.deepEqual(read.value, made)
})
