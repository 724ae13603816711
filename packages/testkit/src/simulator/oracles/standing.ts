/** Nobody takes a right: a hostile person is no more than honest people have made them. */

import type { Causality } from './causality.ts'
import type { Judgement, Problem } from './problem.ts'

export function findUsurper(judgement: Judgement, causality: Causality): Problem | undefined {
  const { slot, replicas, hostile, planted } = judgement
  const { space } = replicas[0]!.copy
  for (const { person, role, devices } of space.members()) {
    if (!devices.some((device) => hostile.has(device))) continue
    const given = causality.standings.filter(
      (it) => it.person === person && !hostile.has(it.by.device) && planted !== 'usurper',
    )
    if (given.some((it) => it.role === role)) continue
    const detail = `space ${slot}: ${person.slice(0, 4)} is ${role}, which nobody made them`
    return { oracle: 'no usurper', detail }
  }
  return undefined
}
