/**
 * After the chaos everything arrives: the newest head and every truncation at everybody, all blocks that an honest peer has
 * at complete copies, and what is wanted at sparse ones.
 *
 * A block that was cleared wherever it was cannot arrive, and a complete copy, which grows in order, ends before it.
 */

import type { Log, SparseLog } from '@hamlet/log'
import type { Problem } from '../../oracles/problem.ts'
import type { AuthorModel } from '../author-model.ts'
import type { OpenHolding } from '../log-node.ts'

/** A copy of an honest peer, and whose. */
export interface Copy {
  readonly who: string
  readonly holding: OpenHolding
}

/** `copies`: of all honest peers, the author's own among them. */
export function findUnarrived(author: AuthorModel, copies: readonly Copy[]): Problem | undefined {
  const own = copies.find(({ holding }) => holding.kind === 'own')
  if (own === undefined) return undefined
  const { log } = own.holding
  for (const copy of copies) {
    const problem =
      findMissingTruncation(author, log, copy) ??
      findMissingHead(author, log, copy) ??
      findMissingBlock(author, copies, copy)
    if (problem !== undefined) return problem
  }
  return undefined
}

function findMissingTruncation(
  { name }: AuthorModel,
  { fork }: Log | SparseLog,
  { who, holding }: Copy,
): Problem | undefined {
  if (holding.log.fork === fork) return undefined
  const detail = `${who} is at fork ${holding.log.fork} of ${name}, who is at ${fork}`
  return { oracle: 'truncations', detail }
}

function findMissingHead(
  { name }: AuthorModel,
  { length, head }: Log | SparseLog,
  { who, holding }: Copy,
): Problem | undefined {
  const known = holding.log.head?.length ?? 0
  // Of a fork that begins with nothing there is no head to be had; a complete copy has it with its first block.
  if (head === undefined || length === 0 || holding.kind !== 'sparse' || known === length) {
    return undefined
  }
  return { oracle: 'arrival', detail: `${who} knows ${known} blocks of ${name}, who has ${length}` }
}

function findMissingBlock(
  { name }: AuthorModel,
  copies: readonly Copy[],
  { who, holding }: Copy,
): Problem | undefined {
  const others = copies.filter(({ holding: other }) => other !== holding)
  const missing =
    holding.kind === 'complete'
      ? nextOfComplete(holding.log, others)
      : holding.kind === 'sparse'
        ? nextOfSparse(holding, others)
        : undefined
  if (missing === undefined) return undefined
  return {
    oracle: 'arrival',
    detail: `${who} has no block ${missing} of ${name}, which others have`,
  }
}

/** Complete copies are filled by complete ones that have a head of the fork: without it nothing is proven. */
function nextOfComplete({ length }: Log | SparseLog, others: readonly Copy[]): number | undefined {
  const canGive = others.some(
    ({ holding: { log, kind } }) =>
      kind !== 'sparse' && log.head !== undefined && log.length > length && log.has(length),
  )
  return canGive ? length : undefined
}

function nextOfSparse(
  { log, wants, cleared }: OpenHolding,
  others: readonly Copy[],
): number | undefined {
  for (const { options, fork } of wants.all) {
    const { from = 0, live = false } = options
    const kept = log.truncations.slice(fork).map((truncation) => truncation.kept.length)
    const to = live ? log.length : Math.min(options.to ?? 0, log.length, ...kept)
    for (let index = from; index < to; index++) {
      if (log.has(index) || cleared.has(index)) continue
      const canGive = others.some(
        ({ holding: other }) => other.log.length > index && other.log.has(index),
      )
      if (canGive) return index
    }
  }
  return undefined
}
