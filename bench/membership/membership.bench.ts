/** What joining, key rotation and removal cost in groups of several sizes. See README.md. */

import { silentLogger, silentMetrics } from '@hamlet/core'
import { createIdentity, openIdentity } from '@hamlet/identity'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { createJoinRequest, decodeLink, deriveInviteKeys, Space } from '@hamlet/space'
import type { SpaceIdentity, SpacePorts } from '@hamlet/space'
import { createMemoryDisk, createMemoryKv } from '@hamlet/store'
import { check, isQuick, median } from '../_support/measure.ts'
import { report } from '../_support/report.ts'
import type { Row } from '../_support/report.ts'

const SIZES = isQuick ? [2, 10] : [2, 10, 50, 500]
const RUNS = isQuick ? 1 : 5
const RANGE = { bytesMax: 768 * 1024 }
const WEEK_MS = 7 * 24 * 3_600_000

const crypto = createNodeCrypto()
const random = createNodeRandom()
const clock = createNodeClock()
const rows: Row[] = []

for (const size of SIZES) await measure(size)
report(import.meta.dirname, rows)

async function measure(size: number): Promise<void> {
  const founder = newIdentity()
  const space = await Space.create(newPorts(), founder, { name: 'Home' })
  const admits: number[] = []
  const link = await openLink(space)
  for (let members = 1; members < size; members++) {
    const joiner = newIdentity()
    const paper = paperOf(joiner, link)
    const { milliseconds } = await spent(async () => {
      check((await space.submitRequest(paper)).ok, 'admitted')
    })
    admits.push(milliseconds)
  }
  check(space.members().length === size, 'all are in')
  rows.push({ work: `admit, ${size} members`, value: median(admits.slice(-RUNS)), unit: 'ms' })
  await repeat(space, `rotate, ${size} members`, () => space.rotateEpoch())
  await takeIn(space, size)
  const last = space.members().find(({ role }) => role === 'writer')
  if (last === undefined) return
  const removal = await spent(() => space.remove(last.person), space)
  rows.push({ work: `remove, ${size} members`, value: removal.milliseconds, unit: 'ms' })
}

async function repeat(space: Space, work: string, action: () => Promise<void>): Promise<void> {
  const times: number[] = []
  const sizes: number[] = []
  for (let run = 0; run < RUNS; run++) {
    const { milliseconds, bytes } = await spent(action, space)
    times.push(milliseconds)
    sizes.push(bytes)
  }
  rows.push({ work, value: median(times), unit: 'ms' })
  rows.push({ work: `${work}, bytes`, value: median(sizes), unit: 'B' })
}

async function takeIn(from: Space, size: number): Promise<void> {
  const { device } = from.identity
  const copy = await Space.openForJoin(newPorts(), newIdentity(), from.id)
  const { milliseconds } = await spent(async () => {
    for (let at = 0; at < from.lengths().get(device)!;) {
      const range = from.rangeFrom(device, at, RANGE)!
      check((await copy.accept(device, range)).ok, 'accepted')
      at += range.blocks.length
    }
  })
  check(copy.members().length === size, 'the same members')
  rows.push({ work: `take in, ${size} members`, value: milliseconds, unit: 'ms' })
}

async function spent(
  action: () => Promise<void>,
  space?: Space,
): Promise<{ readonly milliseconds: number; readonly bytes: number }> {
  const bytesBefore = space?.storedBytes ?? 0
  const before = process.cpuUsage()
  await action()
  const { user, system } = process.cpuUsage(before)
  return { milliseconds: (user + system) / 1000, bytes: (space?.storedBytes ?? 0) - bytesBefore }
}

async function openLink(space: Space) {
  const { link } = await space.createInvite({
    ...{ role: 'writer', mode: 'auto', maxUses: 1000, hints: [] },
    ...{ spaceName: 'Home', inviterName: 'Ada', expiresAtMs: clock.wall() + WEEK_MS },
  })
  const decoded = decodeLink(link)
  if (!decoded.ok) throw decoded.error
  return decoded.value
}

function paperOf(joiner: SpaceIdentity, link: Awaited<ReturnType<typeof openLink>>): Uint8Array {
  const { signer, requestKey } = deriveInviteKeys(crypto, link.secret)
  const { person, certificate, deviceSigner } = joiner
  return createJoinRequest(
    { crypto, random },
    { inviteSigner: signer, requestKey, device: deviceSigner },
    { space: link.space, invite: link.invite, person, certificate, name: 'Ben' },
  )
}

function newPorts(): SpacePorts {
  const [disk, kv] = [createMemoryDisk(), createMemoryKv()]
  return { disk, kv, crypto, random, clock, logger: silentLogger, metrics: silentMetrics }
}

function newIdentity(): SpaceIdentity {
  const keys = createIdentity(crypto, random, { nowMs: clock.wall(), label: 'bench' })
  const identity = openIdentity(crypto, keys)
  return { ...identity, certificate: identity.certificateBytes }
}
