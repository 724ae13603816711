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

function blockOf(index, bytes) {
  const block = Buffer.alloc(bytes, index & 0xff)
  block.writeUInt32BE(index)
  return block
}
