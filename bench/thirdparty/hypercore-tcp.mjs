/** Hypercore between two processes over loopback: `fork` this file to serve, call `fetchAll` to copy. */

import { connect, createServer } from 'node:net'
import Hypercore from 'hypercore'

const BATCH = 1000

if (process.argv[2] === 'serve') await serve(process.argv[3], ...process.argv.slice(4).map(Number))

/** Makes a core of so many blocks and tells the parent process where it is. */
async function serve(directory, blocks, bytes) {
  const core = new Hypercore(directory)
  await core.ready()
  for (let from = 0; from < blocks; from += BATCH) {
    await core.append(Array.from({ length: BATCH }, (_, i) => blockOf(from + i, bytes)))
  }
  const server = createServer((socket) => {
    const stream = core.replicate(false)
    socket.pipe(stream).pipe(socket)
    socket.on('error', () => undefined)
    stream.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1', () => {
    process.send({ port: server.address().port, key: core.key.toString('hex') })
  })
  process.on('message', () => {
    const { user, system } = process.cpuUsage()
    process.send({ usedMs: (user + system) / 1000 })
  })
  process.on('disconnect', () => process.exit())
}

/** Seconds from connecting until all blocks are here. */
export async function fetchAll(directory, { port, key }, blocks) {
  const core = new Hypercore(directory, Buffer.from(key, 'hex'))
  await core.ready()
  const start = performance.now()
  const socket = connect(port, '127.0.0.1')
  const stream = core.replicate(true)
  socket.pipe(stream).pipe(socket)
  socket.on('error', () => undefined)
  stream.on('error', () => undefined)
  await core.update({ wait: true })
  await core.download({ start: 0, end: blocks }).done()
  const seconds = (performance.now() - start) / 1000
  if (!(await core.has(0, blocks))) throw new Error('hypercore copied less than asked')
  socket.destroy()
  await core.close()
  return seconds
}

/** Seconds and bytes received for some blocks of a core that is open already, one at a time or all at once. */
export async function fetchSparse(directory, { port, key }, indexes, atOnce) {
  const core = new Hypercore(directory, Buffer.from(key, 'hex'))
  await core.ready()
  const socket = connect(port, '127.0.0.1')
  const stream = core.replicate(true)
  socket.pipe(stream).pipe(socket)
  socket.on('error', () => undefined)
  stream.on('error', () => undefined)
  await core.update({ wait: true })
  const start = performance.now()
  const before = socket.bytesRead
  let sum = 0
  if (atOnce) {
    const blocks = await Promise.all(indexes.map((index) => core.get(index)))
    for (const block of blocks) sum += block.length
  } else {
    for (const index of indexes) sum += (await core.get(index)).length
  }
  const seconds = (performance.now() - start) / 1000
  const bytes = socket.bytesRead - before
  if (sum !== 100 * indexes.length) throw new Error('hypercore read other blocks')
  socket.destroy()
  await core.close()
  return { seconds, bytes }
}

function blockOf(index, bytes) {
  const block = Buffer.alloc(bytes, index & 0xff)
  block.writeUInt32BE(index)
  return block
}
