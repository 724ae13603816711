/** How long until a device has a space of 100,000 entries: see README.md. */

import { appendMessages, foundSpace, messageText, stableAddress } from '../_support/filled-peer.ts'
import { isQuick, until } from '../_support/measure.ts'
import { PeerProcess } from '../_support/peer-process.ts'
import type { FillTimes } from '../_support/peer-child.ts'
import { report } from '../_support/report.ts'
import type { Row } from '../_support/report.ts'
import { createWorkspace } from '../_support/workspace.ts'
import type { Workspace } from '../_support/workspace.ts'

const ENTRIES = isQuick ? 5_000 : 100_000

using workspace = createWorkspace()
report(import.meta.dirname, [...(await join(workspace)), ...(await catchUp(workspace))])

/** A newcomer joins a space with a long history. */
async function join(workspace: Workspace): Promise<readonly Row[]> {
  const data = workspace.path('inviter')
  const space = await foundSpace(data, 'Home')
  await appendMessages(data, space, ENTRIES)
  await using inviter = new PeerProcess()
  await using joiner = new PeerProcess()
  await inviter.ask('start', { data, listen: await stableAddress() })
  await joiner.ask('start', { data: workspace.path('joiner'), listen: await stableAddress() })
  const link = await inviter.ask('invite', space)
  await foldedAt(inviter)
  const askedAt = await joiner.ask('join', link, 'Ben')
  const joinedAt = await joiner.ask('joined', space)
  const times = await fill(inviter, joiner, space)
  return [
    { work: 'join: a member', value: (joinedAt - askedAt) / 1000, unit: 's' },
    { work: 'join: first page', value: (times.firstPage - askedAt) / 1000, unit: 's', budget: 1 },
    { work: 'join: all entries', value: (times.stored - askedAt) / 1000, unit: 's' },
    { work: 'join: all folded', value: (times.folded - askedAt) / 1000, unit: 's', budget: 10 },
  ]

  async function foldedAt(peer: PeerProcess): Promise<void> {
    while ((await peer.ask('lastText', space)) !== messageText(ENTRIES - 1)) continue
  }
}

/** A member that was away comes back. */
async function catchUp(workspace: Workspace): Promise<readonly Row[]> {
  const [data, listen] = [workspace.path('writer'), await stableAddress()]
  const away = { data: workspace.path('away'), listen: await stableAddress() }
  const space = await foundSpace(data, 'Home')
  {
    await using writer = new PeerProcess()
    await using member = new PeerProcess()
    await writer.ask('start', { data, listen })
    await member.ask('start', away)
    await member.ask('join', await writer.ask('invite', space), 'Ben')
    await member.ask('joined', space)
  }
  await appendMessages(data, space, ENTRIES)
  await using writer = new PeerProcess()
  await using member = new PeerProcess()
  await writer.ask('start', { data, listen })
  while ((await writer.ask('lastText', space)) !== messageText(ENTRIES - 1)) continue
  await member.ask('start', away)
  const connectedAt = await member.ask('connected')
  const times = await fill(writer, member, space)
  const seconds = (times.stored - connectedAt) / 1000
  return [
    { work: 'catch up: entries stored', value: ENTRIES / seconds, unit: 'per s' },
    { work: 'catch up: all folded', value: (times.folded - connectedAt) / 1000, unit: 's' },
  ]
}

async function fill(from: PeerProcess, to: PeerProcess, space: string): Promise<FillTimes> {
  const times = await to.ask('fill', space, ENTRIES, messageText(ENTRIES - 1))
  const hasAgreed = async (): Promise<boolean> =>
    (await from.ask('frontier', space)) === (await to.ask('frontier', space))
  await until('equal frontiers', hasAgreed)
  return times
}
