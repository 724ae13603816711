import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytesToHex, concatBytes, utf8 } from '@hamlet/core'
import { decodeEntry, openBundle, openPayload, payloadOpening } from '@hamlet/space'
import type { Bundle, BundleEntry, BundleLog } from '@hamlet/space'
import { crypto, join, Peer, syncAll } from '../_world.ts'
import { RECORDS, changed, decoded, groupOfTwo, record } from './_bundles.ts'

async function bundleOf(peer: Peer): Promise<Uint8Array> {
  return await peer.space.signedBundle({ types: RECORDS })
}

/** What it says, or the code of the refusal. */
function said(bytes: Uint8Array): readonly string[] | string {
  const opened = openBundle(crypto, bytes)
  if (!opened.ok) return opened.error.code
  return opened.value.contents.map(({ value }) => (value as readonly string[])[0]!)
}

test('whoever has nothing but the bundle sees what was recorded, by whom and when', async () => {
  const [ada, ben] = await groupOfTwo()
  const opened = openBundle(crypto, await bundleOf(ada))
  assert.ok(opened.ok)
  const { space, types, contents } = opened.value
  assert.equal(space, ada.space.id)
  assert.deepEqual(types, ['test.record', 'test.rule'])
  assert.deepEqual(
    contents.map(({ type, value, person, device }) => [type, value, person, device]),
    [
      ['test.record', ['one'], ada.person, ada.device],
      ['test.record', ['two'], ada.person, ada.device],
      ['test.record', ['three'], ben.person, ben.device],
      ['test.rule', ['ruled'], ada.person, ada.device],
    ].sort(([, a], [, b]) => order(contents, a as string[]) - order(contents, b as string[])),
  )
  const first = contents[0]!
  assert.equal(ada.space.entryAt(first.device, first.seq)!.id, first.id)
})

function order(contents: readonly { readonly value: unknown }[], [text]: string[]): number {
  return contents.findIndex(({ value }) => (value as string[])[0] === text)
}

test('everybody with the same logs makes the same bytes, again and again', async () => {
  const [ada, ben] = await groupOfTwo()
  const bytes = bytesToHex(await bundleOf(ada))
  assert.equal(bytesToHex(await bundleOf(ada)), bytes)
  assert.equal(bytesToHex(await bundleOf(ben)), bytes)
})

test('of other entries nothing is in it that opens them, nor a word of them', async () => {
  const [ada] = await groupOfTwo()
  const bytes = await bundleOf(ada)
  for (const text of ['a secret of Ada', 'a secret of Ben', 'another secret', 'one', 'Home']) {
    assert.ok(Buffer.from(bytes).indexOf(utf8(text)) < 0, text)
  }
  const openings = decoded(bytes).logs.flatMap(({ entries }) => entries.map((each) => each.opening))
  assert.equal(openings.length, 4)
  const others = ['chat.message', 'space.profile', 'space.name']
  let tried = 0
  for (const [device, length] of ada.space.appliedLengths()) {
    for (const entry of ada.space.entries(device, 0, length)) {
      const opened = ada.space.openContent(entry)
      if (opened.kind !== 'content' || !others.includes(opened.content.type)) continue
      for (const opening of openings) {
        tried++
        const { core } = entry as typeof entry & { readonly core: Uint8Array }
        assert.ok(!openPayload(crypto, opening, core, entry.payload).ok)
      }
    }
  }
  assert.ok(tried >= 3 * openings.length)
})

test('an opening opens the payload it was made for, as the secret does', async () => {
  const [ada] = await groupOfTwo()
  const [log] = decoded(await bundleOf(ada)).logs
  const { leaf, payload, opening } = log!.entries[0]!
  const entry = decodeEntry(concatBytes(leaf, payload), crypto)
  assert.ok(entry.ok)
  assert.ok(openPayload(crypto, opening, entry.value.core, payload).ok)
  const other = payloadOpening(crypto, new Uint8Array(32), payload)
  assert.ok(!openPayload(crypto, other, entry.value.core, payload).ok)
})

test('what somebody who is out again had recorded stays in it, signed by them', async () => {
  const [ada, ben] = await groupOfTwo()
  await ada.space.remove(ben.person)
  assert.deepEqual((said(await bundleOf(ada)) as string[]).includes('three'), true)
})

test('a bundle of nothing is one', async () => {
  const ada = new Peer('Ada')
  await ada.create()
  assert.deepEqual(said(await bundleOf(ada)), [])
})

test('a record of a member whose log is not all here is in it, proven to the head they signed', async () => {
  const [ada, ben] = await groupOfTwo()
  await record(ben, 'four', 'five', 'six')
  const from = ada.space.lengths().get(ben.device)!
  const range = ben.space.rangeFrom(ben.device, from, { bytesMax: 1_000_000, blocksMax: 1 })!
  assert.ok((await ada.space.accept(ben.device, range)).ok)
  const texts = said(await bundleOf(ada)) as string[]
  assert.ok(texts.includes('four') && !texts.includes('five'))
})

function flipped(list: Uint8Array): Uint8Array {
  return list.with(list.length - 1, list.at(-1)! ^ 1)
}

test('an entry, a place, a key, a person or a proof that is another is refused', async () => {
  const [ada] = await groupOfTwo()
  const bytes = await bundleOf(ada)
  const withLog = (change: (log: BundleLog, bundle: Bundle) => BundleLog) =>
    said(
      changed(bytes, (bundle) => {
        const place = bundle.logs.findIndex(({ entries }) => entries.length === 3)
        return { ...bundle, logs: bundle.logs.with(place, change(bundle.logs[place]!, bundle)) }
      }),
    )
  const withEntry = (change: (entry: BundleEntry) => BundleEntry) =>
    withLog((log) => ({ ...log, entries: log.entries.with(0, change(log.entries[0]!)) }))
  assert.equal(
    withEntry((entry) => ({ ...entry, payload: flipped(entry.payload) })),
    'SPACE_BUNDLE_MALFORMED',
  )
  assert.equal(
    withEntry((entry) => ({ ...entry, opening: flipped(entry.opening) })),
    'SPACE_BUNDLE_FORGED',
  )
  assert.equal(
    withLog((log) => ({ ...log, entries: log.entries.slice(1) })),
    'SPACE_BUNDLE_FORGED',
    'one left out with an old proof',
  )
  assert.equal(
    withLog((log) => ({ ...log, entries: log.entries.toReversed() })),
    'SPACE_BUNDLE_FORGED',
  )
  assert.equal(
    withLog((log) => ({ ...log, proof: [...log.proof, new Uint8Array(32)] })),
    'SPACE_BUNDLE_FORGED',
  )
  assert.equal(
    withLog((log) => ({ ...log, fork: log.fork + 1 })),
    'SPACE_BUNDLE_FORGED',
  )
  assert.equal(
    withLog((log) => ({ ...log, head: { ...log.head, length: log.head.length + 1 } })),
    'SPACE_BUNDLE_FORGED',
  )
  const swapped = changed(bytes, (bundle) => {
    const [first, second] = bundle.logs as [BundleLog, BundleLog]
    return {
      ...bundle,
      logs: [
        { ...second, certificate: first.certificate },
        { ...first, certificate: second.certificate },
      ],
    }
  })
  assert.equal(said(swapped), 'SPACE_BUNDLE_FORGED')
  const space = 'ab'.repeat(32) as Bundle['space']
  assert.equal(said(changed(bytes, (bundle) => ({ ...bundle, space }))), 'SPACE_BUNDLE_FORGED')
  for (const types of [['test.record'], ['other', 'test.record', 'test.rule']]) {
    const other = changed(bytes, (bundle) => ({ ...bundle, types }))
    assert.equal(said(other), 'SPACE_BUNDLE_MALFORMED')
  }
})

test('a bundle in another order, with something twice or something behind it is refused', async () => {
  const [ada] = await groupOfTwo()
  const bytes = await bundleOf(ada)
  const again = (change: (bundle: Bundle) => Bundle) => said(changed(bytes, change))
  assert.ok(decoded(bytes).logs.length === 2)
  assert.equal(
    again((bundle) => ({ ...bundle, logs: bundle.logs.toReversed() })),
    'SPACE_BUNDLE_MALFORMED',
  )
  assert.equal(
    again((bundle) => ({ ...bundle, logs: [bundle.logs[0]!, bundle.logs[0]!] })),
    'SPACE_BUNDLE_MALFORMED',
  )
  assert.equal(
    again((bundle) => ({ ...bundle, types: bundle.types.toReversed() })),
    'SPACE_BUNDLE_MALFORMED',
  )
  assert.equal(said(concatBytes(bytes, Uint8Array.of(0))), 'SPACE_BUNDLE_MALFORMED')
  assert.equal(said(bytes.subarray(0, -1)), 'SPACE_BUNDLE_MALFORMED')
  assert.equal(said(bytes.subarray(1)), 'SPACE_BUNDLE_MALFORMED')
  assert.deepEqual(
    again((bundle) => bundle),
    said(bytes),
  )
})

test('both histories of a device that signed two are in it, each to its own head', async () => {
  const [ada, ben] = await groupOfTwo()
  const twin = await ben.twin()
  await record(ben, 'of the first')
  await record(twin, 'of the second')
  const cleo = new Peer('Cleo')
  await join(ada, cleo)
  // Each history counts where somebody has built on it.
  await syncAll(ada.space, ben.space)
  await record(ada, 'after the first')
  await syncAll(cleo.space, twin.space)
  await record(cleo, 'after the second')
  await syncAll(ada.space, cleo.space)
  const opened = openBundle(crypto, await bundleOf(ada))
  assert.ok(opened.ok, opened.ok ? '' : opened.error.message)
  const texts = opened.value.contents.map(({ value }) => (value as string[])[0])
  assert.ok(texts.includes('of the first') && texts.includes('of the second'), texts.join())
  assert.equal(new Set(texts).size, texts.length)
})

test('a newcomer’s bundle has what the newcomer can read', async () => {
  const ada = new Peer('Ada')
  await ada.create('from-join')
  await record(ada, 'before')
  const ben = new Peer('Ben')
  await join(ada, ben)
  await record(ada, 'after')
  await syncAll(ada.space, ben.space)
  assert.deepEqual(said(await bundleOf(ben)), ['after'])
  assert.deepEqual(said(await bundleOf(ada)), ['before', 'after'])
})
