import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'

/** Everything on, and a connection open, when the network is closed. */
const SCRIPT = `
import { closeAll, startNode } from ${JSON.stringify(new URL('_util.ts', import.meta.url).href)}
const options = { mdns: true, dht: 'server', listen: undefined, relay: true, announceSelf: true }
const a = await startNode('a', { ...options, listen: ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'] })
const b = await startNode('b', { listen: ['/ip4/127.0.0.1/tcp/0'], dht: 'client' })
b.want([a.self])
await b.dial(a.addresses().filter((address) => address.includes('/ws')))
console.log(b.peers()[0].encryption)
await closeAll(a, b)
await Promise.all([a.close(), b.close()])
console.log('closed')
`

test('a process ends by itself once its networks are closed', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT])
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
  const timer = setTimeout(() => child.kill('SIGKILL'), 8000)
  const [code] = (await once(child, 'exit')) as [number | null]
  clearTimeout(timer)
  const text = Buffer.concat(output).toString()
  assert.match(text, /tls\/1\.0\.0\nclosed\n$/)
  assert.equal(code, 0, text)
})
