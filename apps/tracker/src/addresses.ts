/**
 * Addresses that peers announce: which of them the tracker passes on.
 *
 * The idea (security.md 5.10): whoever dials an announced address is sent there by the tracker. So it passes on none that
 * would reach into the dialling machine or its network, and no privileged port, where a crowd of dialling peers would be
 * a weapon. A tracker that itself listens on a private network, as in a household or in containers, allows its addresses.
 */

import { BlockList, isIP, isIPv4 } from 'node:net'

import { ADDRESS_LENGTH_MAX } from './limits.ts'

const MULTIADDR =
  /^\/(ip4|ip6|dns|dns4|dns6)\/([A-Za-z0-9.:_-]{1,253})\/(tcp|udp)\/(\d{1,5})((?:\/[A-Za-z0-9._~%=-]{1,128})*)$/
const HOST_PORT = /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9._-]{1,253})):(\d{1,5})$/
const NAME = /^(?!-)[A-Za-z0-9_-]{1,63}(?:\.[A-Za-z0-9_-]{1,63})*\.?$/

/** Nobody is there to dial, whatever the tracker is for. */
const NEVER = blockList([
  ['0.0.0.0', 8],
  ['224.0.0.0', 3],
  ['::', 128],
  ['ff00::', 8],
])
const PRIVATE = blockList([
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['::1', 128],
  ['fc00::', 7],
  ['fe80::', 10],
  // Forms of IPv6 that carry an IPv4 address, which would have to be judged again.
  ['64:ff9b::', 96],
  ['2002::', 16],
])
/** One more such form. On its own, since a list takes every IPv4 address for one of these. */
const MAPPED = blockList([['::ffff:0:0', 96]])

/** Whether a multiaddr may be passed on. */
export function isPublicMultiaddr(text: string, allowsPrivate: boolean): boolean {
  if (text.length > ADDRESS_LENGTH_MAX) return false
  const match = MULTIADDR.exec(text)
  if (match === null) return false
  const [, kind, host = '', , port = ''] = match
  if (!isDialPort(Number(port), allowsPrivate)) return false
  if (kind === 'ip4') return isIP(host) === 4 && isDialIp(host, allowsPrivate)
  if (kind === 'ip6') return isIP(host) === 6 && isDialIp(host, allowsPrivate)
  return isDialName(host, allowsPrivate)
}

/** Whether `host:port`, as PeerNet has it, may be passed on. */
export function isPublicHostPort(text: string, allowsPrivate: boolean): boolean {
  if (text.length > ADDRESS_LENGTH_MAX) return false
  const match = HOST_PORT.exec(text)
  if (match === null) return false
  const [, bracketed, plain = '', port = ''] = match
  if (!isDialPort(Number(port), allowsPrivate)) return false
  if (bracketed !== undefined) return isIP(bracketed) === 6 && isDialIp(bracketed, allowsPrivate)
  return isIPv4(plain) ? isDialIp(plain, allowsPrivate) : isDialName(plain, allowsPrivate)
}

/** Whether the tracker itself is on this machine or a private network, by the address it listens on. */
export function isPrivateAddress(address: string): boolean {
  if (isIP(address) === 0) return address === 'localhost'
  return PRIVATE.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
}

function isDialPort(port: number, allowsPrivate: boolean): boolean {
  return port > 0 && port < 65_536 && (allowsPrivate || port >= 1024 || port === 443)
}

function isDialIp(address: string, allowsPrivate: boolean): boolean {
  const family = isIPv4(address) ? 'ipv4' : 'ipv6'
  if (NEVER.check(address, family)) return false
  if (family === 'ipv6' && MAPPED.check(address, family)) return false
  return allowsPrivate || !PRIVATE.check(address, family)
}

/** A name with an inner dot that is no number: others are found on the dialler's own network alone. */
function isDialName(name: string, allowsPrivate: boolean): boolean {
  if (!NAME.test(name)) return false
  if (allowsPrivate) return true
  const labels = name.replace(/\.$/, '').toLowerCase().split('.')
  const last = labels.at(-1) ?? ''
  if (labels.length < 2 || /^[0-9]/.test(last)) return false
  return !['local', 'localhost', 'internal', 'lan', 'home', 'arpa'].includes(last)
}

function blockList(subnets: readonly (readonly [network: string, prefix: number])[]): BlockList {
  const list = new BlockList()
  for (const [network, prefix] of subnets) {
    list.addSubnet(network, prefix, isIPv4(network) ? 'ipv4' : 'ipv6')
  }
  return list
}

export function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address)
}
