/**
 * Fork proofs: once one honest device holds proof that a log was signed twice, all do, and treat the log alike; and where one
 * has the history that a reset names, all have it.
 */

import type { DeviceId } from '@hamlet/core'
import type { SimSpace } from '../sim-space.ts'
import type { Space } from '@hamlet/space'
import { hasSeen } from './causality.ts'
import type { Causality, Reset } from './causality.ts'
import type { Judgement, Problem, Replica } from './problem.ts'

export function findForkDisagreement(judgement: Judgement): Problem | undefined {
  const { replicas, forked, slot, planted } = judgement
  const holds = (copy: SimSpace, device: DeviceId): boolean =>
    copy.space.isForked(device) && planted !== 'silent-fork'
  for (const device of forked) {
    const unaware = replicas.find(({ copy, device: own }) => own !== device && !holds(copy, device))
    if (unaware === undefined) continue
    const detail = `space ${slot}: ${unaware.name} lacks the proof against ${device.slice(0, 4)}`
    return { oracle: 'fork proofs', detail }
  }
  return findMissingHistory(judgement)
}

function findMissingHistory({ replicas, slot }: Judgement): Problem | undefined {
  for (const { name, copy } of replicas) {
    for (const want of copy.space.wantedBranches()) {
      const holder = replicas.find((each) => holds(each, want))
      if (holder === undefined) continue
      const what = `what ${holder.name} has of ${want.device.slice(0, 4)}`
      return { oracle: 'fork proofs', detail: `space ${slot}: ${name} lacks ${what}` }
    }
  }
  return undefined
}

function holds({ copy }: Replica, want: ReturnType<Space['wantedBranches']>[number]): boolean {
  return copy.space.branchRange(want, { bytesMax: 1_000_000, blocksMax: 1 }) !== undefined
}

/** Pairs of resets of one device of which neither knew the other, and that name different lengths. */
export function countRivalResets(causality: Causality): number {
  const { resets } = causality
  const isRival = (a: Reset, b: Reset): boolean =>
    a.device === b.device &&
    a.length !== b.length &&
    !hasSeen(causality, a.by, b.by) &&
    !hasSeen(causality, b.by, a.by)
  return resets.flatMap((a, i) => resets.slice(i + 1).filter((b) => isRival(a, b))).length
}
