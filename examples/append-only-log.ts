/**
 * A log over such a stream: one writes, anybody who has the key reads any block and checks it, without the others.
 *
 *     node examples/append-only-log.ts                            an author: every line of standard input becomes a block
 *     node examples/append-only-log.ts KEY NUMBER [ADDRESS...]    a reader: gets one block, or says what is wrong
 */

import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { exchangeOver, Log, LogExchange, SparseLog } from '@hamlet/log'
import { connect, createServer } from '@hamlet/network'
import { createMemoryDisk } from '@hamlet/store'

const [crypto, clock, random] = [createNodeCrypto(), createNodeClock(), createNodeRandom()]
const common = { crypto, disk: createMemoryDisk(), directory: 'log', namespace: new Uint8Array(32) }
const exchange = new LogExchange({ crypto, clock, random })
const [key, number, ...addresses] = process.argv.slice(2)
if (key === undefined) await write()
else await read(Buffer.from(key, 'hex'), Number(number))

async function write(): Promise<void> {
  const seed = randomBytes(32)
  const signer = crypto.signer(seed)
  const log = await Log.open({ ...common, signer, publicKey: signer.publicKey })
  exchange.add(log)
  await using server = createServer({
    seed,
    onConnection: (stream) => exchangeOver(exchange, stream, 'a reader'),
  })
  await server.listen()
  process.stdout.write(`key ${Buffer.from(signer.publicKey).toString('hex')}\n`)
  for (const address of server.addresses()) process.stdout.write(`at  ${address}\n`)
  for await (const line of createInterface(process.stdin)) {
    const { from } = await log.append([Buffer.from(line)])
    process.stdout.write(`block ${from}: ${line}\n`)
  }
}

async function read(publicKey: Uint8Array, index: number): Promise<void> {
  const log = await SparseLog.open({ ...common, publicKey })
  exchange.add(log)
  const stream = await connect(publicKey, { addresses, mdns: addresses.length === 0 })
  const isLong = Promise.withResolvers<undefined>()
  log.watch(() => log.length > index && isLong.resolve(undefined))
  void exchangeOver(exchange, stream, 'the author').then(() =>
    isLong.reject(new Error('no such block')),
  )
  await isLong.promise
  process.stdout.write(`${new TextDecoder().decode(await log.load(index))}\n`)
  process.stdout.write(`verified; ${log.storedCount} of ${log.length} blocks are here\n`)
  stream.destroy()
}
