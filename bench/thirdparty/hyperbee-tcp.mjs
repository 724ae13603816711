/** Hyperbee between two processes over loopback: `fork` this file to make a trie, to serve it, and once more to read. */

import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import Hyperbee from 'hyperbee'
import Hypercore from 'hypercore'
import { batches, keyOf, valueOf } from './remote-keys.mjs'

const [how, ...options] = process.argv.slice(2)
if (how === 'make') await make(...options)
else if (how === 'serve') await serve(...options)
else readWhenTold()

function readWhenTold() {
  process.on('message', async ({ directory, served, numbers, inFlight }) => {
    process.send(await fetchKeys(directory, served, numbers, inFlight))
  })
  process.on('disconnect', () => process.exit())
  process.send('ready')
}

async function make(directory, count) {
  const trie = await openHyperbee(directory)
  for (const batch of batches(Number(count))) await trie.batch(batch)
  await trie.close()
  process.disconnect()
}

/** Tells the parent process where the trie is. */
async function serve(directory) {
  const trie = await openHyperbee(directory)
  const server = createServer((socket) => join(socket, trie.replicate(false)))
  server.listen(0, '127.0.0.1', () => {
    process.send({ port: server.address().port, key: trie.key.toString('hex') })
  })
  process.on('disconnect', () => process.exit())
}

/** Seconds, bytes received and processor time for the keys of these numbers, so many at a time, by a reader without a block. */
async function fetchKeys(directory, { port, key }, numbers, inFlight) {
  const trie = await openHyperbee(directory, Buffer.from(key, 'hex'))
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  join(socket, trie.replicate(true))
  await trie.update()
  const start = performance.now()
  const before = socket.bytesRead
  const used = process.cpuUsage()
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
  const { user, system } = process.cpuUsage(used)
  socket.destroy()
  await trie.close()
  return { seconds, bytes, processorUs: user + system }
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
