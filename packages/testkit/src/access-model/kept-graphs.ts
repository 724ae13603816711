/**
 * Graphs that broke a property, kept as tests: `kept-graphs/NNN-*.json`, each with what was wrong.
 *
 * A graph is kept by its operations, not by its seed: what a seed grows into depends on what the rules said while it grew, so
 * it is another graph as soon as they change. Devices go by their place in the cast; ids follow from the series and the time.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { base64ToBytes, bytesToBase64 } from '@hamlet/core'
import type { DeviceId, SpaceId } from '@hamlet/core'
import { ControlGraph, decodeOperation, encodeOperation } from '@hamlet/space'
import type { Cast } from './cast.ts'
import { addRecord, writtenRecord } from './graph-world.ts'
import type { GraphFacts, WrittenRecord } from './graph-world.ts'

export interface KeptGraph {
  /** File name without its ending: `NNN-what-was-wrong`. */
  readonly name: string
  readonly found: string
  /** The property as it failed. */
  readonly problem: string
  /** What the graph has to reach, or it checks nothing any more. */
  readonly reaches: readonly string[]
  readonly series: number
  readonly records: readonly KeptRecord[]
}

/** `past`, `seen`: pairs of device and count. */
interface KeptRecord {
  readonly name: string
  readonly device: number
  readonly seq: number
  readonly time: number
  readonly past: readonly (readonly [device: number, count: number])[]
  readonly seen: readonly (readonly [device: number, count: number])[]
  readonly operation: string
}

const FOLDER = new URL('../../kept-graphs/', import.meta.url)

export function readKeptGraphs(): KeptGraph[] {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
  return names.sort().map((file) => {
    const kept = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as Omit<KeptGraph, 'name'>
    return { ...kept, name: file.slice(0, -'.json'.length) }
  })
}

/** As a file of the folder: one line for each operation. */
export function formatKeptGraph(
  cast: Cast,
  facts: Omit<KeptGraph, 'name' | 'records'>,
  records: readonly WrittenRecord[],
): string {
  const indexOf = (device: DeviceId): number =>
    cast.devices.findIndex((each) => each.device === device)
  const pairs = (counts: ReadonlyMap<DeviceId, number>): [number, number][] =>
    [...counts].map(([device, count]): [number, number] => [indexOf(device), count]).sort(byFirst)
  const lines = records.map(({ device, seq, timeMs, past, seen, operation }) => {
    const kept: KeptRecord = {
      name: operation.name,
      device: indexOf(device),
      seq,
      time: timeMs,
      past: pairs(past),
      seen: pairs(seen),
      operation: bytesToBase64(encodeOperation(operation)),
    }
    return `    ${JSON.stringify(kept)}`
  })
  const head = Object.entries(facts).map(
    ([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  )
  return `{\n${head.join(',\n')},\n  "records": [\n${lines.join(',\n')}\n  ]\n}`
}

export function restoreGraph(cast: Cast, { series, records }: KeptGraph): GraphFacts {
  const counts = (pairs: KeptRecord['past']): Map<DeviceId, number> =>
    new Map(pairs.map(([device, count]) => [cast.devices[device]!.device, count]))
  const written = records.map(({ device, seq, time, past, seen, operation }) => {
    const decoded = decodeOperation(base64ToBytes(operation) ?? new Uint8Array(0))
    if (!decoded.ok) throw decoded.error
    return writtenRecord({
      id: cast.id(series, time - 1),
      device: cast.devices[device]!.device,
      seq,
      timeMs: time,
      operation: decoded.value,
      past: counts(past),
      seen: counts(seen),
    })
  })
  return graphOf(cast, cast.id(series, 0) as string as SpaceId, written)
}

export function graphOf(cast: Cast, space: SpaceId, records: readonly WrittenRecord[]): GraphFacts {
  const graph = new ControlGraph(cast.crypto, space)
  for (const record of records) addRecord(graph, record)
  return { cast, space, graph, records, contents: [] }
}

function byFirst([a]: readonly [number, number], [b]: readonly [number, number]): number {
  return a - b
}
