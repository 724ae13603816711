/** What a space costs per entry: writing, sending, receiving and folding, in one process. See README.md. */

import { chatView, draftMessage, draftRoom } from '@hamlet/chat'
import { silentLogger, silentMetrics } from '@hamlet/core'
import type { DeviceId, EntryId } from '@hamlet/core'
import { createIdentity, openIdentity } from '@hamlet/identity'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { decodeLogRange, encodeLogRange } from '@hamlet/log'
import { BYTES_POLICY, ENTRIES_POLICY, NAMES_VIEW, Space, SpaceViewSource } from '@hamlet/space'
import type { SpaceIdentity, SpacePorts } from '@hamlet/space'
import { openViewRunner } from '@hamlet/space/view'
import { createLevelKv, createNodeDisk } from '@hamlet/store/node'
import { messageText } from '../_support/filled-peer.ts'
import { check, isQuick, median, secondsOf } from '../_support/measure.ts'
import { report } from '../_support/report.ts'
import type { Row } from '../_support/report.ts'
import { createWorkspace } from '../_support/workspace.ts'

const ENTRIES = isQuick ? 2_000 : 20_000
const RUNS = isQuick ? 1 : 3
const BATCH = 1000
const RANGE = { bytesMax: 768 * 1024 }

const crypto = createNodeCrypto()
const random = createNodeRandom()
const clock = createNodeClock()
const rates = new Map<string, number[]>()
/** Processor time per entry in microseconds, which other processes of the machine do not change much. */
const costs = new Map<string, number[]>()

using workspace = createWorkspace()
for (let run = 0; run < RUNS; run++) await measure(run)
report(import.meta.dirname, [...rowsOf(rates, 'per s'), ...rowsOf(costs, 'µs')])

async function measure(run: number): Promise<void> {
  const identity = newIdentity()
  const { space, room } = await found(run, identity)
  const batches = Array.from({ length: ENTRIES / BATCH }, (_, batch) =>
    Array.from({ length: BATCH }, (_each, i) => {
      return draftMessage({ room: { id: room }, text: messageText(batch * BATCH + i) })
    }),
  )
  await note('append in batches of 1,000', async () => {
    for (const batch of batches) await space.append(batch)
  })
  await receive(run, space, identity.device)
  const source = new SpaceViewSource(space)
  await note('open in causal order', async () => {
    let count = 0
    for await (const batch of source.entries(new Map(), source.lengths())) count += batch.length
    check(count > ENTRIES, 'every entry opens')
  })
  const kv = await createLevelKv(workspace.path(`views-${run}`))
  await note('open, fold and store', async () => {
    const views = [NAMES_VIEW, chatView()]
    await using runner = await openViewRunner({ source, kv, views })
    await runner.caughtUp()
  })
  await kv.close()
  await space.close()
}

/** Another device's copy: ranges as they come from the network, durable, applied. */
async function receive(run: number, from: Space, device: DeviceId): Promise<void> {
  const copy = await Space.openForJoin(await portsOf(`copy-${run}`), newIdentity(), from.id)
  const total = from.lengths().get(device)!
  const ranges: Uint8Array[] = []
  await note('send: read and encode ranges', () => {
    for (let at = 0; at < total;) {
      const range = from.rangeFrom(device, at, RANGE)!
      ranges.push(encodeLogRange(range))
      at += range.blocks.length
    }
  })
  await note('receive: verify, store, check', async () => {
    for (const bytes of ranges) {
      const range = decodeLogRange(bytes)
      check(range.ok && (await copy.accept(device, range.value)).ok, 'accepted')
    }
  })
  check(copy.lengths().get(device) === total, 'all entries')
  await copy.close()
}

async function note(work: string, action: () => unknown): Promise<void> {
  const before = process.cpuUsage()
  const seconds = await secondsOf(action)
  const { user, system } = process.cpuUsage(before)
  add(rates, work, ENTRIES / seconds)
  add(costs, `${work}, processor`, (user + system) / ENTRIES)
}

function add(values: Map<string, number[]>, work: string, value: number): void {
  values.set(work, [...(values.get(work) ?? []), value])
}

function rowsOf(values: ReadonlyMap<string, readonly number[]>, unit: string): readonly Row[] {
  return [...values].map(([work, each]) => ({ work, value: median(each), unit }))
}

async function found(run: number, identity: SpaceIdentity) {
  const space = await Space.create(await portsOf(`space-${run}`), identity, { name: 'Home' })
  // More is written in these seconds than a space lets a device write in a day.
  await space.appendControl([
    { name: 'policy', policy: ENTRIES_POLICY, value: 10 * ENTRIES },
    { name: 'policy', policy: BYTES_POLICY, value: 2 ** 40 },
  ])
  const [room] = await space.append([draftRoom('General')])
  return { space, room: room!.id as EntryId }
}

async function portsOf(name: string): Promise<SpacePorts> {
  const kv = await createLevelKv(workspace.path(`${name}-kv`))
  const disk = createNodeDisk(workspace.path(name))
  return { disk, kv, crypto, random, clock, logger: silentLogger, metrics: silentMetrics }
}

function newIdentity(): SpaceIdentity {
  const keys = createIdentity(crypto, random, { nowMs: clock.wall(), label: 'bench' })
  const identity = openIdentity(crypto, keys)
  return { ...identity, certificate: identity.certificateBytes }
}
