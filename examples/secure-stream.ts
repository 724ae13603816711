/**
 * A stream to whoever holds a key: encrypted, both ends proven, and the key is all one has to know.
 *
 *     node examples/secure-stream.ts                    a server: prints its key and where it is, says what callers say
 *     node examples/secure-stream.ts KEY [ADDRESS...]   a caller: what it reads on standard input goes to the server
 *
 * In one local network the key is enough. Elsewhere give an address that the server printed.
 */

import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer } from '@hamlet/network'

const [key, ...addresses] = process.argv.slice(2)
if (key === undefined) await serve()
else await call(Buffer.from(key, 'hex'))

async function serve(): Promise<void> {
  const server = createServer({
    seed: randomBytes(32),
    async onConnection(stream, caller) {
      stream.write('Good evening. I shall say it louder.\n')
      for await (const chunk of stream) stream.write(String(chunk).toUpperCase())
      stream.end()
      process.stdout.write(`${Buffer.from(caller).toString('hex')} was here\n`)
    },
  })
  await server.listen()
  process.stdout.write(`key ${Buffer.from(server.publicKey).toString('hex')}\n`)
  for (const address of server.addresses()) process.stdout.write(`at  ${address}\n`)
  await once(process, 'SIGINT')
  await server.close()
}

async function call(publicKey: Uint8Array): Promise<void> {
  const stream = await connect(publicKey, { addresses, mdns: addresses.length === 0 })
  process.stdin.pipe(stream)
  for await (const chunk of stream) process.stdout.write(chunk as Uint8Array)
}
