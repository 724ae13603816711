/** Who is named and who is not: liars are cut off, honest peers never, and an author who signed two histories is found out. */

import { equalBytes } from '@hamlet/core'
import type { Crypto } from '@hamlet/core'
import { Log, verifyForkProof, verifyTruncationFork } from '@hamlet/log'
import type { LogRangeError } from '@hamlet/log'
import type { Problem } from '../../oracles/problem.ts'
import type { AuthorModel } from '../author-model.ts'
import type { Copy } from './arrival.ts'

/** A peer may be slow, or gone; nothing else is said of an honest one. */
const NO_BLAME = /does not answer/

/**
 * `hasFork`: somebody signed two histories. Who has a sparse copy of one of them cannot tell the other from a lie, and two honest
 * peers part over it.
 */
export function findFalseAccusation(
  who: string,
  peer: { readonly name: string; readonly isHonest: boolean },
  error: LogRangeError,
  hasFork: boolean,
): Problem | undefined {
  if (!peer.isHonest || NO_BLAME.test(error.message)) return undefined
  if (hasFork && error.code === 'LOG_CONFLICT') return undefined
  const detail = `${who} cut off ${peer.name}, who is honest: ${error.code} ${error.message}`
  return { oracle: 'conduct', detail }
}

/** A report of two histories proves them, and is never of an honest author. */
export function findFalseForkReport(
  crypto: Crypto,
  author: AuthorModel,
  error: LogRangeError,
  who: string,
): Problem | undefined {
  const { proof, truncations } = error
  const isProven =
    (proof !== undefined && verifyForkProof(crypto, proof)) ||
    (truncations !== undefined && verifyTruncationFork(crypto, truncations))
  if (isProven && !author.isHonest) return undefined
  const detail = `${who} reports two histories of ${author.name}, ${isProven ? 'who is honest' : 'and proves nothing'}`
  return { oracle: 'forks', detail }
}

/** Two complete copies that contradict each other, of peers who share them with each other, and nobody was told. */
export function findUnnoticedFork(
  author: AuthorModel,
  copies: readonly Copy[],
  isReported: boolean,
): Problem | undefined {
  if (isReported) return undefined
  const complete = copies.flatMap(({ who, holding: { log } }) =>
    log instanceof Log && log.length > 0 ? [{ who, log }] : [],
  )
  for (const a of complete) {
    for (const b of complete) {
      const length = Math.min(a.log.length, b.log.length)
      const isOfOne = a.log.fork === b.log.fork
      if (!isOfOne || equalBytes(a.log.root(length), b.log.root(length))) continue
      const detail = `${a.who} and ${b.who} hold two histories of ${author.name}, and nobody was told`
      return { oracle: 'forks', detail }
    }
  }
  return undefined
}
