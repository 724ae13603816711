/**
 * No forgery: every entry that counts was written by the device it names, and that device's person was let in by
 * something in the entry's own causal past, with a role that may write it.
 *
 * The judgement is made anew from the entries, by vector clocks and a plain search for admissions: it shares nothing
 * with the control graph it checks.
 */

import type { DeviceId, EntryId, RequestId } from '@hamlet/core'
import { openDeviceCertificate } from '@hamlet/identity'
import { decodeJoinRequest, decodeOperation } from '@hamlet/space'
import type { Entry, Role, Space } from '@hamlet/space'
import type { Judgement, Problem } from './problem.ts'

type VectorClock = ReadonlyMap<DeviceId, number>

interface Entrance {
  readonly device: DeviceId
  readonly role: Role
  /** The entry that let the device in. */
  readonly by: Entry
}

export interface Authorship {
  readonly problem: Problem | undefined
  /** Content entries of different devices of which neither saw the other. */
  readonly concurrent: number
}

export function checkAuthorship({ crypto, slot, replicas }: Judgement): Authorship {
  const found = (detail: string): Authorship => ({
    problem: { oracle: 'no forgery', detail: `space ${slot}: ${detail}` },
    concurrent: 0,
  })
  const own = new Map(replicas.map((replica) => [replica.device, replica]))
  const first = replicas[0]
  if (first === undefined) return { problem: undefined, concurrent: 0 }
  const { space } = first.copy
  const clocks = vectorClocks(space)
  const entrances = findEntrances(space, crypto)
  for (const entry of entriesOf(space)) {
    const author = own.get(entry.device)?.copy.space.entryAt(entry.device, entry.seq)
    if (own.has(entry.device) && author?.id !== entry.id) {
      return found(`${place(entry)} is not what its author wrote`)
    }
    const opened = space.openContent(entry)
    if (opened.kind !== 'content') continue
    const seen = clocks.get(entry.id)!
    const entrance = entrances.find(
      ({ device, by }) => device === entry.device && (seen.get(by.device) ?? 0) > by.seq,
    )
    if (entrance === undefined) return found(`${place(entry)} counts, its author was never let in`)
    if (!mayWrite(entrance.role, opened.content.type)) return found(`${place(entry)} by a reader`)
  }
  return { problem: undefined, concurrent: countConcurrent(space, clocks) }
}

function* entriesOf(space: Space): Generator<Entry> {
  for (const device of space.lengths().keys()) yield* space.entries(device)
}

/** How many entries of each device an entry has in its past, itself included. */
function vectorClocks(space: Space): Map<EntryId, VectorClock> {
  const clocks = new Map<EntryId, VectorClock>()
  const byTime = [...entriesOf(space)].sort(
    (a, b) => a.time.milliseconds - b.time.milliseconds || a.time.counter - b.time.counter,
  )
  for (const entry of byTime) {
    const clock = new Map<DeviceId, number>(
      entry.previous === undefined ? [] : clocks.get(entry.previous),
    )
    for (const dep of entry.deps) {
      for (const [device, count] of clocks.get(dep.id) ?? []) {
        clock.set(device, Math.max(count, clock.get(device) ?? 0))
      }
    }
    clock.set(entry.device, entry.seq + 1)
    clocks.set(entry.id, clock)
  }
  return clocks
}

function findEntrances(space: Space, crypto: Judgement['crypto']): Entrance[] {
  const entrances: Entrance[] = []
  const joiners = new Map<RequestId, DeviceId>()
  const admissions: { readonly request: RequestId; readonly role: Role; readonly by: Entry }[] = []
  for (const entry of entriesOf(space)) {
    if (entry.epoch !== undefined) continue
    const decoded = decodeOperation(entry.payload)
    if (!decoded.ok) continue
    const operation = decoded.value
    if (operation.name === 'genesis') {
      entrances.push({ device: entry.device, role: 'owner', by: entry })
    } else if (operation.name === 'join-request') {
      const request = decodeJoinRequest(operation.request)
      const opened = request.ok && openDeviceCertificate(crypto, request.value.certificate)
      if (opened && opened.ok) joiners.set(entry.id, opened.value.device)
    } else if (operation.name === 'admit') {
      admissions.push({ request: operation.request, role: operation.role, by: entry })
    }
  }
  for (const { request, role, by } of admissions) {
    const device = joiners.get(request)
    if (device !== undefined) entrances.push({ device, role, by })
  }
  return entrances
}

function mayWrite(role: Role, type: string): boolean {
  if (role === 'relay') return false
  return role !== 'reader' || type === 'space.profile' || type === 'chat.read'
}

function countConcurrent(space: Space, clocks: ReadonlyMap<EntryId, VectorClock>): number {
  const content = [...entriesOf(space)].filter(({ epoch }) => epoch !== undefined).slice(0, 200)
  let concurrent = 0
  for (const [i, a] of content.entries()) {
    for (const b of content.slice(i + 1)) {
      if (a.device === b.device) continue
      const aSawB = (clocks.get(a.id)!.get(b.device) ?? 0) > b.seq
      const bSawA = (clocks.get(b.id)!.get(a.device) ?? 0) > a.seq
      if (!aSawB && !bSawA) concurrent++
    }
  }
  return concurrent
}

function place(entry: Entry): string {
  return `entry ${entry.id.slice(0, 8)} at ${entry.device.slice(0, 4)}:${entry.seq}`
}
