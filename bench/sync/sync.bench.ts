/** How long until a device has a space of 100,000 entries: see README.md. */

import { appendMessages, foundSpace, messageText, stableAddress } from '../_support/filled-peer.ts'
import { isQuick, until } from '../_support/measure.ts'
import { copyWithHypercore } from './rival.ts'
import { PeerProcess } from '../_support/peer-process.ts'
import type { FillTimes } from '../_support/peer-child.ts'
import { report } from '../_support/report.ts'
import type { Row } from '../_support/report.ts'
import { createWorkspace } from '../_support/workspace.ts'
import type { Workspace } from '../_support/workspace.ts'

const ENTRIES = isQuick ? 5_000 : 100_000

/** What a message of the workload takes as an entry of a log. */
const ENTRY_BYTES = 400
/** Times hypercore, by the design. */
const BUDGET = 15

using workspace = createWorkspace()
const rows = [...(await join(workspace)), ...(await catchUp(workspace))]
report(import.meta.dirname, rows, 'hypercore')

/** A newcomer joins a space with a long history. */
async function join(workspace: Workspace): Promise<readonly Row[]> {
  const data = workspace.path('inviter')
  const space = await foundSpace(data, 'Home', ENTRIES)
  await appendMessages(data, space, ENTRIES)
  await using inviter = new PeerProcess()
  await using joiner = new PeerProcess()
  await inviter.ask('start', { data, listen: await stableAddress() })
  await joiner.ask('start', { data: workspace.path('joiner'), listen: await stableAddress() })
  const link = await inviter.ask('invite', space)
  await hasFolded(inviter, space)
  const askedAt = await joiner.ask('join', link, 'Ben')
  const joinedAt = await joiner.ask('joined', space)
  const times = await fill(inviter, joiner, space)
  return [
    { work: 'join: a member', value: (joinedAt - askedAt) / 1000, unit: 's' },
    { work: 'join: first page', value: (times.firstPage - askedAt) / 1000, unit: 's', budget: 1 },
    { work: 'join: all entries', value: (times.stored - askedAt) / 1000, unit: 's' },
    { work: 'join: all folded', value: (times.folded - askedAt) / 1000, unit: 's', budget: 10 },
  ]
}

/** A member that was away comes back. */
async function catchUp(workspace: Workspace): Promise<readonly Row[]> {
  const [data, listen] = [workspace.path('writer'), await stableAddress()]
  const away = { data: workspace.path('away'), listen: await stableAddress() }
  const space = await foundSpace(data, 'Home', ENTRIES)
  {
    await using writer = new PeerProcess()
    await using member = new PeerProcess()
    await writer.ask('start', { data, listen })
    await member.ask('start', away)
    await member.ask('join', await writer.ask('invite', space), 'Ben')
    await member.ask('joined', space)
    await hasAgreed(writer, member, space)
  }
  await appendMessages(data, space, ENTRIES)
  await using writer = new PeerProcess()
  await using member = new PeerProcess()
  await writer.ask('start', { data, listen })
  await hasFolded(writer, space)
  await member.ask('start', away)
  const connectedAt = await member.ask('connected')
  const times = await fill(writer, member, space)
  const seconds = (times.stored - connectedAt) / 1000
  const rival = await copyWithHypercore(workspace.path('rival'), ENTRIES, ENTRY_BYTES)
  return [
    {
      ...{ work: 'catch up: entries stored', value: ENTRIES / seconds, unit: 'per s' },
      ...(rival === undefined ? {} : { rival, budget: BUDGET * rival }),
    },
    { work: 'catch up: all folded', value: (times.folded - connectedAt) / 1000, unit: 's' },
  ]
}

async function fill(from: PeerProcess, to: PeerProcess, space: string): Promise<FillTimes> {
  const times = await to.ask('fill', space, ENTRIES, messageText(ENTRIES - 1))
  await hasAgreed(from, to, space)
  return times
}

async function hasAgreed(one: PeerProcess, other: PeerProcess, space: string): Promise<void> {
  await until('equal frontiers', async () => {
    return (await one.ask('frontier', space)) === (await other.ask('frontier', space))
  })
}

/** Its own views are complete, so that it does nothing but serve. */
async function hasFolded(peer: PeerProcess, space: string): Promise<void> {
  const last = messageText(ENTRIES - 1)
  await until('folded', async () => (await peer.ask('lastText', space)) === last, {
    intervalMs: 200,
  })
}
