/**
 * A peer that is not honest, as a process of its own: `hostile-peer.ts up --behaviour lie|stall`, and else the options of
 * `hamlet up`. It is put together from the packages as `hamlet up` is, but for its line to others (`hostile-net.ts`).
 *
 * Honest until SIGUSR2 comes, and for so many chunks after (`--honest-chunks`).
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { SWARM_PROTOCOL } from '@hamlet/blobs'
import { scopedDisk, silentLogger, silentMetrics, utf8 } from '@hamlet/core'
import { createHttpServer, createTokenFile } from '@hamlet/http/node'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { createNetwork } from '@hamlet/network'
import { Peer } from '@hamlet/peer'
import { openKeys } from '@hamlet/peer/node'
import { SYNC_PROTOCOL } from '@hamlet/space'
import { prefixedKv } from '@hamlet/store'
import { createLevelKv, createNodeDisk } from '@hamlet/store/node'
import { BEHAVIOURS, HostileNet } from './hostile-net.ts'

const ports = {
  ...{ crypto: createNodeCrypto(), random: createNodeRandom(), clock: createNodeClock() },
  ...{ logger: silentLogger, metrics: silentMetrics },
}
const { values } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string' },
    listen: { type: 'string', multiple: true },
    bootstrap: { type: 'string', multiple: true },
    behaviour: { type: 'string' },
    'honest-chunks': { type: 'string', default: '0' },
    // Of `hamlet up`; here they are always so.
    http: { type: 'string' },
    json: { type: 'boolean' },
    'no-open': { type: 'boolean' },
  },
})
const directory = values.data!
const behaviour = BEHAVIOURS.find((each) => each === values.behaviour)
if (behaviour === undefined) throw new Error(`--behaviour ${BEHAVIOURS.join('|')}`)

await mkdir(join(directory, 'run'), { recursive: true, mode: 0o700 })
const deviceName = 'a workshop'
const keys = await openKeys(ports, {
  ...{ path: join(directory, 'keys'), passphrase: undefined, deviceName },
})
const kv = await createLevelKv(join(directory, 'index'))
const network = await createNetwork({
  ...{ ...ports, deviceSeed: keys.ring.deviceSeed, protocols: [SYNC_PROTOCOL, SWARM_PROTOCOL] },
  ...{ storage: prefixedKv(kv, utf8('network/')), listen: values.listen ?? [] },
  ...{ files: scopedDisk(createNodeDisk(directory), 'network') },
  ...{ bootstrap: values.bootstrap ?? [], mdns: false },
})
const net = new HostileNet(network.net, behaviour)
const hostile = new Proxy(network, {
  get: (target, name) => {
    if (name === 'net') return net
    const value: unknown = Reflect.get(target, name, target)
    return typeof value === 'function' ? (value.bind(target) as unknown) : value
  },
})
const disk = scopedDisk(createNodeDisk(directory), 'peer')
const peer = await Peer.open(
  { ...ports, disk, kv: prefixedKv(kv, utf8('peer/')), network: hostile },
  { keys, version: '0.1.0', keysEncrypted: false, defaultDeviceName: deviceName },
)
const token = await createTokenFile(join(directory, 'run', 'token'), ports.random)
const socketPath = join(directory, 'run', 'api.sock')
const server = await createHttpServer({
  ...{ ...ports, api: peer, http: { host: '127.0.0.1', port: 0 }, socketPath },
  tokens: [{ token, scope: 'admin' }],
})
const { device, addresses } = await peer.status()
const info = { http: server.url, peer: device, addresses, data: directory }

process.on('SIGUSR2', () => net.turn(Number(values['honest-chunks'])))
process.once('SIGTERM', () => {
  void (async () => {
    await server[Symbol.asyncDispose]()
    await peer[Symbol.asyncDispose]()
    await network.close()
    await kv.close()
    process.exit(0)
  })()
})
process.stdout.write(`${JSON.stringify(info)}\n`)
