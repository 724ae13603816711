/**
 * Non-interference: what never counted might as well not have been written.
 *
 * A copy is made anew from the logs of another, in another order and in other pieces, without the logs of people who
 * never got in and without what lies beyond cuts, as far as nothing else builds on it. It must come to the same state.
 * That is also the check that the order of arrival does not matter.
 */

import { bytesToHex, silentMetrics } from '@hamlet/core'
import type { Clock, DeviceId, Logger } from '@hamlet/core'
import { SECRETS_FILE, Space } from '@hamlet/space'
import type { Entry } from '@hamlet/space'
import { createMemoryDisk } from '@hamlet/store'
import type { SeededRandom } from '../seeded-random.ts'
import { SimKv } from '../sim-kv.ts'
import { SimSpace } from '../sim-space.ts'
import type { Judgement, Problem, Replica } from './problem.ts'

export interface ReplayMeans {
  readonly random: SeededRandom
  readonly logger: Logger
  /** A planted bug: a member's log is left out as well. */
  readonly leavesOutMember: boolean
}

/** What a copy made anew begins with. */
interface Beginning {
  readonly clock: Clock
  readonly files: ReadonlyMap<string, Uint8Array>
}

const RANGE_BYTES_MAX = 4_000_000
const RANGE_BLOCKS_MAX = 5

export async function findInterference(
  judgement: Judgement,
  means: ReplayMeans,
): Promise<Problem | undefined> {
  const replica = judgement.replicas.find(({ copy }) => copy.space.ownRole !== 'relay')
  if (replica === undefined) return undefined
  const { crypto, slot } = judgement
  const lengths = lengthsThatMatter(replica.copy.space)
  if (means.leavesOutMember) lengths.delete(replica.copy.space.memberDevices().at(-1)!)
  const again = await replay(replica, lengths, judgement, means)
  const differs = async (
    name: string,
    hashOf: (copy: SimSpace) => Uint8Array | Promise<Uint8Array>,
  ): Promise<Problem | undefined> => {
    const [a, b] = [await hashOf(replica.copy), await hashOf(again)]
    if (bytesToHex(a) === bytesToHex(b)) return undefined
    const detail = `space ${slot}: ${replica.name} and its copy made anew differ in ${name}`
    return { oracle: 'non-interference', detail }
  }
  const problem =
    (await differs('standing', (copy) => copy.standingHash(crypto))) ??
    (await differs('views', (copy) => copy.viewHash(crypto))) ??
    (await differs('ledger', async (copy) => (await copy.ledger?.hash()) ?? new Uint8Array()))
  await again.close()
  return problem
}

/** By device, what of its log may not be left out. */
function lengthsThatMatter(space: Space): Map<DeviceId, number> {
  const lengths = new Map(space.lengths())
  for (const [device, from] of firstOfNoMatter(space)) lengths.set(device, from)
  for (let isStable = false; !isStable;) {
    isStable = true
    for (const [device, length] of lengths) {
      for (const { deps } of space.entries(device, 0, length)) {
        for (const dep of deps) {
          if (dep.seq < (lengths.get(dep.device) ?? 0)) continue
          lengths.set(dep.device, dep.seq + 1)
          isStable = false
        }
      }
    }
  }
  return lengths
}

/** Logs of people who never were in, and the ends of logs behind which nothing counts. */
function firstOfNoMatter(space: Space): Map<DeviceId, number> {
  const state = space.controlState()
  const known = new Set<DeviceId>([
    ...[...state.members.values()].flatMap(({ everDevices }) => everDevices),
    ...[...state.former.values()].flatMap(({ devices }) => devices),
  ])
  const setAside = new Map<DeviceId, number>()
  for (const { device, seq } of space.setAside()) {
    setAside.set(device, Math.min(seq, setAside.get(device) ?? seq))
  }
  const first = new Map<DeviceId, number>()
  for (const device of space.lengths().keys()) {
    const from = known.has(device) ? setAside.get(device) : 0
    if (from !== undefined && countsForNothing(space, space.entries(device, from))) {
      first.set(device, from)
    }
  }
  return first
}

function countsForNothing(space: Space, entries: Iterable<Entry>): boolean {
  for (const entry of entries) {
    if (entry.epoch === undefined || space.openContent(entry).kind !== 'void') return false
  }
  return true
}

async function replay(
  replica: Replica,
  lengths: ReadonlyMap<DeviceId, number>,
  { crypto, slot, disappears }: Judgement,
  { random, logger }: ReplayMeans,
): Promise<SimSpace> {
  const { space } = replica.copy
  const { clock, files } = disappears ? keysOf(replica, slot) : withNothing(space)
  const ports = { crypto, random, logger, clock, metrics: silentMetrics }
  const kv = new SimKv()
  const disk = createMemoryDisk()
  const open = (): Promise<Space> =>
    Space.openForJoin({ ...ports, disk, kv }, space.identity, space.id)
  await (await open()).close()
  for (const [path, bytes] of files) await disk.write(path, bytes)
  const again = await open()
  const have = new Map<DeviceId, number>()
  for (let hasMoved = true; hasMoved;) {
    hasMoved = await replayBranches(space, again, random)
    for (const [device, length] of random.shuffle([...lengths])) {
      const from = have.get(device) ?? 0
      const blocksMax = Math.min(length - from, random.int(1, RANGE_BLOCKS_MAX))
      if (blocksMax <= 0) continue
      const range = space.rangeFrom(device, from, { bytesMax: RANGE_BYTES_MAX, blocksMax })
      const accepted = range && (await again.accept(device, range))
      if (accepted?.ok !== true || accepted.value.to <= from) continue
      have.set(device, accepted.value.to)
      hasMoved = true
    }
  }
  const { isLater } = replica.copy
  const ledger = replica.copy.ledger && { crypto, plantedBug: undefined }
  return SimSpace.open(again, new SimKv(), logger, { isLater, ledger })
}

/** Proofs that devices signed two histories, as soon as the devices are known, and the histories asked for. */
async function replayBranches(from: Space, again: Space, random: SeededRandom): Promise<boolean> {
  let hasMoved = false
  for (const point of random.shuffle(from.forkPoints())) again.acceptForkPoint(point)
  for (const want of random.shuffle(again.wantedBranches())) {
    const blocksMax = random.int(1, RANGE_BLOCKS_MAX)
    const range = from.branchRange(want, { bytesMax: RANGE_BYTES_MAX, blocksMax })
    const accepted = range && (await again.acceptBranch(want, range))
    // What fits is gone on with, what does not is asked for again from further back.
    if (accepted !== undefined) hasMoved ||= accepted.ok || want.from > 0
  }
  return hasMoved
}

/** Where messages disappear, what opens them is on the device alone, and for as long as its clock says. */
function keysOf({ node }: Replica, slot: number): Beginning {
  const secrets = node.disk.files().get(`s${slot}/${SECRETS_FILE}`)
  return {
    clock: clockAt(node.clock.wall()),
    files: new Map(secrets === undefined ? [] : [[SECRETS_FILE, secrets]]),
  }
}

function withNothing(space: Space): Beginning {
  return { clock: clockAfter(space), files: new Map() }
}

/** Everything is due by this clock. */
function clockAfter(space: Space): Clock {
  const times = [...space.lengths()].map(([device, length]) => {
    return space.entryAt(device, length - 1)?.time.milliseconds ?? 0
  })
  return clockAt(Math.max(...times) + 1)
}

function clockAt(nowMs: number): Clock {
  return { wall: () => nowMs, monotonic: () => 0, after: () => () => undefined }
}
