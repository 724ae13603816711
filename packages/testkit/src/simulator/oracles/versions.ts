/**
 * Two versions in one world: what a later device wrote is everywhere, named where it is not known and shown where it is,
 * also on a device that had it before it was upgraded.
 */

import type { EntryId } from '@hamlet/core'
import { LATER_TYPE } from '../later-version.ts'
import type { Reached } from '../reached.ts'
import { entriesOf } from './causality.ts'
import type { Judgement, Problem, Replica } from './problem.ts'

export async function findVersionFault(
  judgement: Judgement,
  reached: Reached,
): Promise<Problem | undefined> {
  const replicas = judgement.replicas.filter(({ copy }) => copy.space.ownRole !== 'relay')
  let polls = 0
  for (const replica of replicas) {
    const { name, copy } = replica
    const expected = pollsOf(replica)
    polls = Math.max(polls, expected.length)
    const [shown, named] = [await copy.shownPolls(), await copy.namedAsNewer()]
    const [right, wrong] = copy.isLater ? [shown, named] : [named, shown]
    const stubs = await stubsAmong(replica, expected)
    if (stubs !== (copy.isLater ? 0 : expected.length)) {
      return problem(judgement, `${name} marks ${stubs} of ${expected.length} as newer in the chat`)
    }
    const lacking = expected.find((id) => !right.has(id))
    if (lacking !== undefined) return problem(judgement, `${name} does not show ${lacking}`)
    const [extra] = [...wrong, ...[...right].filter((id) => !expected.includes(id))]
    if (extra !== undefined) return problem(judgement, `${name} should not show ${extra}`)
    count(replica, expected, reached)
  }
  const versions = new Set(replicas.map(({ copy }) => copy.isLater))
  if (versions.size > 1 && polls > 0) reached.count('two versions agreed')
  return undefined
}

/** Of these entries, how many the chat shows as of a newer version. */
async function stubsAmong({ copy }: Replica, ids: readonly EntryId[]): Promise<number> {
  const messages = await copy.chat.messages(ids)
  return messages.filter((message) => message?.newer === true).length
}

/** Of the later type, what counts. */
function pollsOf({ copy: { space } }: Replica): EntryId[] {
  return [...entriesOf(space)].flatMap((entry) => {
    const opened = space.openContent(entry)
    return opened.kind === 'content' && opened.content.type === LATER_TYPE ? [entry.id] : []
  })
}

function count(replica: Replica, polls: readonly EntryId[], reached: Reached): void {
  const { copy, heldAtUpgrade } = replica
  if (!copy.isLater) return reached.count('entry named as of a newer version', polls.length)
  const held = [...entriesOf(copy.space)].filter(({ device, seq, id }) => {
    return seq < (heldAtUpgrade.get(device) ?? 0) && polls.includes(id)
  })
  reached.count('shown after an upgrade what was stored before', held.length)
}

function problem({ slot }: Judgement, detail: string): Problem {
  return { oracle: 'versions', detail: `space ${slot}: ${detail}` }
}
