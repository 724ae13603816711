/**
 * The dial filter: which addresses this device may be talked into dialing.
 *
 * The idea: an address is judged by how far its host is (*scope*) and by who named it. What peers, trackers and the DHT
 * say is untrusted: it may only lead to public hosts and ordinary ports, or a stranger could make this device knock on
 * the doors of its own machine and network (server-side request forgery). What the person gave (a link, a bootstrap
 * list, the command line), what the local network announced by itself (mDNS) and what once led to the authenticated
 * peer is trusted.
 *
 *     scope        hosts                                                     untrusted
 *     public       everything else; port 443 or above 1023                   allowed
 *     private      10/8 172.16/12 192.168/16 100.64/10 fc00::/7, and the     refused
 *                  ranges for documentation and benchmarks (RFC 6890), which
 *                  laboratories, containers and VPNs use as such
 *     link-local   169.254/16 fe80::/10                                      refused
 *     loopback     127/8 ::1                                                 refused
 *     name         DNS names: where they lead is only known while dialing    refused
 *     never        0/8 multicast broadcast reserved ::, IPv4-mapped and      refused, also from trusted sources
 *                  other embedded forms, anything not understood
 *
 * Addresses that a peer reports about itself over an authenticated connection are trusted up to the scope of that very
 * connection: over loopback its loopback and private ones, over the LAN its private ones, over the internet none. So two
 * processes on one machine and two machines on one LAN find each other again, and nobody can point further inwards. What
 * is announced by mDNS is trusted in the same way: private addresses, and loopback when this very machine announced them.
 */

export type AddressScope = 'public' | 'private' | 'link-local' | 'loopback' | 'name' | 'never'

export interface JudgedAddress {
  readonly scope: AddressScope
  /** The first host and port to be connected to, as text; behind a relay that is the relay. */
  readonly host: string
  readonly port: number
  readonly relayed: boolean
}

const PRIVILEGED_PORT_MAX = 1023
const HTTPS_PORT = 443
const TRANSPORTS = new Set(['tcp', 'udp'])

/** What a multiaddr text leads to, or `undefined` when it is none this package dials. */
export function judgeAddress(address: string): JudgedAddress | undefined {
  const [empty, protocol, host, transport, portText] = address.split('/')
  if (empty !== '' || host === undefined || !TRANSPORTS.has(transport ?? '')) return undefined
  const port = /^\d{1,5}$/.test(portText ?? '') ? Number(portText) : -1
  if (port < 0 || port > 65_535) return undefined
  const scope = hostScope(protocol!, host)
  return { scope, host, port, relayed: address.includes('/p2p-circuit') }
}

/** Whether an address that anybody may have made up can be dialed. */
export function isDialableUntrusted(address: string): boolean {
  const judged = judgeAddress(address)
  return judged !== undefined && judged.scope === 'public' && isOrdinaryPort(judged.port)
}

/** Whether an address from the person, the local network or a proven connection can be dialed. */
export function isDialableTrusted(address: string): boolean {
  const judged = judgeAddress(address)
  return judged !== undefined && judged.scope !== 'never' && judged.port > 0
}

/** Whether a peer connected over `connectionAddress` may be believed that it also listens on `address`. */
export function isBelievable(address: string, connectionAddress: string): boolean {
  if (isDialableUntrusted(address)) return true
  const reported = judgeAddress(address)
  const connection = judgeAddress(connectionAddress)
  if (reported === undefined || connection === undefined || connection.relayed) return false
  if (reported.relayed || !isOrdinaryPort(reported.port)) return false
  if (connection.scope === 'loopback') return ['loopback', 'private'].includes(reported.scope)
  return connection.scope === 'private' && reported.scope === 'private'
}

/**
 * Whether an address that was announced on the local network leads there, or to this very machine if that is where the
 * announcement came from.
 */
export function isNear(address: string, isThisMachine: boolean): boolean {
  const judged = judgeAddress(address)
  if (judged === undefined || judged.relayed || judged.port <= PRIVILEGED_PORT_MAX) return false
  return judged.scope === 'private' || (isThisMachine && judged.scope === 'loopback')
}

/**
 * The block a public address belongs to, as far as one customer of a provider usually has it: IPv4 /24, IPv6 /48.
 * `undefined` for whatever does not stand for whoever is there: private hosts, names, the address of a relay.
 */
export function addressBlock(address: string): string | undefined {
  const judged = judgeAddress(address)
  if (judged === undefined || judged.scope !== 'public' || judged.relayed) return undefined
  const groups = judged.host.includes(':') ? parseIp6(judged.host) : undefined
  if (groups === undefined) return `${judged.host.split('.').slice(0, 3).join('.')}.0/24`
  const prefix = groups.slice(0, 3).map((group) => group.toString(16))
  return `${prefix.join(':')}::/48`
}

/** Public first, relays after direct ways, loopback last; ties by text. For showing addresses to others. */
export function compareForSharing(a: string, b: string): number {
  return sharingRank(a) - sharingRank(b) || (a < b ? -1 : a > b ? 1 : 0)
}

/** Nearest first: a dead near address fails at once, a dead far one only by timeout; relays last. */
export function compareForDialing(a: string, b: string): number {
  return dialingRank(a) - dialingRank(b)
}

function sharingRank(address: string): number {
  const judged = judgeAddress(address)
  if (judged === undefined) return 9
  const rank = { public: 0, name: 0, private: 1, 'link-local': 5, loopback: 6, never: 8 }
  return rank[judged.scope] + (judged.relayed ? 2 : 0)
}

function dialingRank(address: string): number {
  const judged = judgeAddress(address)
  if (judged === undefined) return 99
  const rank = { loopback: 0, private: 1, 'link-local': 2, public: 3, name: 4, never: 8 }
  const plainTcp = address.includes('/ws') ? 1 : 0
  return 2 * rank[judged.scope] + plainTcp + (judged.relayed ? 20 : 0)
}

function isOrdinaryPort(port: number): boolean {
  return port === HTTPS_PORT || port > PRIVILEGED_PORT_MAX
}

function hostScope(protocol: string, host: string): AddressScope {
  if (protocol === 'ip4') return ip4Scope(host)
  if (protocol === 'ip6') return ip6Scope(host)
  return /^dns(4|6|addr)?$/.test(protocol) && host.length > 0 ? 'name' : 'never'
}

function ip4Scope(host: string): AddressScope {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(host)
  if (match === null) return 'never'
  const [a, b, c, d] = match.slice(1).map(Number) as [number, number, number, number]
  if ([a, b, c, d].some((byte) => byte > 255)) return 'never'
  if (a === 127) return 'loopback'
  if (a === 169 && b === 254) return 'link-local'
  if (a === 10 || (a === 172 && b >= 16 && b <= 31) || (a === 192 && b === 168)) return 'private'
  if (a === 100 && b >= 64 && b <= 127) return 'private'
  if (isLaboratoryIp4(a, b, c)) return 'private'
  return isReservedIp4(a, b, c) ? 'never' : 'public'
}

/** This network, protocol assignments, 6to4 relays, multicast and beyond (RFC 6890). */
function isReservedIp4(a: number, b: number, c: number): boolean {
  if (a === 0 || a >= 224) return true
  return a === 192 && ((b === 0 && c === 0) || (b === 88 && c === 99))
}

/** Documentation and benchmarks (RFC 5737, RFC 2544). */
function isLaboratoryIp4(a: number, b: number, c: number): boolean {
  if (a === 192) return b === 0 && c === 2
  if (a === 198) return b === 18 || b === 19 || (b === 51 && c === 100)
  return a === 203 && b === 0 && c === 113
}

function ip6Scope(host: string): AddressScope {
  const groups = parseIp6(host)
  if (groups === undefined) return 'never'
  if (groups.slice(0, 7).every((group) => group === 0)) {
    return groups[7] === 1 ? 'loopback' : 'never'
  }
  const first = groups[0]!
  if ((first & 0xffc0) === 0xfe80) return 'link-local'
  if ((first & 0xfe00) === 0xfc00) return 'private'
  // Global unicast is 2000::/3; Teredo, 6to4 and the IPv4-mapped forms outside it embed other hosts.
  if ((first & 0xe000) !== 0x2000 || first === 0x2002) return 'never'
  if (first === 0x2001 && groups[1] === 0) return 'never'
  if (first === 0x2001 && groups[1] === 0x0db8) return 'private'
  return 'public'
}

/** The eight groups of an IPv6 address without zone or embedded IPv4 notation. */
function parseIp6(host: string): readonly number[] | undefined {
  const halves = host.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const groups = [...head!, ...(tail ?? [])]
  const missing = 8 - groups.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  if (groups.some((group) => !/^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  const full = [
    ...head!,
    ...Array<string>(tail === undefined ? 0 : missing).fill('0'),
    ...(tail ?? []),
  ]
  return full.map((group) => Number.parseInt(group, 16))
}
