/**
 * What members cost a device in processor time, bytes and memory, whoever of them ever comes: `node member-costs.ts`.
 *
 * Processor time and not the wall clock, because it hardly depends on what else the machine does. The lab's reports
 * leave these figures out: they are not of the seed. README.md has them, with the machine.
 */

import { silentLogger, silentMetrics } from '@hamlet/core'
import type { Random } from '@hamlet/core'
import { createIdentity, openIdentity } from '@hamlet/identity'
import { createNodeClock, createNodeCrypto } from '@hamlet/identity/node'
import { createJoinRequest, decodeLink, deriveInviteKeys, Space } from '@hamlet/space'
import type { SpaceIdentity, SpacePorts } from '@hamlet/space'
import { createMemoryDisk, createMemoryKv } from '@hamlet/store'
import { SeededRandom } from '@hamlet/testkit/simulator'
import { check } from '../_support/measure.ts'

const SIZES = [10, 50, 100, 200, 500]
const COPIES = 4
const DAY_MS = 86_400_000

const crypto = createNodeCrypto()
const clock = createNodeClock()
const random: Random = new SeededRandom(1)

console.log(
  'members  admit ms  log bytes  copy ms  open ms  write ms  new epoch ms  epoch bytes  copy MB',
)
for (const members of SIZES) await measure(members)

async function measure(members: number): Promise<void> {
  const founder = await Space.create(createPorts(), createMember(), { name: 'Lab' })
  const { link } = await founder.createInvite({
    ...{ role: 'writer', mode: 'auto', maxUses: 1_000, hints: [] },
    ...{ expiresAtMs: clock.wall() + DAY_MS, spaceName: 'Lab', inviterName: 'founder' },
  })
  const identities = Array.from({ length: members - 1 }, () => createMember())
  const requests = identities.map((identity) => requestOf(identity, link))
  let admitMs = 0
  for (const request of requests) {
    admitMs = await processorMs(async () => {
      check((await founder.submitRequest(request)).ok, 'admitted')
    })
  }
  const logBytes = founder.storedBytes
  const copies = await copy(founder, identities.slice(0, COPIES))
  const { space, ports, identity } = copies.last
  await space.close()
  let reopened: Space | undefined
  const openMs = await processorMs(async () => {
    reopened = await Space.open(ports, identity, founder.id)
  })
  const writeMs = await processorMs(() => reopened!.append([{ type: 'lab.note', value: ['hi'] }]))
  const epochMs = await processorMs(() => founder.rotateEpoch())
  const figures = [admitMs, logBytes, copies.ms, openMs, writeMs, epochMs]
  const all = [members, ...figures, founder.storedBytes - logBytes, copies.bytes / 1e6]
  console.log(all.map((figure) => figure.toFixed(figure < 10 ? 1 : 0).padStart(9)).join(''))
}

/** Further members' copies: what each takes in time and memory. */
async function copy(founder: Space, identities: readonly SpaceIdentity[]) {
  const made: { space: Space; ports: SpacePorts; identity: SpaceIdentity }[] = []
  const device = founder.founderDevice!
  const before = heapBytes()
  const ms = await processorMs(async () => {
    for (const identity of identities) {
      const ports = createPorts()
      const space = await Space.openForJoin(ports, identity, founder.id)
      for (let from = 0; from < founder.lengths().get(device)!;) {
        const range = founder.rangeFrom(device, from, { bytesMax: 700_000 })!
        check((await space.accept(device, range)).ok, 'accepted')
        from += range.blocks.length
      }
      made.push({ space, ports, identity })
    }
  })
  const bytes = (heapBytes() - before) / made.length
  check(
    made.every(({ space }) => space.ownRole === 'writer'),
    'all are members',
  )
  return { ms: ms / made.length, bytes, last: made.at(-1)! }
}

function heapBytes(): number {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

async function processorMs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1_000
}

function createPorts(): SpacePorts {
  const stores = { disk: createMemoryDisk(), kv: createMemoryKv() }
  return { ...stores, crypto, random, clock, logger: silentLogger, metrics: silentMetrics }
}

function createMember(): SpaceIdentity {
  const identity = openIdentity(crypto, createIdentity(crypto, random, { nowMs: clock.wall() }))
  return { ...identity, certificate: identity.certificateBytes }
}

function requestOf(identity: SpaceIdentity, link: string): Uint8Array {
  const decoded = decodeLink(link)
  if (!decoded.ok) throw decoded.error
  const { space, invite, secret } = decoded.value
  const { signer, requestKey } = deriveInviteKeys(crypto, secret)
  const { person, certificate, deviceSigner: device } = identity
  return createJoinRequest(
    { crypto, random },
    { inviteSigner: signer, requestKey, device },
    { space, invite, person, certificate, name: 'member' },
  )
}
