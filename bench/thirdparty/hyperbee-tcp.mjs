/** Hyperbee between two processes over loopback: `fork` this file to serve, and once more to read. */

import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import Hyperbee from 'hyperbee'
import Hypercore from 'hypercore'

const BATCH = 1000

const [how, ...options] = process.argv.slice(2)
if (how === 'serve') await serve(...options)
else readWhenTold()

function readWhenTold() {
  process.on('message', async ({ directory, served, numbers, inFlight }) => {
    process.send(await fetchKeys(directory, served, numbers, inFlight))
  })
  process.on('disconnect', () => process.exit())
  process.send('ready')
}

/** Makes a trie of so many keys and tells the parent process where it is. */
async function serve(directory, count) {
  const trie = await openHyperbee(directory)
  for (let from = 0; from < Number(count); from += BATCH) {
    await trie.batch(
      Array.from({ length: BATCH }, (_, i) => ({
        type: 'put',
        key: keyOf(from + i),
        value: valueOf(from + i),
      })),
    )
  }
  const server = createServer((socket) => join(socket, trie.replicate(false)))
  server.listen(0, '127.0.0.1', () => {
    process.send({ port: server.address().port, key: trie.key.toString('hex') })
  })
  process.on('disconnect', () => process.exit())
}

/** Seconds and bytes received for the keys of these numbers, so many at a time, by a reader without a block. */
async function fetchKeys(directory, { port, key }, numbers, inFlight) {
  const trie = await openHyperbee(directory, Buffer.from(key, 'hex'))
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  join(socket, trie.replicate(true))
  await trie.update()
  const start = performance.now()
  const before = socket.bytesRead
  const waiting = numbers.values()
  const worker = async () => {
    for (const number of waiting) {
      const value = await trie.get(keyOf(number))
      if (Buffer.compare(value, valueOf(number)) !== 0) throw new Error('hyperbee: another value')
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  const seconds = (performance.now() - start) / 1000
  const bytes = socket.bytesRead - before
  socket.destroy()
  await trie.close()
  return { seconds, bytes }
}

function join(socket, stream) {
  socket.setNoDelay(true)
  socket.pipe(stream).pipe(socket)
  socket.on('error', () => undefined)
  stream.on('error', () => undefined)
}

async function openHyperbee(directory, key) {
  const core = new Hypercore(directory, key)
  const bee = new Hyperbee(core, { keyEncoding: 'utf-8', valueEncoding: 'binary' })
  await bee.ready()
  return {
    key: core.key,
    async batch(entries) {
      const batch = bee.batch()
      for (const each of entries) await batch.put(each.key, each.value)
      await batch.flush()
    },
    get: async (name) => (await bee.get(name))?.value,
    update: () => core.update({ wait: true }),
    replicate: (isInitiator) => core.replicate(isInitiator),
    close: () => bee.close(),
  }
}

function keyOf(number) {
  const scattered = (number * 7919) % 10_000_019
  return `folder-${scattered % 1000}/key-${scattered}`
}

function valueOf(number) {
  const value = Buffer.alloc(100, number & 0xff)
  value.writeUInt32BE(number)
  return value
}
