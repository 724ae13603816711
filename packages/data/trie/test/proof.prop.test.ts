// Goal: a proof shows what a key has to somebody who knows nothing but the log's name, and nothing false can be shown.
// Method: random tries on real logs, every key and others; then proofs that were changed, cut, mixed or forged by the author.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { HASH_BYTES, TreeHasher, signHead } from '@hamlet/log'
import {
  decodeTrieProof,
  encodeTrieProof,
  multiProofOf,
  multiProofRoot,
  proveKey,
  verifyTrieProof,
} from '@hamlet/trie'
import { LevelReader } from '../src/level-reader.ts'
import { parseNode } from '../src/node.ts'
import { PathHasher } from '../src/path.ts'
import { crypto, latin1, openSignedTrie, signer, weakCrypto } from './_tries.ts'
import type { Crypto } from '@hamlet/core'
import type { Log } from '@hamlet/log'
import type { Trie, TrieProof } from '@hamlet/trie'

const KEYS = ['a', 'b', 'a/b', 'a/c', 'b/a', 'c/d/e', '', '/', 'zz'].filter((key) => key !== '')
const keyArbitrary = fc.constantFrom(...KEYS)
const writesArbitrary = fc.array(
  fc.record({ key: keyArbitrary, value: fc.string({ maxLength: 3 }), isPut: fc.boolean() }),
  { minLength: 1, maxLength: 20 },
)

type Writes = typeof writesArbitrary extends fc.Arbitrary<infer T> ? T : never

interface Signed {
  readonly log: Log
  readonly trie: Trie
  readonly content: Map<string, string>
}

async function written(writes: Writes, cryptography: Crypto = crypto): Promise<Signed> {
  const { log, trie } = await openSignedTrie({ crypto: cryptography })
  const content = new Map<string, string>()
  await trie.put('zz', 'last')
  content.set('zz', 'last')
  for (const { key, value, isPut } of writes) {
    if (isPut) await trie.put(key, value)
    else await trie.del(key)
    if (isPut) content.set(key, value)
    else content.delete(key)
  }
  return { log, trie, content }
}

/** The value shown; `undefined` for a key shown to be absent. Paths are made with `cryptography`, all else is real. */
function shown(log: Log, key: string, proof: TrieProof, cryptography: Crypto = crypto) {
  const identity = { logId: log.id, publicKey: signer.publicKey }
  const result = verifyTrieProof(cryptography, identity, key, proof)
  if (!result.ok) return result.error.code
  return { value: result.value.entry && latin1(result.value.entry.value) }
}

test('every key is shown to be there with its value, and every other not to be there', async () => {
  const property = fc.asyncProperty(writesArbitrary, async (writes) => {
    const { log, trie, content } = await written(writes)
    for (const key of [...KEYS, 'none', 'a/none']) {
      const encoded = encodeTrieProof(proveKey(trie, log, key))
      const decoded = decodeTrieProof(encoded)
      assert.ok(decoded.ok)
      assert.deepEqual(encodeTrieProof(decoded.value), encoded)
      assert.deepEqual(shown(log, key, decoded.value), { value: content.get(key) })
    }
  })
  await fc.assert(property, { numRuns: 30 })
})

test('a proof of one key shows nothing false of another', async () => {
  const property = fc.asyncProperty(
    writesArbitrary,
    keyArbitrary,
    keyArbitrary,
    async (writes, key, other) => {
      const { log, trie, content } = await written(writes)
      const answer = shown(log, other, proveKey(trie, log, key))
      if (answer !== 'TRIE_PROOF_WRONG') assert.deepEqual(answer, { value: content.get(other) })
    },
  )
  await fc.assert(property, { numRuns: 60 })
})

test('a proof of which one byte was changed is refused', async () => {
  const { log, trie } = await written([
    { key: 'a', value: '1', isPut: true },
    { key: 'a/b', value: '2', isPut: true },
    { key: 'b', value: '', isPut: false },
  ])
  const encoded = encodeTrieProof(proveKey(trie, log, 'a'))
  for (let at = 0; at < encoded.length; at++) {
    for (const flip of [1, 0x80]) {
      const changed = encoded.slice()
      changed[at]! ^= flip
      const decoded = decodeTrieProof(changed)
      const code = decoded.ok ? shown(log, 'a', decoded.value) : decoded.error.code
      assert.ok(code === 'TRIE_MALFORMED' || code === 'TRIE_PROOF_WRONG', `byte ${at}`)
    }
  }
})

test('a proof that lacks a block or hash, or has one too many, is refused', async () => {
  const { log, trie } = await written([
    { key: 'a', value: '1', isPut: true },
    { key: 'b', value: '2', isPut: true },
    { key: 'c/d/e', value: '3', isPut: true },
    { key: 'a/b', value: '4', isPut: true },
    { key: 'a/c', value: '5', isPut: true },
  ])
  const proof = proveKey(trie, log, 'b')
  for (const index of proof.blocks.keys()) {
    const blocks = new Map([...proof.blocks].filter(([other]) => other !== index))
    assert.equal(shown(log, 'b', { ...proof, blocks }), 'TRIE_PROOF_WRONG')
    const indexes = [...blocks.keys()]
    const hashes = multiProofOf(log, proof.head.length, indexes)
    // The rest is in the log, but the walk cannot be made.
    assert.equal(shown(log, 'b', { ...proof, blocks, hashes }), 'TRIE_PROOF_WRONG')
  }
  const { hashes } = proof
  assert.ok(hashes.length > 0)
  const more = [...hashes, new Uint8Array(HASH_BYTES)]
  assert.equal(shown(log, 'b', { ...proof, hashes: hashes.slice(1) }), 'TRIE_PROOF_WRONG')
  assert.equal(shown(log, 'b', { ...proof, hashes: more }), 'TRIE_PROOF_WRONG')
})

test('a head of somebody else, of another log or of an older length is refused', async () => {
  const { log, trie } = await written([{ key: 'a', value: '1', isPut: true }])
  const proof = proveKey(trie, log, 'a')
  const stranger = crypto.signer(new Uint8Array(32).fill(8))
  const { length, root } = proof.head
  const forged = signHead(stranger, log.id, length, root)
  assert.equal(shown(log, 'a', { ...proof, head: forged }), 'TRIE_PROOF_WRONG')
  const older = signHead(signer, log.id, length - 1, log.root(length - 1))
  assert.equal(shown(log, 'a', { ...proof, head: older }), 'TRIE_PROOF_WRONG')
})

test('a proof names the fork of the log whose head it has, and no other', async () => {
  const { log, trie } = await written([{ key: 'a', value: '1', isPut: true }])
  await log.truncate(2)
  await trie.put('b', '2')
  const proof = proveKey(trie, log, 'a')
  assert.equal(proof.fork, 1)
  assert.deepEqual(shown(log, 'a', proof), { value: undefined })
  assert.equal(shown(log, 'a', { ...proof, fork: 0 }), 'TRIE_PROOF_WRONG')
  assert.equal(shown(log, 'a', { ...proof, fork: 2 }), 'TRIE_PROOF_WRONG')
})

test('an author who signs nodes that contradict their keys shows nothing by them', async () => {
  const { log, trie } = await written([{ key: 'a', value: '1', isPut: true }])
  const { hashes: _, ...proof } = proveKey(trie, log, 'a')
  const hasher = new TreeHasher(crypto)
  const newest = proof.head.length - 1
  // The level's own symbol is changed: a walk to other keys would go wrong.
  const block = proof.blocks.get(newest)!.slice()
  block[2]! ^= 1
  const blocks = new Map([...proof.blocks, [newest, block] as const])
  const hashes = multiProofOf(log, proof.head.length, [...blocks.keys()])
  const root = multiProofRoot(hasher, proof.head.length, blocks, hashes)!
  const head = signHead(signer, log.id, proof.head.length, root)
  assert.equal(shown(log, 'a', { fork: 0, head, blocks, hashes }), 'TRIE_PROOF_WRONG')
})

test('an author who signs a node that leads elsewhere hides no key by it', async () => {
  const writes = ['a', 'b', 'd', 'e', 'f', 'g', 'h', 'a/b', 'a/c', 'b/a', 'c/d/e'].map((key) => ({
    key,
    value: key,
    isPut: true,
  }))
  const { log, trie } = await written(writes)
  const hasher = new PathHasher(crypto, (await trie.header())!.hashKey)
  const newest = log.length - 1
  const pathAt = (index: number) => hasher.pathOf(parseNode(index, log.get(index))!.key)
  // The first pointer of the newest node, behind the head of its first level, and nodes of other ways to lead to instead.
  const block = log.get(newest)
  const levels = new LevelReader().open(parseNode(newest, block)!)
  assert.ok(levels.next())
  const { position } = levels
  const honest = levels.takePointer()
  assert.equal(newest - block[3]!, honest)
  const way = pathAt(honest).symbolAt(position)
  const key = parseNode(honest, log.get(honest))!.key
  let forged = 0
  for (let index = 1; index < newest; index++) {
    if (pathAt(index).symbolAt(position) === way) continue
    const changed = block.slice()
    changed[3] = newest - index
    const visited = [0, index, ...trie.visitedBy(key)].filter((each) => each !== newest)
    const blocks = new Map(
      [...new Set(visited)].sort((a, b) => a - b).map((at) => [at, log.get(at)]),
    )
    blocks.set(newest, changed)
    const hashes = multiProofOf(log, log.length, [...blocks.keys()])
    const root = multiProofRoot(new TreeHasher(crypto), log.length, blocks, hashes)!
    const head = signHead(signer, log.id, log.length, root)
    assert.equal(shown(log, latin1(key), { fork: 0, head, blocks, hashes }), 'TRIE_PROOF_WRONG')
    forged++
  }
  assert.ok(forged > 0)
})

test('keys of one path are shown apart', async () => {
  const weak = weakCrypto(0)
  const writes = ['a', 'b', 'zz', 'a'].map((key, i) => ({ key, value: `${i}`, isPut: true }))
  // The weak hash is for paths only: the log's own hashes are real.
  const { log, trie, content } = await written(writes, weak)
  for (const key of ['a', 'b', 'zz', 'none']) {
    const proof = proveKey(trie, log, key)
    const nodes = proof.blocks
    assert.ok(nodes.size >= 2)
    const both: Crypto = {
      ...weak,
      hash: (...parts) => (isTreeInput(parts) ? crypto.hash(...parts) : weak.hash(...parts)),
    }
    assert.deepEqual(shown(log, key, proof, both), { value: content.get(key) })
  }
})

/** Leaves begin with 0, nodes with 1; a hash key of this test with neither. */
function isTreeInput(parts: readonly Uint8Array[]): boolean {
  return parts[0]![0]! < 2 || parts[0]!.length > 200
}

test('a proof of several blocks leads to the root, for every subset of small trees', async () => {
  const { log } = await written([
    { key: 'a', value: '1', isPut: true },
    { key: 'b', value: '2', isPut: true },
    { key: 'c/d/e', value: '3', isPut: true },
    { key: 'a/b', value: '4', isPut: true },
  ])
  const hasher = new TreeHasher(crypto)
  for (let length = 1; length <= log.length; length++) {
    for (let subset = 0; subset < 2 ** length; subset++) {
      const indexes = Array.from({ length }, (_, i) => i).filter((i) => subset & (1 << i))
      const hashes = multiProofOf(log, length, indexes)
      const blocks = new Map(indexes.map((index) => [index, log.get(index)]))
      const root = multiProofRoot(hasher, length, blocks, hashes)
      assert.deepEqual(root, log.root(length))
    }
  }
})
