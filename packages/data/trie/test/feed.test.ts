/**
 * A trie in a feed: what is in it is read and proven as in a plain log, and of an encrypted one only by who has the secret.
 */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createNodeClock } from '@hamlet/identity/node'
import { Feed, feedPayloads, Log } from '@hamlet/log'
import { createMemoryDisk } from '@hamlet/store'
import {
  decodeTrieProof,
  encodeTrieProof,
  proveKey,
  Trie,
  trieLogOfFeed,
  verifyTrieProof,
} from '@hamlet/trie'
import { crypto, latin1, namespace, seededRandom, signer } from './_tries.ts'

const SECRET = new Uint8Array(32).fill(5)

for (const secret of [undefined, SECRET]) {
  const kind = secret ? 'an encrypted feed' : 'a plain feed'
  test(`what a key has in ${kind} is shown to whoever knows the log, and nothing else is`, async () => {
    const disk = createMemoryDisk()
    const { publicKey } = signer
    const common = { crypto, publicKey, namespace, disk, directory: 'log' }
    await using log = await Log.open({ ...common, signer })
    const place = { crypto, clock: createNodeClock(), id: log.id, source: log, writer: log }
    const feed = Feed.over({ ...place, ...(secret && { secret }) })
    const options = { log: trieLogOfFeed(feed), crypto, random: seededRandom(1) }
    await using trie = await Trie.open(options)
    for (let i = 0; i < 40; i++) await trie.put(`key/${i}`, `value ${i}`)
    await trie.del('key/7')
    assert.equal(latin1((await trie.get('key/8'))!.value), 'value 8')

    const identity = { logId: log.id, publicKey }
    const payloadOf = feedPayloads(crypto, log.id, secret)
    for (const key of ['key/0', 'key/8', 'key/39', 'key/7', 'key', 'nowhere']) {
      const encoded = encodeTrieProof(proveKey(trie, log, key))
      const proof = decodeTrieProof(encoded)
      assert.ok(proof.ok)
      const proven = verifyTrieProof(crypto, { ...identity, payloadOf }, key, proof.value)
      assert.ok(proven.ok, key)
      const there = await trie.get(key)
      const { entry } = proven.value
      assert.equal(entry && latin1(entry.value), there && latin1(there.value))
      const without = verifyTrieProof(crypto, identity, key, proof.value)
      assert.equal(without.ok || without.error.code, 'TRIE_PROOF_WRONG')
      if (!secret) continue
      const other = feedPayloads(crypto, log.id, new Uint8Array(32).fill(6))
      for (const wrong of [other, feedPayloads(crypto, log.id)]) {
        const shown = verifyTrieProof(crypto, { ...identity, payloadOf: wrong }, key, proof.value)
        assert.equal(shown.ok || shown.error.code, 'TRIE_PROOF_WRONG')
      }
    }
  })
}
