/**
 * Ports that stay: a listen address with port 0 gets the port it had last time, so that the addresses others remember
 * stay right when the process starts again.
 *
 *     file "ports"  canonical CBOR [1, [[listen address, port], …]]
 */

import { decodeFields, encodeCbor } from '@hamlet/core'
import { ADDRESS_CHARS_MAX } from './limits.ts'
import type { NetworkFiles } from './types.ts'

const FILE = 'ports'
const LISTEN_MAX = 32

export type Ports = ReadonlyMap<string, number>

export async function loadPorts(files: NetworkFiles | undefined): Promise<Ports> {
  const value = await files?.readAll(FILE)
  if (value === undefined) return new Map()
  const decoded = decodeFields(value, 'ports', (fields) => {
    fields.literal(1)
    return fields.list(LISTEN_MAX, (items) =>
      items.tuple((entry) => [entry.text(ADDRESS_CHARS_MAX), entry.int(1, 65_535)] as const),
    )
  })
  return new Map(decoded.ok ? decoded.value : [])
}

export async function savePorts(files: NetworkFiles | undefined, ports: Ports): Promise<void> {
  const known = await loadPorts(files)
  const isKnown =
    known.size === ports.size && [...ports].every(([at, port]) => known.get(at) === port)
  if (!isKnown) await files?.write(FILE, encodeCbor([1, [...ports].slice(0, LISTEN_MAX)]))
}

/** The listen addresses with remembered ports in place of 0. */
export function withPorts(listen: readonly string[], ports: Ports): readonly string[] {
  return listen.map((address) => {
    const port = ports.get(address)
    return port === undefined ? address : address.replace('/tcp/0', `/tcp/${port}`)
  })
}

/** The port each listen address with port 0 was given, read off the addresses the node now has. */
export function portsInUse(listen: readonly string[], addresses: readonly string[]): Ports {
  const ports = new Map<string, number>()
  for (const address of listen) {
    const match = /^\/(ip[46])\/[^/]+\/tcp\/0(\/ws)?$/.exec(address)
    if (match === null) continue
    const [, family, ws = ''] = match
    const pattern = new RegExp(`^/${family}/[^/]+/tcp/(\\d+)${ws}(/p2p/[A-Za-z0-9]+)?$`)
    const port = addresses
      .map((given) => pattern.exec(given)?.[1])
      .find((text) => text !== undefined)
    if (port !== undefined) ports.set(address, Number(port))
  }
  return ports
}
