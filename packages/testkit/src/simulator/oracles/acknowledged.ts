/** No lost write: what a device once reported as done is in every member's copy, at its place. */

import type { AcknowledgedWrite } from '../workload.ts'
import type { Judgement, Problem } from './problem.ts'

export function findLostWrite(
  { replicas, slot }: Judgement,
  writes: readonly AcknowledgedWrite[],
): Problem | undefined {
  for (const write of writes) {
    if (write.slot !== slot) continue
    const lacking = replicas.find(
      ({ copy }) => copy.space.entryAt(write.device, write.seq)?.id !== write.id,
    )
    if (lacking === undefined) continue
    const place = `${write.device.slice(0, 4)}:${write.seq}`
    return {
      oracle: 'no lost write',
      detail: `space ${slot}: ${lacking.name} lacks ${write.id.slice(0, 8)} at ${place}`,
    }
  }
  return undefined
}
