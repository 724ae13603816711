/** Which public addresses of this machine are shared with others: those that lead here as far as can be known. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { multiaddr } from '@multiformats/multiaddr'
import { shareOwnAddresses } from '../src/node/own-addresses.ts'

const V4 = '/ip4/45.9.0.1/tcp/4001'
const V6 = '/ip6/2606:4700::1111/tcp/4001'
const NEAR = '/ip4/192.168.1.7/tcp/4001'

function sharedOf(listen: readonly string[], relay: boolean): readonly string[] {
  const shared: string[] = []
  shareOwnAddresses(
    {
      addressManager: { confirmObservedAddr: (address) => void shared.push(address.toString()) },
      transportManager: { getAddrs: () => [V4, V6, NEAR].map((address) => multiaddr(address)) },
    },
    { listen, relay },
  )
  return shared
}

test('an IPv4 address of this machine is shared, an IPv6 address if it was named or by a relay', () => {
  const anywhere = ['/ip4/0.0.0.0/tcp/4001', '/ip6/::/tcp/4001']
  assert.deepEqual(sharedOf(anywhere, false), [V4])
  assert.deepEqual(sharedOf([...anywhere, V6], false), [V4, V6])
  assert.deepEqual(sharedOf(anywhere, true), [V4, V6])
})
