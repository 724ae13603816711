/**
 * Goal: a space is found by everybody when its owner wants it to be, by nobody otherwise, and nobody speaks for somebody
 * else. Method: whole peers in memory; a peer that serves whatever it likes; listings bent in every field.
 */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytesToHex, decodeCbor, encodeCbor, hexToBytes } from '@hamlet/core'
import type { CborValue, SpaceId } from '@hamlet/core'
import type { DiscoveredSpace } from '@hamlet/http/api'
import { createIdentity, openIdentity } from '@hamlet/identity'
import { encodeLinkFrame } from '@hamlet/identity/linking'
import { decodeLink } from '@hamlet/space'
import {
  decodeListing,
  decodeListingQuestion,
  encodeListing,
  encodeListingQuestion,
  LISTING_DESCRIPTION_BYTES_MAX,
  LISTING_LIFE_MS,
  openListing,
  signListing,
  topicKey,
} from '../src/listing.ts'
import type { ListingFacts } from '../src/listing.ts'
import { PUBLISHED_MAX } from '../src/listing-book.ts'
import { DISCOVER_MS_MAX, LISTING_PROTOCOL } from '../src/listing-finder.ts'
import { codeOf, crypto, NOW_MS, pass, people, Person, seededRandom } from './_world.ts'

/** What a search comes to; time passes by hand. */
async function discover(
  by: Person,
  all: readonly Person[],
  topic?: string,
): Promise<readonly DiscoveredSpace[]> {
  const found = by.api.discover(topic)
  await pass(all, 500)
  return await found
}

async function annaAndBen(): Promise<{ all: Person[]; anna: Person; ben: Person; space: string }> {
  const all = await people('anna', 'ben')
  const [anna, ben] = all
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Allotments')
  return { all: [...all], anna, ben, space }
}

test('a published space is found by its topic, joined by its link, and gone when that is taken back', async () => {
  const { all, anna, ben, space } = await annaAndBen()
  assert.deepEqual(await discover(ben, all), [])
  assert.equal(await codeOf(anna.api.publication(space)), 'LISTING_NOT_FOUND')
  const description = 'Seeds, tools and who has water.'
  const published = await anna.api.publishSpace(space, { topic: 'gardens', description })
  assert.deepEqual(await anna.api.publication(space), published)
  assert.deepEqual(await discover(ben, all), [], 'another topic')
  const [found] = await discover(ben, all, 'gardens')
  assert.deepEqual(found, { ...published, person: anna.identity.person, isMember: false })
  await ben.api.join(found!.link, 'Ben')
  await pass(all, 5_000)
  const [request] = await anna.api.requests(space)
  await anna.api.approve(space, request!.id)
  await pass(all, 5_000)
  assert.equal((await discover(ben, all, 'gardens'))[0]!.isMember, true)
  await anna.api.unpublishSpace(space)
  assert.deepEqual(await discover(ben, all, 'gardens'), [])
  const invites = await anna.api.invites(space)
  assert.ok(invites.every(({ state }) => state === 'revoked'))
  assert.equal(await anna.api.unpublishSpace(space), undefined, 'twice is once')
})

test('publishing again replaces what was published, and the old link leads nowhere', async () => {
  const { all, anna, ben, space } = await annaAndBen()
  const first = await anna.api.publishSpace(space, { description: 'old' })
  const second = await anna.api.publishSpace(space, { description: 'new' })
  const found = await discover(ben, all)
  assert.deepEqual(
    found.map(({ description }) => description),
    ['new'],
  )
  assert.notEqual(second.link, first.link)
  const states = (await anna.api.invites(space)).map(({ state }) => state)
  assert.deepEqual(states.toSorted(), ['open', 'revoked'])
})

test('only owners and admins publish, and who is neither any more is served no longer', async () => {
  const { all, anna, ben, space } = await annaAndBen()
  const { link } = await anna.api.createInvite(space, { mode: 'auto', role: 'writer' })
  await ben.api.join(link!, 'Ben')
  await pass(all, 5_000)
  assert.equal(await codeOf(ben.api.publishSpace(space)), 'LISTING_FORBIDDEN')
  await anna.api.setRole(space, ben.identity.person, 'admin')
  await pass(all, 2_000)
  await ben.api.publishSpace(space)
  const seen = await discover(anna, all)
  assert.deepEqual(
    seen.map(({ person }) => person),
    [ben.identity.person],
  )
  await anna.api.setRole(space, ben.identity.person, 'writer')
  await pass(all, 2_000)
  assert.deepEqual(await discover(anna, all), [])
  assert.equal(await codeOf(anna.api.publishSpace(space, { topic: 'No!' })), 'LISTING_INVALID')
  const description = 'é'.repeat(LISTING_DESCRIPTION_BYTES_MAX / 2 + 1)
  assert.equal(await codeOf(anna.api.publishSpace(space, { description })), 'LISTING_INVALID')
  assert.equal(await codeOf(anna.api.discover('../x')), 'LISTING_INVALID')
})

test('a listing outlives restarts and is renewed as long as the peer runs', async () => {
  const { all, anna, ben, space } = await annaAndBen()
  const published = await anna.api.publishSpace(space)
  await anna.reopen()
  assert.equal((await discover(ben, all))[0]!.link, published.link)
  for (const { clock } of all) clock.pass(LISTING_LIFE_MS / 2 + 60_000)
  await pass(all, 1_000)
  const [renewed] = await discover(ben, all)
  assert.ok(renewed!.expiresAtMs > published.expiresAtMs)
  assert.ok(renewed!.createdAtMs > published.createdAtMs)
  const left = anna.clock.timerCount
  await anna.close()
  assert.ok(anna.clock.timerCount < left)
})

/** A peer that serves these messages to whoever asks for the topic. */
function serve(person: Person, topic: string, messages: readonly Uint8Array[]): void {
  person.node.provide(topicKey(crypto, topic))
  void person.node.handle(LISTING_PROTOCOL, (stream) => {
    for (const message of messages) void stream.write(encodeLinkFrame(message))
    void stream.end()
  })
}

function factsOf(listing: DiscoveredSpace, change: Partial<ListingFacts> = {}): ListingFacts {
  const { space, name, description, topic, link, createdAtMs, expiresAtMs } = listing
  return {
    ...{ name, description, topic, link, createdAtMs, expiresAtMs },
    ...{ space: space as SpaceId, number: createdAtMs, ...change },
  }
}

test('nobody overwrites a listing: another signature is another publisher, a higher number or not', async () => {
  const { all, anna, ben, space } = await annaAndBen()
  const eve = await addPerson('eve', all)
  await anna.api.publishSpace(space, { description: 'by Anna' })
  const [found] = await discover(ben, all)
  const { deviceSigner, certificateBytes } = eve.identity
  const bent = factsOf(found!, { description: 'by Eve', number: Number.MAX_SAFE_INTEGER })
  const byEve = signListing(deviceSigner, certificateBytes, bent)
  const stolen = signListing(deviceSigner, anna.identity.certificateBytes, bent)
  serve(eve, 'public', [byEve, stolen, new Uint8Array(3), new Uint8Array(20_000)])
  const seen = await discover(ben, all)
  assert.deepEqual(
    new Map(seen.map(({ description, person }) => [description, person])),
    new Map([
      ['by Anna', anna.identity.person],
      ['by Eve', eve.identity.person],
    ]),
  )
})

test('an older listing that somebody serves gives way to the newer of the same person', async () => {
  const { all, anna, ben, space } = await annaAndBen()
  const eve = await addPerson('eve', all)
  await anna.api.publishSpace(space, { description: 'old' })
  const [old] = await discover(ben, all)
  const { deviceSigner, certificateBytes } = anna.identity
  const again = signListing(deviceSigner, certificateBytes, factsOf(old!))
  serve(eve, 'public', [again])
  for (const { clock } of all) clock.pass(1)
  await anna.api.publishSpace(space, { description: 'new' })
  const seen = await discover(ben, all)
  assert.deepEqual(
    seen.map(({ description }) => description),
    ['new'],
  )
})

test('whoever sends too much, says nothing or is gone costs a search some seconds and nothing else', async () => {
  const { all, anna, ben, space } = await annaAndBen()
  const [eve, mallory] = [await addPerson('eve', all), await addPerson('mallory', all)]
  await anna.api.publishSpace(space)
  const [found] = await discover(ben, all)
  const flood = Array.from({ length: 3 * PUBLISHED_MAX }, (_, i) => {
    const { deviceSigner, certificateBytes } = eve.identity
    return signListing(deviceSigner, certificateBytes, factsOf(found!, { number: i }))
  })
  serve(eve, 'public', flood)
  mallory.node.provide(topicKey(crypto, 'public'))
  await mallory.node.handle(LISTING_PROTOCOL, () => undefined)
  const gone = await addPerson('gone', all)
  gone.node.provide(topicKey(crypto, 'public'))
  all.splice(all.indexOf(gone), 1)
  await gone.close()
  const searching = ben.api.discover()
  await pass(all, DISCOVER_MS_MAX + 1_000)
  const seen = await searching
  assert.deepEqual(
    seen.map(({ person }) => person).toSorted(),
    [anna.identity.person, eve.identity.person].toSorted(),
  )
})

async function addPerson(name: string, all: Person[]): Promise<Person> {
  const person = new Person(name, all[0]!.world)
  await person.open()
  all.push(person)
  return person
}

const ring = createIdentity(crypto, seededRandom('listing'), { nowMs: NOW_MS, label: 'Laptop' })
const publisher = openIdentity(crypto, ring)
const golden = hexToBytes(
  readFileSync(new URL('./golden/listing-v1.hex', import.meta.url), 'utf8').replaceAll(/\s/gu, ''),
)

test('the listing of the golden file never changes, and every bent one is refused', () => {
  const opened = openListing(crypto, golden, NOW_MS + 1)
  assert.ok(opened.ok)
  const { person, ...facts } = opened.value
  assert.equal(person, publisher.person)
  const { deviceSigner, certificateBytes } = publisher
  const made = signListing(deviceSigner, certificateBytes, facts)
  assert.equal(bytesToHex(made), bytesToHex(golden))
  const decoded = decodeListing(golden)
  assert.ok(decoded.ok)
  assert.equal(bytesToHex(encodeListing(decoded.value)), bytesToHex(golden))
  // One bit of each byte, another one in each.
  for (let bit = 0; bit < golden.length * 8; bit += 9) {
    const bent = golden.slice()
    bent[bit >> 3]! ^= 1 << (bit & 7)
    assert.ok(!openListing(crypto, bent, NOW_MS + 1).ok, `bit ${bit}`)
  }
  const times: readonly number[] = [facts.expiresAtMs, facts.createdAtMs - LISTING_LIFE_MS - 1]
  for (const nowMs of times) assert.ok(!openListing(crypto, golden, nowMs).ok)
})

test('a listing signed by its publisher is refused all the same when it cannot be meant', () => {
  const opened = openListing(crypto, golden, NOW_MS + 1)
  assert.ok(opened.ok)
  const { person: _person, ...facts } = opened.value
  assert.ok(decodeLink(facts.link).ok)
  const { deviceSigner, certificateBytes } = publisher
  const changes: readonly Partial<ListingFacts>[] = [
    { topic: 'Gardens' },
    { topic: 'a b' },
    { space: 'ab'.repeat(32) as SpaceId },
    { link: 'https://example.org' },
    { expiresAtMs: facts.expiresAtMs + 1 },
    { expiresAtMs: NOW_MS },
    { createdAtMs: NOW_MS + 2 * LISTING_LIFE_MS, expiresAtMs: NOW_MS + 3 * LISTING_LIFE_MS },
  ]
  for (const change of changes) {
    const bytes = signListing(deviceSigner, certificateBytes, { ...facts, ...change })
    const result = openListing(crypto, bytes, NOW_MS + 1)
    assert.ok(!result.ok, JSON.stringify(change))
    assert.equal(result.error.code, 'LISTING_MALFORMED')
  }
})

test('a question names a topic and nothing else', () => {
  const question = encodeListingQuestion('gardens')
  const read = decodeListingQuestion(question)
  assert.ok(read.ok)
  assert.equal(read.value, 'gardens')
  const others: readonly CborValue[] = [[1, 'Gardens'], [2, 'gardens'], [1], [1, 'a', 1], 'gardens']
  for (const other of others) {
    const encoded = encodeCbor(other)
    assert.ok(decodeCbor(encoded).ok)
    assert.ok(!decodeListingQuestion(encoded).ok)
  }
})
