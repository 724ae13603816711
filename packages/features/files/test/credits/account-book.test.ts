/**
 * Goal: nothing leaves before it is durable, and what a swarm engine asks is answered from the right account. Method: two books
 * over stores that the test holds up, fails or brings back, and a simulated disk that loses what was not synced.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hexToBytes } from '@hamlet/core'
import {
  AccountBook,
  blindSwarm,
  createDiskAccountStore,
  decodeClaim,
  decodeReceipt,
} from '@hamlet/files/credits'
import type {
  AccountBookOptions,
  AccountStore,
  Receipt,
  SignedReceipt,
} from '@hamlet/files/credits'
import { createMemoryDisk } from '@hamlet/store'
import {
  anna,
  annasPhone,
  ben,
  cleo,
  crypto,
  GROUP,
  MIB,
  NOW_MS,
  personOf,
  SECRET,
} from './_people.ts'
import type { TestDevice } from './_people.ts'

const id = { root: new Uint8Array(32).fill(9), sizeBytes: 64 * MIB }
const swarm = blindSwarm(crypto, SECRET, id.root)
const film = { id, terms: hexToBytes(swarm) }
const everybody = personOf([anna, annasPhone, ben, cleo])

class HeldStore implements AccountStore {
  readonly records = new Map<string, Uint8Array>()
  isFailing = false
  held: (() => void)[] | undefined
  saves = 0

  load() {
    return Promise.resolve(new Map(this.records))
  }

  async save(key: string, bytes: Uint8Array) {
    const { held } = this
    if (held !== undefined) await new Promise<void>((resolve) => held.push(resolve))
    if (this.isFailing) throw new Error('disk full')
    this.saves++
    this.records.set(key, bytes)
  }
}

interface Kept {
  readonly store: HeldStore
  readonly receipts: Receipt[]
  readonly forks: (readonly [SignedReceipt, SignedReceipt])[]
  book: AccountBook
}

async function keep(self: TestDevice, change: Partial<AccountBookOptions> = {}): Promise<Kept> {
  const store = new HeldStore()
  const receipts: Receipt[] = []
  const forks: (readonly [SignedReceipt, SignedReceipt])[] = []
  const options: AccountBookOptions = {
    crypto,
    clock: { wall: () => NOW_MS },
    signer: self.signer,
    self,
    store,
    personOf: everybody,
    termsOf: () => ({ groups: [{ group: GROUP, swarm }], isFree: false }),
    onReceipt: (receipt) => receipts.push(receipt),
    onFork: (fork) => forks.push(fork),
    ...change,
  }
  const book = await AccountBook.open(options)
  book.terms(ben.device, id)
  return { store, receipts, forks, book }
}

/** Four chunks from Ben to Anna and the claim for them. */
function give(annas: Kept, bens: Kept, from = 0): Promise<Uint8Array> {
  const pieces = [from, from + 1, from + 2, from + 3]
  for (const piece of pieces) bens.book.sent(anna.device, film, piece)
  const claim = annas.book.received(ben.device, film, MIB, pieces)
  assert.ok(claim !== undefined)
  return claim
}

test('a claim and its answer go back and forth, and both keep the receipt', async () => {
  const [annas, bens] = [await keep(anna), await keep(ben)]
  const verdict = await bens.book.accept(anna.device, film, await give(annas, bens))
  assert.ok(verdict.ok)
  assert.equal(verdict.bytes, MIB)
  annas.book.countersigned(ben.device, film, verdict.countersigned)
  await annas.book.flush()
  assert.deepEqual(annas.receipts, bens.receipts)
  assert.equal(annas.receipts[0]?.totalBytes, MIB)
  assert.equal(await annas.book.unsettled(ben.device, film), undefined)
  assert.deepEqual(bens.book.latest(anna.device), [verdict.countersigned])
})

test('nothing leaves before it is durable', async () => {
  const [annas, bens] = [await keep(anna), await keep(ben)]
  annas.store.held = []
  let hasLeft = false
  const claim = give(annas, bens).then((bytes) => {
    hasLeft = true
    return bytes
  })
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(hasLeft, false)
  annas.store.held.shift()!()
  bens.store.held = []
  const answer = bens.book.accept(anna.device, film, await claim)
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(bens.receipts.length, 0)
  assert.deepEqual(bens.book.latest(anna.device), [])
  bens.store.held.shift()!()
  assert.ok((await answer).ok)
  assert.equal(bens.receipts.length, 1)
})

test('a disk that fails sends nothing, and the next claim has all that waits', async () => {
  const [annas, bens] = [await keep(anna), await keep(ben)]
  annas.store.isFailing = true
  await assert.rejects(give(annas, bens), /disk full/)
  annas.store.isFailing = false
  const claim = await give(annas, bens, 4)
  bens.store.isFailing = true
  await assert.rejects(bens.book.accept(anna.device, film, claim), /disk full/)
  bens.store.isFailing = false
  const verdict = await bens.book.accept(anna.device, film, claim)
  assert.ok(verdict.ok)
  const receipt = decodeReceipt(verdict.countersigned)
  assert.ok(receipt.ok)
  assert.equal(receipt.value.totalBytes, 2 * MIB)
  assert.equal(bens.store.records.size, 1)
})

test('a book that is opened again goes on where it was, and shows unanswered claims', async () => {
  const [annas, bens] = [await keep(anna), await keep(ben)]
  const claim = await give(annas, bens)
  const again = await keep(anna, { store: annas.store })
  const shown = await again.book.unsettled(ben.device, film)
  assert.deepEqual(shown, claim)
  const verdict = await bens.book.accept(anna.device, film, claim)
  assert.ok(verdict.ok)
  const bensAgain = await keep(ben, { store: bens.store })
  assert.deepEqual(bensAgain.book.latest(anna.device), [verdict.countersigned])
  for (const answer of bensAgain.book.latest(anna.device)) {
    again.book.countersigned(ben.device, film, answer)
  }
  assert.equal(await again.book.unsettled(ben.device, film), undefined)
})

test('an account that cannot be read signs nothing until the other side shows what was signed', async () => {
  const [annas, bens] = [await keep(anna), await keep(ben)]
  await bens.book.accept(anna.device, film, await give(annas, bens))
  const [key] = annas.store.records.keys()
  annas.store.records.set(key!, Uint8Array.of(1, 2, 3))
  const broken = await keep(anna, { store: annas.store })
  assert.equal(broken.book.received(ben.device, film, MIB, [9]), undefined)
  for (const answer of bens.book.latest(anna.device)) {
    broken.book.countersigned(ben.device, film, answer)
  }
  assert.ok((await broken.book.received(ben.device, film, MIB, [10]))!.length > 0)
})

test('own devices and blobs of no group are not counted, and strangers get the first step', async () => {
  const annas = await keep(anna, { termsOf: () => ({ groups: [], isFree: true }) })
  assert.equal(annas.book.stepBytes('ff'.repeat(32)), MIB)
  assert.equal(annas.book.rank('ff'.repeat(32)), 0)
  assert.ok(annas.book.isFree(ben.device, film))
  assert.equal(annas.book.received(ben.device, film, MIB, [0]), undefined)
  const verdict = await annas.book.accept(ben.device, film, Uint8Array.of(1))
  assert.deepEqual(verdict, { ok: false, reason: 'unknown-device' })
  const counted = await keep(anna, { rankOf: () => 7 })
  assert.equal(counted.book.rank(ben.device), 1)
  assert.equal(counted.book.isFree(ben.device, film), false)
  assert.ok(counted.book.isFree(annasPhone.device, film))
  assert.equal(counted.book.received(annasPhone.device, film, MIB, [0]), undefined)
})

test('what is agreed to be counted in one group is signed for in that one, though it is in two', async () => {
  const inPublic = blindSwarm(crypto, new Uint8Array(32), id.root)
  const groups = [
    { group: GROUP, swarm },
    { group: undefined, swarm: inPublic },
  ]
  const options = { termsOf: () => ({ groups, isFree: false }) }
  const [annas, bens] = [await keep(anna, options), await keep(ben, options)]
  const offered = annas.book.terms(ben.device, id)
  assert.deepEqual(offered, [hexToBytes(swarm), hexToBytes(inPublic)])
  const publicly = { id, terms: offered[1]! }
  bens.book.sent(anna.device, publicly, 0)
  const claim = await annas.book.received(ben.device, publicly, MIB / 4, [0])!
  const elsewhere = await bens.book.accept(anna.device, film, claim)
  assert.deepEqual(elsewhere, { ok: false, reason: 'other-pair' })
  const verdict = await bens.book.accept(anna.device, publicly, claim)
  assert.ok(verdict.ok)
  assert.equal(bens.receipts[0]?.group, undefined)
  assert.deepEqual(bens.book.settled(), bens.receipts)
  assert.deepEqual(
    (await keep(ben, { ...options, store: bens.store })).book.settled(),
    bens.receipts,
  )
})

test('a device that became another person goes on with its account as that person', async () => {
  const self = { device: anna.device, person: anna.person }
  const store = new HeldStore()
  const annas = await keep(anna, { self, store, personOf: personOf([ben]) })
  const bens = await keep(ben, { personOf: personOf([anna, ben]) })
  await bens.book.accept(anna.device, film, await give(annas, bens))
  for (const answer of bens.book.latest(anna.device)) {
    annas.book.countersigned(ben.device, film, answer)
  }
  await annas.book.flush()
  self.person = cleo.person
  const claim = await annas.book.received(ben.device, film, MIB, [9])!
  const decoded = decodeClaim(claim)
  assert.ok(decoded.ok)
  assert.equal(decoded.value.receipts[0]?.receipt.payerPerson, cleo.person)
  assert.equal(decoded.value.receipts[0]?.receipt.seq, 2)
})

test('two receipts of one sequence are handed on, whoever sees them', async () => {
  const [annas, bens] = [await keep(anna), await keep(ben)]
  await bens.book.accept(anna.device, film, await give(annas, bens))
  const forgetful = await keep(anna)
  const verdict = await bens.book.accept(anna.device, film, await give(forgetful, bens, 8))
  assert.deepEqual(verdict, { ok: false, reason: 'fork' })
  assert.equal(bens.forks.length, 1)
  for (const answer of bens.book.latest(anna.device)) {
    forgetful.book.countersigned(ben.device, film, answer)
  }
  assert.equal(forgetful.forks.length, 1)
  assert.equal(forgetful.book.received(ben.device, film, MIB, [20]), undefined)
})

test('accounts on a disk are there after it was opened again', async () => {
  const disk = createMemoryDisk()
  const annas = await keep(anna, { store: createDiskAccountStore(disk) })
  const bens = await keep(ben)
  const claim = await give(annas, bens)
  const store = createDiskAccountStore(disk)
  assert.equal((await store.load()).size, 1)
  const again = await keep(anna, { store })
  assert.deepEqual(await again.book.unsettled(ben.device, film), claim)
})
