/** A process that serves a log over TCP: `fork` it with a directory, so many blocks, of so many bytes. */

import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { exchangeOver, Log, LogExchange } from '@hamlet/log'
import { createNodeDisk } from '@hamlet/store/node'
import { answerProcessorTime } from './processor-time.ts'
import { AUTHOR_SEED, blockOf, NAMESPACE } from './shape.ts'

const [directory, count, size] = process.argv.slice(2) as [string, string, string]
const [blocks, bytes] = [Number(count), Number(size)]

const BATCH_BYTES = 4 * 1024 * 1024

const crypto = createNodeCrypto()
const signer = crypto.signer(AUTHOR_SEED)
const { publicKey } = signer
const disk = createNodeDisk(directory)
const options = { disk, crypto, directory: 'log', publicKey, namespace: NAMESPACE, signer }
const log = await Log.open(options)
const batch = Math.max(1, Math.floor(BATCH_BYTES / bytes))
for (let from = log.length; from < blocks; from += batch) {
  const length = Math.min(batch, blocks - from)
  await log.append(Array.from({ length }, (_, i) => blockOf(from + i, bytes)))
}
const exchange = new LogExchange({
  crypto,
  clock: createNodeClock(),
  random: createNodeRandom(),
})
exchange.add(log)
const server = createServer((socket) => {
  socket.setNoDelay(true)
  void exchangeOver(exchange, socket, 'reader', { isSocket: true })
})
server.listen(0, '127.0.0.1', () => {
  process.send?.({ port: (server.address() as AddressInfo).port })
})
answerProcessorTime()
process.on('disconnect', () => process.exit())
