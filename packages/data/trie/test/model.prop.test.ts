// Goal: a trie is a Map that remembers every version. Method: random operations on both, with the real hash and with one
// that has 0 to 4 bits, so that components and whole paths collide all the time; then every reading is compared.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Trie } from '@hamlet/trie'
import {
  BlockList,
  collect,
  bytesOf,
  contentOf,
  crypto,
  latin1,
  openTrie,
  sorted,
  weakCrypto,
} from './_tries.ts'
import { PathHasher } from '../src/path.ts'
import type { Crypto } from '@hamlet/core'
import type { TrieOperation, TrieView } from '@hamlet/trie'

interface Step {
  readonly kind: 'put' | 'del' | 'cas' | 'batch' | 'reopen'
  readonly keys: readonly string[]
  readonly value: string
}

const NAMES = ['a', 'b', 'c', 'dd', '', '__proto__', 'constructor', '\u00ff\u0000', 'a\u0000']
const nameArbitrary = fc.constantFrom(...NAMES)
const keyArbitrary = fc
  .array(nameArbitrary, { minLength: 1, maxLength: 4 })
  .map((names) => names.join('/'))
  .filter((key) => key.length > 0)
const stepArbitrary: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom('put', 'put', 'put', 'del', 'del', 'cas', 'batch', 'reopen'),
  keys: fc.array(keyArbitrary, { minLength: 1, maxLength: 6 }),
  value: fc.string({ maxLength: 5 }),
})

/** What a trie should be, at each version. */
class Model {
  readonly history: { type: 'put' | 'del'; key: string; value: string | undefined }[] = []
  readonly versions: ReadonlyMap<string, string>[] = [new Map(), new Map()]
  readonly written = new Map<string, number>()

  get now(): ReadonlyMap<string, string> {
    return this.versions.at(-1)!
  }

  put(key: string, value: string): void {
    this.versions.push(new Map([...this.now, [key, value]]))
    this.history.push({ type: 'put', key, value })
    this.written.set(key, this.versions.length - 1)
  }

  del(key: string): void {
    if (!this.now.has(key)) return
    this.versions.push(new Map([...this.now].filter(([other]) => other !== key)))
    this.history.push({ type: 'del', key, value: undefined })
    this.written.delete(key)
  }
}

class Subject {
  readonly list = new BlockList()
  readonly model = new Model()
  readonly crypto: Crypto
  trie!: Trie

  constructor(crypto: Crypto) {
    this.crypto = crypto
  }

  async open(): Promise<Trie> {
    this.trie = await openTrie(this.list, { crypto: this.crypto, cacheNodes: 8 })
    return this.trie
  }

  async take({ kind, keys, value }: Step): Promise<void> {
    const { trie, model } = this
    const [key] = keys as [string]
    if (kind === 'put') {
      model.put(key, value)
      const version = await trie.put(bytesOf(key), bytesOf(value))
      assert.equal(version, model.versions.length - 1)
    } else if (kind === 'del') {
      const isThere = model.now.has(key)
      model.del(key)
      const version = await trie.del(bytesOf(key))
      assert.equal(version, isThere ? model.versions.length - 1 : undefined)
    } else if (kind === 'cas') await this.#swap(key, value)
    else if (kind === 'batch') await this.#batch(keys, value)
    else await this.open()
  }

  async #swap(key: string, value: string): Promise<void> {
    const ifVersion = this.model.written.get(key) ?? 0
    const bytes = bytesOf(key)
    const wrong = { ifVersion: ifVersion + 1 }
    await assert.rejects(this.trie.put(bytes, 'no', wrong), { code: 'TRIE_CHANGED' })
    await assert.rejects(this.trie.del(bytes, wrong), { code: 'TRIE_CHANGED' })
    this.model.put(key, value)
    await this.trie.put(bytes, bytesOf(value), { ifVersion })
  }

  async #batch(keys: readonly string[], value: string): Promise<void> {
    const operations = keys.map((key, i): TrieOperation => {
      if (i % 3 === 2) return { type: 'del', key: bytesOf(key) }
      return { type: 'put', key: bytesOf(key), value: bytesOf(`${value}${i}`) }
    })
    const failing: TrieOperation = { type: 'del', key: bytesOf(keys[0]!), condition: () => false }
    const { length } = this.list.blocks
    await assert.rejects(this.trie.batch([...operations, failing]), { code: 'TRIE_CHANGED' })
    assert.equal(this.list.blocks.length, length)
    for (const [i, key] of keys.entries()) {
      if (i % 3 === 2) this.model.del(key)
      else this.model.put(key, `${value}${i}`)
    }
    await this.trie.batch(operations)
  }
}

async function run(cryptography: Crypto, steps: readonly Step[]): Promise<Subject> {
  const subject = new Subject(cryptography)
  await subject.open()
  for (const step of steps) await subject.take(step)
  return subject
}

function under(content: ReadonlyMap<string, string>, prefix: string): Map<string, string> {
  return new Map([...content].filter(([key]) => key === prefix || key.startsWith(`${prefix}/`)))
}

async function checkReads(view: TrieView, content: ReadonlyMap<string, string>): Promise<void> {
  assert.deepEqual(sorted(await contentOf(view)), sorted(content))
  for (const key of ['a', 'b/a', 'a/b/c', '/', 'none', ...content.keys()]) {
    const entry = await view.get(bytesOf(key))
    assert.equal(entry && latin1(entry.value), content.get(key))
    if (entry) assert.equal(latin1(entry.key), key)
    if (content.has(key)) assert.equal(latin1((await view.closest(bytesOf(key)))!.key), key)
  }
  assert.equal((await view.closest('none')) === undefined, content.size === 0)
}

/** No other key shares a longer beginning of its path, by looking at all of them. */
async function checkClosest({ trie, model, crypto }: Subject): Promise<void> {
  const header = await trie.header()
  if (!header) return
  const hasher = new PathHasher(crypto, header.hashKey)
  for (const key of ['none', 'a/none', 'b/a/x', 'a', 'c', 'dd/a/b/c', '__proto__/a']) {
    const path = hasher.pathOf(bytesOf(key))
    const shared = [...model.now.keys()].map((other) => {
      return hasher.pathOf(bytesOf(other)).differsFrom(path)
    })
    const closest = await trie.closest(bytesOf(key))
    const found = closest && hasher.pathOf(closest.key).differsFrom(path)
    assert.equal(found, shared.length === 0 ? undefined : Math.max(...shared))
  }
}

async function checkPrefixes(view: TrieView, content: ReadonlyMap<string, string>): Promise<void> {
  for (const prefix of ['a', 'b', 'a/b', 'none', '__proto__']) {
    const found = await contentOf(view, bytesOf(prefix))
    assert.deepEqual(sorted(found), sorted(under(content, prefix)))
    await checkChildren(view, content, prefix)
  }
  await checkChildren(view, content, undefined)
}

async function checkChildren(
  view: TrieView,
  content: ReadonlyMap<string, string>,
  prefix: string | undefined,
): Promise<void> {
  const found = new Map<string, string>()
  for await (const child of view.list(prefix)) {
    const key = latin1(child.key)
    assert.ok(!found.has(key))
    assert.equal(prefix === undefined ? latin1(child.name) : `${prefix}/${latin1(child.name)}`, key)
    found.set(key, `${child.entry ? latin1(child.entry.value) : '-'} ${child.hasChildren}`)
  }
  const start = prefix === undefined ? '' : `${prefix}/`
  const expected = new Map<string, string>()
  for (const key of content.keys()) {
    if (!key.startsWith(start)) continue
    const child = start + key.slice(start.length).split('/')[0]!
    const hasChildren = [...content.keys()].some((other) => other.startsWith(`${child}/`))
    expected.set(child, `${content.get(child) ?? '-'} ${hasChildren}`)
  }
  assert.deepEqual(sorted(found), sorted(expected))
}

async function checkHistory({ trie, model }: Subject): Promise<void> {
  const changes = await collect(trie.history(), ({ type, key, value }) => {
    return { type, key: latin1(key), value: value && latin1(value) }
  })
  assert.deepEqual(changes, model.history)
  const newest = await collect(trie.history({ reverse: true, from: 3, to: 5 }))
  const versions = [5, 4, 3].filter((version) => version <= trie.version)
  assert.deepEqual(
    newest.map(({ version }) => version),
    versions,
  )
}

/** Each difference once, in parts: after every third one the diff begins anew from its checkpoint. */
async function checkDiff({ trie, model }: Subject, from: number, to: number): Promise<void> {
  const [before, after] = [model.versions[from]!, model.versions[to]!]
  const view = trie.checkout(to)
  const found = new Map<string, string>()
  let diff = view.diff(from)
  for (let isDone = false; !isDone;) {
    isDone = true
    let count = 0
    for await (const difference of diff) {
      const key = latin1(difference.key)
      assert.ok(!found.has(key), 'a difference comes once')
      const [old, now] = [difference.before, difference.after].map((e) => e && latin1(e.value))
      found.set(key, `${old} ${now}`)
      if (++count < 3) continue
      isDone = false
      break
    }
    diff = trie.diff(0, { checkpoint: diff.checkpoint() })
  }
  for (const key of new Set([...before.keys(), ...after.keys()])) {
    const expected = `${before.get(key)} ${after.get(key)}`
    // A key that was put again with what it had counts as changed.
    if (before.get(key) !== after.get(key)) assert.equal(found.get(key), expected)
    else assert.ok(found.get(key) === undefined || found.get(key) === expected)
    found.delete(key)
  }
  assert.deepEqual([...found], [])
}

/** Whatever the order is, whoever begins behind a key gets exactly what comes after it. */
async function checkAfter(view: TrieView): Promise<void> {
  const keys = await collect(view.iterate(), ({ key }) => latin1(key))
  for (const [i, key] of keys.entries()) {
    const rest = await collect(view.iterate({ after: bytesOf(key) }), (e) => latin1(e.key))
    assert.deepEqual(rest, keys.slice(i + 1))
  }
}

async function checkAll(subject: Subject, seed: number): Promise<void> {
  const { trie, model } = subject
  await checkReads(trie, model.now)
  await checkPrefixes(trie, model.now)
  await checkHistory(subject)
  await checkAfter(trie)
  await checkClosest(subject)
  if (trie.version === 0) return
  const newest = trie.version
  for (const version of [seed % (newest + 1), (7 * seed) % (newest + 1)]) {
    await checkReads(trie.checkout(version), model.versions[version]!)
    await checkDiff(subject, version, newest)
    await checkDiff(subject, newest, version)
  }
  subject.list.forget()
  const remote = await Trie.open({ log: subject.list.log(), crypto: subject.crypto })
  await checkReads(remote, model.now)
}

for (const [name, cryptography, numRuns] of [
  ['the real hash', crypto, 60],
  ['a hash of 4 bits', weakCrypto(4), 60],
  ['a hash of 1 bit', weakCrypto(1), 60],
  ['a hash that is always the same', weakCrypto(0), 40],
] as const) {
  test(`a trie with ${name} is a map that remembers`, async () => {
    const property = fc.asyncProperty(
      fc.array(stepArbitrary, { maxLength: 30 }),
      fc.nat(1000),
      async (steps, seed) => {
        const subject = await run(cryptography, steps)
        await checkAll(subject, seed)
      },
    )
    await fc.assert(property, { numRuns })
  })
}
