import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressBlock, compareForSharing, isBelievable, isDialableTrusted } from '@hamlet/network'
import { isDialableUntrusted, isNear, judgeAddress } from '@hamlet/network'

/** address, scope, dialable from an untrusted source, dialable from a trusted one */
const TABLE: readonly (readonly [string, string | undefined, boolean, boolean])[] = [
  ['/ip4/93.184.216.34/tcp/4001', 'public', true, true],
  ['/ip4/93.184.216.34/tcp/443/ws', 'public', true, true],
  ['/ip4/93.184.216.34/tcp/22', 'public', false, true],
  ['/ip4/93.184.216.34/tcp/0', 'public', false, false],
  ['/ip4/10.1.2.3/tcp/4001', 'private', false, true],
  ['/ip4/172.16.0.1/tcp/4001', 'private', false, true],
  ['/ip4/172.32.0.1/tcp/4001', 'public', true, true],
  ['/ip4/192.168.1.9/tcp/4001', 'private', false, true],
  ['/ip4/100.64.0.1/tcp/4001', 'private', false, true],
  ['/ip4/169.254.169.254/tcp/8080', 'link-local', false, true],
  ['/ip4/127.0.0.1/tcp/4001', 'loopback', false, true],
  ['/ip4/127.9.9.9/tcp/4001', 'loopback', false, true],
  ['/ip4/0.0.0.0/tcp/4001', 'never', false, false],
  ['/ip4/224.0.0.251/tcp/5353', 'never', false, false],
  ['/ip4/255.255.255.255/tcp/4001', 'never', false, false],
  ['/ip4/203.0.113.5/tcp/4001', 'private', false, true],
  ['/ip4/192.0.2.2/tcp/4001', 'private', false, true],
  ['/ip4/198.19.0.1/tcp/4001', 'private', false, true],
  ['/ip4/192.0.0.1/tcp/4001', 'never', false, false],
  ['/ip4/1.2.3.4.5/tcp/4001', 'never', false, false],
  ['/ip4/256.1.1.1/tcp/4001', 'never', false, false],
  ['/ip6/2606:2800:220:1::1/tcp/4001', 'public', true, true],
  ['/ip6/::1/tcp/4001', 'loopback', false, true],
  ['/ip6/::/tcp/4001', 'never', false, false],
  ['/ip6/::ffff:7f00:1/tcp/4001', 'never', false, false],
  ['/ip6/::ffff:127.0.0.1/tcp/4001', 'never', false, false],
  ['/ip6/64:ff9b::7f00:1/tcp/4001', 'never', false, false],
  ['/ip6/2002:7f00:1::/tcp/4001', 'never', false, false],
  ['/ip6/fe80::1/tcp/4001', 'link-local', false, true],
  ['/ip6/fd00::1/tcp/4001', 'private', false, true],
  ['/ip6/ff02::1/tcp/4001', 'never', false, false],
  ['/ip6/2001:db8::1/tcp/4001', 'private', false, true],
  ['/dns4/localhost/tcp/4001', 'name', false, true],
  ['/dnsaddr/example.org/tcp/4001', 'name', false, true],
  ['/ip4/93.184.216.34/tcp/4001/p2p/X/p2p-circuit', 'public', true, true],
  ['/ip4/127.0.0.1/tcp/4001/p2p/X/p2p-circuit', 'loopback', false, true],
  ['/unix/tmp%2Fsocket', undefined, false, false],
  ['/p2p/X/p2p-circuit', undefined, false, false],
  ['/ip4/1.2.3.4/tcp/99999', undefined, false, false],
  ['', undefined, false, false],
]

for (const [address, scope, untrusted, trusted] of TABLE) {
  test(`the dial filter judges ${address || 'nothing'} as ${scope ?? 'no address'}`, () => {
    assert.equal(judgeAddress(address)?.scope, scope)
    assert.equal(isDialableUntrusted(address), untrusted)
    assert.equal(isDialableTrusted(address), trusted)
  })
}

test('a peer is believed about its own addresses up to the scope of the connection', () => {
  const loopback = '/ip4/127.0.0.1/tcp/50000'
  const lan = '/ip4/192.168.1.9/tcp/50000'
  const far = '/ip4/93.184.216.34/tcp/50000'
  const relayed = `${loopback}/p2p/X/p2p-circuit`
  const cases: readonly (readonly [string, string, boolean])[] = [
    ['/ip4/127.0.0.1/tcp/4001', loopback, true],
    ['/ip4/127.0.0.1/tcp/22', loopback, false],
    ['/ip4/127.0.0.1/tcp/4001', lan, false],
    ['/ip4/127.0.0.1/tcp/4001', relayed, false],
    ['/ip4/192.168.1.7/tcp/4001', lan, true],
    ['/ip4/192.168.1.7/tcp/4001', loopback, true],
    ['/ip4/192.168.1.7/tcp/4001', far, false],
    ['/ip4/169.254.169.254/tcp/4001', lan, false],
    ['/ip4/93.184.216.34/tcp/4001', far, true],
    ['/dns4/localhost/tcp/4001', loopback, false],
  ]
  for (const [address, connection, expected] of cases) {
    assert.equal(isBelievable(address, connection), expected, `${address} over ${connection}`)
  }
})

test('public addresses are shared first, loopback last', () => {
  const shared = [
    '/ip4/127.0.0.1/tcp/4001',
    '/ip4/93.184.216.34/tcp/4001/p2p/X/p2p-circuit',
    '/ip4/192.168.1.9/tcp/4001',
    '/ip4/93.184.216.34/tcp/4001',
  ].toSorted(compareForSharing)
  assert.deepEqual(
    shared.map((address) => judgeAddress(address)?.scope),
    ['public', 'private', 'public', 'loopback'],
  )
})

test('a public address stands for its block, and no other address for anybody', () => {
  assert.equal(addressBlock('/ip4/8.8.4.4/tcp/4001'), '8.8.4.0/24')
  assert.equal(addressBlock('/ip4/8.8.4.200/tcp/9/ws'), '8.8.4.0/24')
  assert.equal(addressBlock('/ip6/2606:4700:10::1/tcp/4001'), '2606:4700:10::/48')
  assert.equal(addressBlock('/ip6/2606:4700:10:ffff::9/tcp/4001'), '2606:4700:10::/48')
  for (const address of [
    '/ip4/192.168.1.4/tcp/4001',
    '/ip4/127.0.0.1/tcp/4001',
    '/ip6/fe80::1/tcp/4001',
    '/dns4/example.org/tcp/4001',
    '/ip4/8.8.4.4/tcp/4001/p2p/12D3KooWAbc/p2p-circuit',
    'nonsense',
  ]) {
    assert.equal(addressBlock(address), undefined, address)
  }
})

test('what is announced on the local network leads there, and to this machine only if it came from here', () => {
  const cases: readonly (readonly [address: string, fromNeighbour: boolean, fromHere: boolean])[] =
    [
      ['/ip4/192.168.1.9/tcp/4001', true, true],
      ['/ip4/192.168.1.9/tcp/4001/ws', true, true],
      ['/ip6/fd00::9/tcp/4001', true, true],
      ['/ip4/127.0.0.1/tcp/4001', false, true],
      ['/ip6/::1/tcp/4001', false, true],
      ['/ip4/127.0.0.1/tcp/631', false, false],
      ['/ip4/192.168.1.9/tcp/22', false, false],
      ['/ip4/169.254.169.254/tcp/8080', false, false],
      ['/ip4/93.184.216.34/tcp/4001', false, false],
      ['/ip4/0.0.0.0/tcp/4001', false, false],
      ['/ip4/127.0.0.1/tcp/4001/p2p/X/p2p-circuit', false, false],
      ['/dns4/localhost/tcp/4001', false, false],
    ]
  for (const [address, fromNeighbour, fromHere] of cases) {
    assert.equal(isNear(address, false), fromNeighbour, address)
    assert.equal(isNear(address, true), fromHere, address)
  }
})
