/** Fork proofs: once one honest device holds proof that a log was signed twice, all do, and treat the log alike. */

import type { DeviceId } from '@hamlet/core'
import type { SimSpace } from '../sim-space.ts'
import type { Judgement, Problem } from './problem.ts'

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
  return undefined
}
