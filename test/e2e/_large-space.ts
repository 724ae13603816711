/**
 * Data directories of members of a large space, as `hamlet` would have left them: a space is founded by a peer, hundreds
 * of people are admitted to it by the real code, and some of them get a directory with keys and a copy of their own.
 *
 * Only those have one. The others are members like any: with keys, in the control state, and counted in every epoch.
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseId, scopedDisk, silentLogger, silentMetrics, utf8 } from '@hamlet/core'
import type { SpaceId } from '@hamlet/core'
import { createIdentity, openIdentity } from '@hamlet/identity'
import type { KeyRing } from '@hamlet/identity'
import { createNodeClock, createNodeCrypto, createNodeRandom } from '@hamlet/identity/node'
import { PeerStateFile } from '@hamlet/peer'
import { openKeys, runPeer } from '@hamlet/peer/node'
import { createJoinRequest, decodeLink, deriveInviteKeys, Space } from '@hamlet/space'
import type { InviteLink, SpaceIdentity, SpacePorts } from '@hamlet/space'
import { prefixedKv } from '@hamlet/store'
import { createLevelKv, createNodeDisk } from '@hamlet/store/node'

const WEEK_MS = 7 * 24 * 3_600_000
const RANGE = { bytesMax: 768 * 1024 }
const ports = {
  crypto: createNodeCrypto(),
  random: createNodeRandom(),
  clock: createNodeClock(),
}

export interface LargeSpace {
  readonly name: string
  readonly members: number
  /** The founder's first, by the name each goes by. */
  readonly directories: ReadonlyMap<string, string>
}

export async function writeLargeSpace({ name, members, directories }: LargeSpace): Promise<void> {
  const [[founder, home], ...others] = [...directories] as [[string, string], ...[string, string][]]
  const id = await found(home, founder, name)
  const identities = new Map<string, SpaceIdentity>()
  for (const [person, data] of others) identities.set(person, toIdentity(await keysOf(data)))
  await inSpace(home, id, async (space) => {
    const link = await openLink(space, members)
    for (const [person, identity] of identities) await admit(space, link, person, identity)
    for (let i = identities.size + 1; i < members; i++) {
      const ring = createIdentity(ports.crypto, ports.random, { nowMs: ports.clock.wall() })
      await admit(space, link, `Member ${i}`, toIdentity(ring))
    }
    for (const [, data] of others) await copyTo(data, space)
  })
}

/** By a peer that then ends. */
async function found(data: string, person: string, name: string): Promise<SpaceId> {
  const peer = await runPeer({
    ...{ dataDirectory: data, listen: ['/ip4/127.0.0.1/tcp/0'], bootstrap: [], relay: false },
    localDiscovery: false,
  })
  await peer.api.setName(person)
  const { id } = await peer.api.createSpace(name)
  await peer.close()
  return parseId<SpaceId>(id)!
}

async function keysOf(data: string): Promise<KeyRing> {
  await mkdir(data, { recursive: true, mode: 0o700 })
  const path = join(data, 'keys')
  return (await openKeys(ports, { path, passphrase: undefined, deviceName: 'Laptop' })).ring
}

function toIdentity(ring: KeyRing): SpaceIdentity {
  const identity = openIdentity(ports.crypto, ring)
  return { ...identity, certificate: identity.certificateBytes }
}

async function inSpace(
  data: string,
  id: SpaceId,
  action: (space: Space) => Promise<void>,
): Promise<void> {
  const identity = toIdentity(await keysOf(data))
  await withPorts(data, id, async (own) => {
    const space = await Space.open(own, identity, id)
    await action(space)
    await space.close()
  })
}

/** The places where a peer keeps a space (`space-registry.ts`). */
async function withPorts(
  data: string,
  id: SpaceId,
  action: (ports: SpacePorts) => Promise<void>,
): Promise<void> {
  const kv = await createLevelKv(join(data, 'index'))
  await action({
    ...ports,
    disk: scopedDisk(createNodeDisk(data), `peer/spaces/${id}`),
    kv: prefixedKv(kv, utf8(`peer/space/${id}/space/`)),
    logger: silentLogger,
    metrics: silentMetrics,
  })
  await kv.close()
}

async function openLink(space: Space, members: number): Promise<InviteLink> {
  const { link } = await space.createInvite({
    ...{ role: 'writer', mode: 'auto', maxUses: members, hints: [] },
    ...{ spaceName: 'Large', inviterName: 'Anna', expiresAtMs: ports.clock.wall() + WEEK_MS },
  })
  const decoded = decodeLink(link)
  if (!decoded.ok) throw decoded.error
  return decoded.value
}

async function admit(
  space: Space,
  link: InviteLink,
  name: string,
  { person, certificate, deviceSigner: device }: SpaceIdentity,
): Promise<void> {
  const { signer, requestKey } = deriveInviteKeys(ports.crypto, link.secret)
  const request = createJoinRequest(
    ports,
    { inviteSigner: signer, requestKey, device },
    { space: link.space, invite: link.invite, person, certificate, name },
  )
  const submitted = await space.submitRequest(request)
  if (!submitted.ok) throw new Error(`not admitted: ${submitted.error.code}`)
}

/** A copy of everything there is, verified entry by entry as it would be from the network; without a name as yet. */
async function copyTo(data: string, from: Space): Promise<void> {
  const identity = toIdentity(await keysOf(data))
  await withPorts(data, from.id, async (own) => {
    const copy = await Space.openForJoin(own, identity, from.id)
    for (const [device, length] of from.lengths()) {
      for (let at = 0; at < length;) {
        const range = from.rangeFrom(device, at, RANGE)!
        const accepted = await copy.accept(device, range)
        if (!accepted.ok) throw new Error(`not accepted: ${accepted.error.code}`)
        at += range.blocks.length
      }
    }
    await copy.close()
  })
  const state = await PeerStateFile.open(scopedDisk(createNodeDisk(data), 'peer'))
  await state.update(() => ({ deviceName: 'Laptop', spaces: [from.id] }))
}
