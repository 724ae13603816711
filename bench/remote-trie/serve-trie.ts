/** A process that serves a trie over TCP: `fork` it with a directory and so many keys. */

import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { exchangeOver, Log, LogExchange } from '@hamlet/log'
import { createNodeDisk } from '@hamlet/store/node'
import { answerTrieHints, Trie, trieLogOf } from '@hamlet/trie'
import { AUTHOR_SEED, keyOf, NAMESPACE, valueOf } from './shape.ts'

const BATCH = 10_000

const [directory, count] = process.argv.slice(2) as [string, string]
const crypto = createNodeCrypto()
const random = createNodeRandom()
const signer = crypto.signer(AUTHOR_SEED)
const { publicKey } = signer
const disk = createNodeDisk(directory)
const options = { disk, crypto, directory: 'log', publicKey, namespace: NAMESPACE, signer }
const log = await Log.open(options)
const trie = await Trie.open({ log: trieLogOf(log), crypto, random })
for (let from = 0; from < Number(count); from += BATCH) {
  await trie.batch(
    Array.from({ length: Math.min(BATCH, Number(count) - from) }, (_, i) => {
      return { type: 'put', key: keyOf(from + i), value: valueOf(from + i) } as const
    }),
  )
}
const exchange = new LogExchange({ crypto, clock: createNodeClock(), random })
answerTrieHints(exchange.add(log), trie)
const server = createServer((socket) => {
  socket.setNoDelay(true)
  void exchangeOver(exchange, socket, 'reader')
})
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
process.on('disconnect', () => process.exit())
