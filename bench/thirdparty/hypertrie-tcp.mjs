/** Hypertrie between two processes over loopback: `fork` this file to make a trie, to serve it, and once more to read. */

import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import hypertrie from 'hypertrie'
import { batches, keyOf, valueOf } from './remote-keys.mjs'

const promised = (call) =>
  new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value)))
  })

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
  const trie = await openHypertrie(directory)
  for (const batch of batches(Number(count))) await promised((done) => trie.batch(batch, done))
  await promised((done) => trie.feed.close(done))
  process.disconnect()
}

/** Tells the parent process where the trie is. */
async function serve(directory) {
  const trie = await openHypertrie(directory)
  const server = createServer((socket) => join(socket, trie.replicate(false, { live: true })))
  server.listen(0, '127.0.0.1', () => {
    process.send({ port: server.address().port, key: trie.key.toString('hex') })
  })
  process.on('disconnect', () => process.exit())
}

/** Seconds, bytes received and processor time for the keys of these numbers, so many at a time, by a reader without a block. */
async function fetchKeys(directory, { port, key }, numbers, inFlight) {
  const trie = await openHypertrie(directory, Buffer.from(key, 'hex'))
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  join(socket, trie.replicate(true, { live: true }))
  await promised((done) => trie.feed.update({ ifAvailable: false, minLength: 1 }, done))
  const start = performance.now()
  const before = socket.bytesRead
  const used = process.cpuUsage()
  const waiting = numbers.values()
  const worker = async () => {
    for (const number of waiting) {
      const { value } = await promised((done) => trie.get(keyOf(number), done))
      if (Buffer.compare(value, valueOf(number)) !== 0) throw new Error('hypertrie: another value')
    }
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  const seconds = (performance.now() - start) / 1000
  const bytes = socket.bytesRead - before
  const { user, system } = process.cpuUsage(used)
  socket.destroy()
  await promised((done) => trie.feed.close(done))
  return { seconds, bytes, processorUs: user + system }
}

function join(socket, stream) {
  socket.setNoDelay(true)
  socket.pipe(stream).pipe(socket)
  socket.on('error', () => undefined)
  stream.on('error', () => undefined)
}

async function openHypertrie(directory, key) {
  const trie = hypertrie(directory, key, { valueEncoding: 'binary', sparse: true })
  await promised((done) => trie.ready(done))
  return trie
}
