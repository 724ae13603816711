import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeviceId } from '@hamlet/core'
import { LINK_HINTS_MAX } from '@hamlet/space'
import { hintsByDevice, linkHints } from '../src/link-hints.ts'
import type { PeerNetwork } from '../src/peer-ports.ts'

type Hinted = Pick<PeerNetwork, 'net' | 'addresses' | 'addressesOf'>

function network(own: number, others: readonly string[]): PeerNetwork {
  const net = { peers: () => others } as unknown as PeerNetwork['net']
  const hinted: Hinted = {
    net,
    addresses: () => Array.from({ length: own }, (_, i) => `/ip4/192.0.2.1/tcp/${i}/p2p/me`),
    addressesOf: (device) => [`/ip4/192.0.2.2/tcp/1/p2p/${device}`, `/ip4/10.0.0.1/p2p/${device}`],
  }
  return hinted as PeerNetwork
}

test('an invitation names this device, then one address of each connected member', () => {
  const members = new Set(['ben', 'cleo'] as DeviceId[])
  assert.deepEqual(linkHints(network(1, ['ben', 'stranger', 'cleo']), members), [
    '/ip4/192.0.2.1/tcp/0/p2p/me',
    '/ip4/192.0.2.2/tcp/1/p2p/ben',
    '/ip4/192.0.2.2/tcp/1/p2p/cleo',
  ])
})

test('a link stays short: three addresses of this device and three of others', () => {
  const others = Array.from({ length: 20 }, (_, i) => `member${i}`)
  const hints = linkHints(network(20, others), new Set(others as DeviceId[]))
  assert.ok(hints.length <= LINK_HINTS_MAX)
  assert.equal(hints.filter((hint) => hint.endsWith('/p2p/me')).length, 3)
  assert.equal(hints.length, 6)
})

test('loopback and WebSocket addresses only stand in for better ones', () => {
  const loopback = ['/ip4/127.0.0.1/tcp/1/p2p/me', '/ip6/::1/tcp/1/p2p/me']
  const all = ['/ip4/192.0.2.1/tcp/2/ws/p2p/me', '/ip4/192.0.2.1/tcp/1/p2p/me', ...loopback]
  const [best, rest] = [all, loopback].map((addresses) =>
    linkHints({ ...network(0, []), addresses: () => addresses }, new Set()),
  )
  assert.deepEqual(best, ['/ip4/192.0.2.1/tcp/1/p2p/me'])
  assert.deepEqual(rest, loopback)
})

test('hints are dialed device by device', () => {
  const hints = ['/a/p2p/x', '/b/p2p/x', '/c/p2p/y']
  assert.deepEqual([...hintsByDevice(hints).values()], [['/a/p2p/x', '/b/p2p/x'], ['/c/p2p/y']])
})
