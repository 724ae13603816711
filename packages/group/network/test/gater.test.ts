import assert from 'node:assert/strict'
import { test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { silentLogger } from '@hamlet/core'
import { AddressBook, BanBook, CONNECTIONS_MAX, CONNECTIONS_RESERVED } from '@hamlet/network'
import { BoundedDatastore } from '../src/node/bounded-datastore.ts'
import { Gater } from '../src/node/gater.ts'
import { addressDevice, deviceToPeerId, peerIdToDevice } from '../src/node/peer-ids.ts'
import { clock, deviceOf } from './_util.ts'
import type { Connection, MultiaddrConnection } from '@libp2p/interface'

/** As much of a connection as the gater looks at. */
function connection(device: string, address: string): Connection & MultiaddrConnection {
  const remoteAddr = multiaddr(address)
  const remotePeer = deviceToPeerId(device)
  return { remoteAddr, remotePeer, addEventListener: () => undefined } as never
}

async function createGater(open: Connection[] = [], bans?: BanBook): Promise<Gater> {
  const book = await AddressBook.open(clock)
  book.remember(deviceOf('b'), '/ip4/10.0.0.9/tcp/4001')
  return new Gater({
    logger: silentLogger,
    book,
    bans: bans ?? (await BanBook.open(clock)),
    allowPrivate: 'learned',
    isWanted: (device) => device === deviceOf('member'),
    connections: () => open,
  })
}

test('a private address is dialed only when it is trusted or remembered', async () => {
  const gater = await createGater()
  const denies = (address: string): boolean => gater.denyDialMultiaddr(multiaddr(address))
  const id = deviceToPeerId(deviceOf('b')).toString()
  assert.equal(denies('/ip4/93.184.216.34/tcp/4001'), false)
  assert.equal(denies('/ip4/10.0.0.8/tcp/4001'), true)
  assert.equal(denies(`/ip4/10.0.0.9/tcp/4001/p2p/${id}`), false)
  gater.trust(`/ip4/127.0.0.1/tcp/4001/p2p/${id}/p2p-circuit/p2p/${id}`)
  assert.equal(denies(`/ip4/127.0.0.1/tcp/4001/p2p/${id}`), false, 'the relay itself')
  assert.equal(denies(`/ip4/127.0.0.1/tcp/4001/p2p/${id}/p2p-circuit/p2p/${id}`), false)
  gater.trust('/ip4/0.0.0.0/tcp/4001')
  assert.equal(denies('/ip4/0.0.0.0/tcp/4001'), true, 'never, whoever says it')
})

test('strangers share few connections per address and leave room for members', async () => {
  const open: Connection[] = []
  const gater = await createGater(open)
  const enters = (name: string, address: string): boolean => {
    const one = connection(deviceOf(name), address)
    return !gater.denyInboundEncryptedConnection(one.remotePeer, one)
  }
  for (let i = 0; i < 3; i++) open.push(connection(deviceOf(`s${i}`), '/ip4/8.8.8.8/tcp/5000'))
  assert.equal(enters('s3', '/ip4/8.8.8.8/tcp/5001'), false)
  assert.equal(enters('s3', '/ip4/8.8.4.4/tcp/5001'), true)
  assert.equal(enters('member', '/ip4/8.8.8.8/tcp/5001'), true)
  for (let i = open.length; i < 80; i++) {
    open.push(connection(deviceOf(`s${i}`), `/ip4/9.9.9.${i}/tcp/5000`))
  }
  assert.equal(enters('s99', '/ip4/8.8.4.4/tcp/5001'), false)
  assert.equal(enters('member', '/ip4/8.8.8.8/tcp/5001'), true)
  while (open.length < CONNECTIONS_MAX) open.push(open[0]!)
  assert.equal(enters('member', '/ip4/8.8.8.8/tcp/5001'), false)
})

test('a banned device is refused both ways until the ban ends', async () => {
  const bans = await BanBook.open(clock)
  const gater = await createGater([], bans)
  const one = connection(deviceOf('bad'), '/ip4/8.8.8.8/tcp/5000')
  bans.ban(deviceOf('bad'), 30, 'a pause', false)
  assert.equal(gater.denyDialPeer(one.remotePeer), true)
  assert.equal(gater.denyInboundEncryptedConnection(one.remotePeer, one), true)
  await new Promise((resolve) => setTimeout(resolve, 40))
  assert.equal(gater.denyDialPeer(one.remotePeer), false)
})

test('twenty connections are kept for members, and a hundred are all there are', async () => {
  const open: Connection[] = []
  const gater = await createGater(open)
  const enters = (name: string): boolean => {
    const one = connection(deviceOf(name), '/ip4/8.8.4.4/tcp/5001')
    return !gater.denyInboundEncryptedConnection(one.remotePeer, one)
  }
  while (enters('stranger')) {
    open.push(connection(deviceOf(`s${open.length}`), `/ip4/9.9.9.${open.length}/tcp/5000`))
  }
  assert.equal(open.length, CONNECTIONS_MAX - CONNECTIONS_RESERVED)
  while (enters('member')) open.push(open[0]!)
  assert.equal(open.length, CONNECTIONS_MAX)
})

test('one host cannot hold many handshakes open', async () => {
  const gater = await createGater()
  const one = connection(deviceOf('x'), '/ip4/8.8.8.8/tcp/5000')
  const answers = Array.from({ length: 8 }, () => gater.denyInboundConnection({ ...one } as never))
  assert.deepEqual(answers, [false, false, false, false, false, false, true, true])
})

test('what is kept for strangers is bounded by class, the oldest goes first', () => {
  const store = new BoundedDatastore(3)
  type Key = Parameters<typeof store.get>[0]
  const key = (text: string): Key => ({ toString: () => text }) as Key
  for (let i = 0; i < 5; i++) store.put(key(`/dht/record/${i}`), Uint8Array.of(i))
  for (let i = 0; i < 2; i++) store.put(key(`/peers/${i}`), Uint8Array.of(i))
  assert.equal(store.size, 5)
  assert.equal(store.has(key('/dht/record/1')), false)
  assert.deepEqual(store.get(key('/dht/record/2')), Uint8Array.of(2))
  assert.throws(() => store.get(key('/dht/record/1')), { name: 'NotFoundError' })
})

test('device ids and peer ids name the same key', () => {
  const device = deviceOf('a')
  const peerId = deviceToPeerId(device)
  assert.equal(peerIdToDevice(peerId), device)
  assert.equal(addressDevice(`/ip4/1.2.3.4/tcp/1/p2p/${peerId.toString()}`), device)
  assert.equal(addressDevice('/ip4/1.2.3.4/tcp/1/p2p/nonsense'), undefined)
  assert.equal(addressDevice('/ip4/1.2.3.4/tcp/1'), undefined)
})
