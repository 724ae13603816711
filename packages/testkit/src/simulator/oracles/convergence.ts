/** Convergence: all honest members hold the same logs, see the same members and show the same chat. */

import { bytesToHex } from '@hamlet/core'
import type { Space, SpaceIdentity } from '@hamlet/space'
import type { Judgement, Problem, Replica } from './problem.ts'

/** Cheap and synchronous: what the liveness phase waits for. */
export function findUnsettled(judgement: Judgement): Problem | undefined {
  const { replicas, crypto, slot, absent, isWhole } = judgement
  if (absent.length > 0) return problem(slot, `${absent.join()} not here`)
  for (const { name, copy } of replicas) {
    if (copy.space.ownRole === undefined) return problem(slot, `${name} is no member`)
    const { waiting, held } = copy.space.pendingCounts()
    // What waits for an entry that only outsiders have may wait for ever.
    if (held > 0 || (isWhole && waiting > 0))
      return problem(slot, `${name}: ${waiting} wait, ${held} are held back`)
  }
  const frontiers = replicas.map(({ copy }) => bytesToHex(copy.space.frontierHash()))
  if (new Set(frontiers).size > 1) return problem(slot, `logs differ: ${describe(replicas)}`)
  const controls = replicas.map(({ copy }) => bytesToHex(copy.controlHash(crypto)))
  if (new Set(controls).size > 1)
    return problem(slot, `control differs: ${pairs(replicas, controls)}`)
  return findLocked(judgement)
}

/**
 * Members whom a concurrent epoch left out are given its secret by whoever has it, without anybody writing. Who was put
 * back to relay may still have it, and may not give it.
 */
function findLocked({ replicas, slot }: Judgement): Problem | undefined {
  for (const { name, copy } of replicas) {
    if (copy.space.ownRole === 'relay') continue
    const [first] = copy.space.leftOut()
    if (first === undefined) continue
    const ids = first.recipients.map(({ id }) => id.slice(0, 4)).join()
    return problem(slot, `${name} sees ${ids} left out of epoch ${first.epoch.id.slice(0, 4)}`)
  }
  return undefined
}

/** What people see: the folded views, which must be the same bytes on every device of one version. */
export async function findViewDivergence(judgement: Judgement): Promise<Problem | undefined> {
  for (const isLater of [false, true]) {
    const problem = await findDivergenceAmong(judgement, isLater)
    if (problem !== undefined) return problem
  }
  return undefined
}

async function findDivergenceAmong(
  judgement: Judgement,
  isLater: boolean,
): Promise<Problem | undefined> {
  const { crypto, slot } = judgement
  // Relays hold the logs without the keys, and some newcomer may wait for an admin who is not here.
  const replicas = judgement.replicas.filter(({ copy }) => {
    const { space } = copy
    if (copy.isLater !== isLater || space.ownRole === 'relay') return false
    return judgement.replicas.every(
      (each) =>
        each.copy.space.isReleasedTo(space.identity.person) &&
        readsAllOf(each.copy.space, space.identity),
    )
  })
  const hashes: string[] = []
  for (const { copy } of replicas) hashes.push(bytesToHex(await copy.viewHash(crypto)))
  if (new Set(hashes).size <= 1) return undefined
  const outlines = replicas.map((replica) => outline(replica)).join('; ')
  return problem(slot, `views differ: ${pairs(replicas, hashes)}: ${outlines}`)
}

/**
 * Whether a member may read all that `other` can. Where history begins with joining, nobody may read what is older; who was
 * let in again after the old epochs had disappeared may lack even what is young.
 */
function readsAllOf(other: Space, { person, device }: SpaceIdentity): boolean {
  const { history, members } = other.controlState()
  const joinedAtMs = members.get(person)?.joinedAtMs ?? Infinity
  const isOpen = ({ isKnown, recipients, madeAtMs }: ReturnType<Space['epochs']>[number]) =>
    !isKnown || recipients.has(device) || madeAtMs >= joinedAtMs
  return history === 'all' || other.epochs().every(isOpen)
}

function problem(slot: number, detail: string): Problem {
  return { oracle: 'convergence', detail: `space ${slot}: ${detail}` }
}

/** What a copy makes of its entries, in numbers. */
function outline({ name, copy }: Replica): string {
  const { space } = copy
  const kinds = new Map<string, number>()
  for (const [device, length] of space.appliedLengths()) {
    for (const entry of space.entries(device, 0, length)) {
      const { kind } = space.openContent(entry)
      kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
    }
  }
  const { waiting, held } = space.pendingCounts()
  const counts = [...kinds].map(([kind, count]) => `${count} ${kind}`)
  return `${name} ${[...counts, `${waiting} waiting`, `${held} held`].join(' ')}`
}

function pairs(replicas: readonly Replica[], hashes: readonly string[]): string {
  return replicas.map(({ name }, i) => `${name} ${hashes[i]!.slice(0, 8)}`).join(', ')
}

function describe(replicas: readonly Replica[]): string {
  return replicas
    .map(({ name, copy }) => {
      const lengths = [...copy.space.lengths()].sort(([a], [b]) => (a < b ? -1 : 1))
      return `${name} {${lengths.map(([device, length]) => `${device.slice(0, 4)}:${length}`).join(' ')}}`
    })
    .join(', ')
}
