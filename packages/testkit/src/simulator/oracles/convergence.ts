/** Convergence: all honest members hold the same logs, see the same members and show the same chat. */

import { bytesToHex } from '@hamlet/core'
import type { Judgement, Problem, Replica } from './problem.ts'

/** Cheap and synchronous: what the liveness phase waits for. */
export function findUnsettled({ replicas, crypto, slot }: Judgement): Problem | undefined {
  for (const { name, copy } of replicas) {
    if (copy.space.ownRole === undefined) return problem(slot, `${name} is no member`)
    const { waiting, held } = copy.space.pendingCounts()
    if (waiting + held > 0) return problem(slot, `${name}: ${waiting} wait, ${held} are held back`)
  }
  const frontiers = replicas.map(({ copy }) => bytesToHex(copy.space.frontierHash()))
  if (new Set(frontiers).size > 1) return problem(slot, `logs differ: ${describe(replicas)}`)
  const controls = replicas.map(({ copy }) => bytesToHex(copy.controlHash(crypto)))
  if (new Set(controls).size > 1)
    return problem(slot, `control differs: ${pairs(replicas, controls)}`)
  return undefined
}

/** What people see: the folded views, which must be the same bytes on every device. */
export async function findViewDivergence(judgement: Judgement): Promise<Problem | undefined> {
  const { replicas, crypto, slot } = judgement
  const hashes: string[] = []
  for (const { copy } of replicas) hashes.push(bytesToHex(await copy.viewHash(crypto)))
  if (new Set(hashes).size <= 1) return undefined
  return problem(slot, `views differ: ${pairs(replicas, hashes)}`)
}

function problem(slot: number, detail: string): Problem {
  return { oracle: 'convergence', detail: `space ${slot}: ${detail}` }
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
