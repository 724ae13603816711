/** What an author was told is safe is there in the end: blocks, truncations, user data, payloads. */

import { bytesToHex, decodeUtf8 } from '@hamlet/core'
import type { Feed, Log } from '@hamlet/log'
import type { Problem } from '../../oracles/problem.ts'
import type { AuthorModel } from '../author-model.ts'

/** `cleared`: blocks that the author took off its disk. */
export function findLostWrite(
  author: AuthorModel,
  log: Log,
  cleared: ReadonlySet<number>,
): Problem | undefined {
  const lost = (what: string): Problem => ({
    oracle: 'no lost write',
    detail: `${author.name} was told that ${what}`,
  })
  if (log.fork < author.acknowledgedFork) {
    return lost(`fork ${author.acknowledgedFork} has begun, and is at ${log.fork}`)
  }
  for (const acknowledged of author.acknowledged) {
    const { from, blocks } = acknowledged
    const fork = author.forkOf(acknowledged)
    if (fork === undefined) return lost(`blocks are at ${from}, and they never were`)
    if (fork < log.fork) continue
    for (const [i, block] of blocks.entries()) {
      const index = from + i
      if (index >= log.length) return lost(`block ${index} is written, and has ${log.length}`)
      const here = log.peek(index)
      const isHere =
        here === undefined ? cleared.has(index) : bytesToHex(here) === bytesToHex(block)
      if (!isHere) return lost(`block ${index} is written, and it is not there`)
    }
  }
  return undefined
}

export function findLostUserData(author: AuthorModel, log: Log): Problem | undefined {
  for (const [key, possible] of author.userData) {
    const bytes = log.userData(key)
    const value = bytes === undefined ? '' : decodeUtf8(bytes)!
    if (possible.includes(value)) continue
    const detail = `${author.name} kept ${possible.join(' or ')} as ${key}, and has ${value}`
    return { oracle: 'user data', detail }
  }
  return undefined
}

/** What is read through a feed is what was appended there. */
export async function findWrongPayload(
  author: AuthorModel,
  feed: Feed,
  who: string,
): Promise<Problem | undefined> {
  for (const [index, payloads] of author.payloads) {
    if (index >= feed.length) continue
    const payload = await feed.get(index, { wait: false })
    if (payload === undefined || payloads.has(bytesToHex(payload))) continue
    const isOfCrash = author.fork > 0 && author.wasAsked(payload)
    if (isOfCrash) continue
    const detail = `${who} reads another payload at ${index} of ${author.name} than was appended`
    return { oracle: 'payloads', detail }
  }
  return undefined
}
