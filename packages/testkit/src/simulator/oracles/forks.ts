/** Fork proofs: once one honest device holds proof that a log was signed twice, all do, and treat the log alike. */

import type { Judgement, Problem } from './problem.ts'

export function findForkDisagreement({ replicas, forked, slot }: Judgement): Problem | undefined {
  for (const device of forked) {
    const unaware = replicas.find(
      ({ copy, device: own }) => own !== device && !copy.space.isForked(device),
    )
    if (unaware === undefined) continue
    const detail = `space ${slot}: ${unaware.name} lacks the proof against ${device.slice(0, 4)}`
    return { oracle: 'fork proofs', detail }
  }
  return undefined
}
