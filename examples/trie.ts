/**
 * Keys and values by a public key: one process writes, another reads a key and knows nothing but the trie's name.
 *
 *     node examples/trie.ts serve                                    prints the name and addresses, sets a key a line of input
 *     node examples/trie.ts get <name> <key> [address]...            prints the value, and how many blocks that took
 */

import { createInterface } from 'node:readline'
import { bytesToHex, decodeUtf8, hexToBytes } from '@hamlet/core'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { exchangeOver, Log, LogExchange, SparseLog } from '@hamlet/log'
import { connect, createServer } from '@hamlet/network'
import { createMemoryDisk } from '@hamlet/store'
import { answerTrieHints, openRemoteTrie, Trie, trieLogOf } from '@hamlet/trie'

const [clock, crypto, random] = [createNodeClock(), createNodeCrypto(), createNodeRandom()]
const common = { disk: createMemoryDisk(), crypto, namespace: new Uint8Array(32) }
const exchange = new LogExchange({ crypto, clock, random })
const [how, name = '', key = '', ...addresses] = process.argv.slice(2)

if (how === 'serve') await serve()
else await get(hexToBytes(name)!)

async function serve(): Promise<void> {
  const seed = random.bytes(32)
  const signer = crypto.signer(seed)
  const { publicKey } = signer
  const log = await Log.open({ ...common, directory: 'log', publicKey, signer })
  const trie = await Trie.open({ log: trieLogOf(log), crypto, random })
  answerTrieHints(exchange.add(log), trie)
  const server = createServer({
    seed,
    onConnection: (stream, caller) => exchangeOver(exchange, stream, bytesToHex(caller)),
  })
  await server.listen()
  console.log([bytesToHex(publicKey), ...server.addresses()].join('\n'))
  for await (const line of createInterface({ input: process.stdin })) {
    const [path = '', ...value] = line.split(' ')
    console.log(`version ${await trie.put(path, value.join(' '))}`)
  }
  await server.close()
}

async function get(publicKey: Uint8Array): Promise<void> {
  const sparse = await SparseLog.open({ ...common, directory: 'copy', publicKey })
  const remote = await openRemoteTrie(sparse, exchange.add(sparse), { crypto })
  const stream = await connect(publicKey, { addresses })
  const over = exchangeOver(exchange, stream, name)
  await new Promise<void>((resolve) => {
    sparse.watch(({ type }) => type === 'head' && resolve())
  })
  const entry = await remote.get(key)
  console.log(entry === undefined ? '(nothing)' : decodeUtf8(entry.value))
  console.log(`${sparse.storedCount} of ${sparse.length} blocks came`)
  stream.destroy()
  await over
}
