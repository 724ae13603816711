/**
 * Honest devices stay honest to each other: none equivocates, crash or not; none writes what others must reject, or what
 * counts for nobody already where it is written; none refuses another.
 */

import { bytesToHex } from '@hamlet/core'
import type { SimNode } from '../sim-node.ts'
import { entriesOf } from './causality.ts'
import type { Judgement, Problem } from './problem.ts'

export function findDishonesty(judgement: Judgement): Problem | undefined {
  const { replicas, slot, excused } = judgement
  const honest = new Set<string>([...judgement.honest].filter((device) => !excused.has(device)))
  for (const { name, copy } of replicas) {
    const fork = copy.space.forkPoints().find((point) => honest.has(bytesToHex(point.publicKey)))
    if (fork !== undefined) return problem(slot, `${name} holds a fork proof of an honest device`)
    const rejection = copy.space.rejected().find(({ device, reason }) => {
      // What builds on the other of two histories cannot be followed here.
      const isOfFork = judgement.forked.size > 0 && reason === 'dependency'
      return honest.has(device) && !isOfFork
    })
    if (rejection === undefined) continue
    const { device, seq, reason } = rejection
    return problem(slot, `${name} rejects ${device.slice(0, 4)}:${seq} for its ${reason}`)
  }
  return findFutile(judgement, honest)
}

/** What its own software lets somebody write counts, unless others decide otherwise without their knowledge. */
function findFutile(
  { replicas, slot }: Judgement,
  honest: ReadonlySet<string>,
): Problem | undefined {
  const { name, copy } = replicas[0]!
  const { space } = copy
  const futile = new Set<string>(space.futileOperations())
  for (const entry of entriesOf(space)) {
    if (!honest.has(entry.device)) continue
    const opened = space.openContent(entry)
    const isFutile = futile.has(entry.id) || (opened.kind === 'void' && opened.reason === 'epoch')
    if (!isFutile) continue
    const what = `${entry.device.slice(0, 4)}:${entry.seq}`
    return problem(slot, `${name} finds that ${what} never counted`)
  }
  return undefined
}

export function findBanBetween(honest: readonly SimNode[]): Problem | undefined {
  const names = new Map<string, string>(honest.map(({ device, name }) => [device, name]))
  for (const node of honest) {
    const banned = [...node.bannedPeers].find((peer) => names.has(peer))
    if (banned === undefined) continue
    return { oracle: 'honesty', detail: `${node.name} banned ${names.get(banned)}` }
  }
  return undefined
}

function problem(slot: number, detail: string): Problem {
  return { oracle: 'honesty', detail: `space ${slot}: ${detail}` }
}
