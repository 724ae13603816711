/**
 * Secrecy: nothing that was written knowing of a removal opens with any key the removed ever held, and whoever was never
 * in opens nothing at all.
 *
 * An adversary keeps every key it was ever given, and the recovery words, and tries all of them on everything. Entries of hostile devices are
 * left out: they may write what they like under keys others know.
 */

import { coreOf, openContent } from '@hamlet/space'
import type { Entry, Space } from '@hamlet/space'
import { entriesOf, hasSeen, readCausality } from './causality.ts'
import type { Causality, Standing } from './causality.ts'
import type { Judgement, Problem } from './problem.ts'
import { secretsByWords } from './words.ts'

export function findLeak(judgement: Judgement, causality: Causality): Problem | undefined {
  const { slot, replicas, rings, hostile, forked, isWhole } = judgement
  // Somebody who is not here may have let them in.
  if (!isWhole) return undefined
  const { space } = replicas[0]!.copy
  const entries = [...entriesOf(space)]
  const content = entries.filter(({ epoch, device }) => epoch !== undefined && !hostile.has(device))
  for (const ring of rings) {
    const { person, device, name } = ring
    const exit = exitOf(space, entries, person)
    // A device is known once it was let in, also if its admission fell.
    const wasIn = exit !== undefined || space.acceptsDevice(device)
    if (wasIn && exit === undefined) continue
    // A history that is not here may have let them in.
    if (!wasIn && forked.size > 0) continue
    if (exit !== undefined && wasLetInAgain(causality, person, exit)) continue
    const forbidden = content.filter((it) => exit === undefined || hasSeen(causality, it, exit))
    // A device that was never written in may be that of a person who is in: their words open everything.
    const isIn = space.role(person) !== undefined
    const byWords = isIn ? [] : secretsByWords(judgement.crypto, space, ring).values()
    const secrets = [...ring.secrets, ...byWords]
    const opened = forbidden.find((entry) => opens(judgement, entry, secrets))
    if (opened === undefined || wasLetInElsewhere(judgement, causality, person)) continue
    const what = exit === undefined ? 'was never in' : 'was out'
    const detail = `space ${slot}: ${name} ${what} and opens ${opened.id.slice(0, 8)}`
    return { oracle: 'secrecy', detail }
  }
  return undefined
}

/**
 * Somebody let them in again and gave them the history, though that admission may not count any more. Or made them the
 * owner while they left: owners cannot leave, so they stay until they hand the space on, and only then are out.
 */
function wasLetInAgain(causality: Causality, person: string, exit: Entry): boolean {
  return causality.standings.some((it) => letsIn(it, person) && !hasSeen(causality, exit, it.by))
}

/**
 * The same on a history that the copy judged by does not hold: a device that signed two may have let them in on one that
 * nobody witnessed, which counts for nobody now. As a member it had the keys and gave them on, like one that removes nobody.
 * Whoever removed the person has not seen that entry, or the copy would hold it.
 */
function wasLetInElsewhere(
  { copies, crypto }: Judgement,
  { clocks }: Causality,
  person: string,
): boolean {
  return copies.some((space) =>
    readCausality(space, crypto).standings.some(
      (it) => letsIn(it, person) && !clocks.has(it.by.id),
    ),
  )
}

function letsIn({ kind, role, person }: Standing, who: string): boolean {
  return (kind === 'in' || role === 'owner') && person === who
}

function exitOf(space: Space, entries: readonly Entry[], person: string): Entry | undefined {
  const former = space.formerMembers().find((each) => each.person === person)
  return former && entries.find(({ id }) => id === former.exit)
}

function opens({ crypto }: Judgement, entry: Entry, secrets: readonly Uint8Array[]): boolean {
  const core = coreOf(entry)
  return secrets.some((secret) => openContent(crypto, secret, core, entry.payload).ok)
}
