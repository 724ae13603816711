/** Every host gives the same answer at the end, and answers that hang together; no honest device is accused. */

import { short } from './check-context.ts'
import type { CheckContext } from './check-context.ts'
import type { FinalMessage, FinalState, SeenMessage } from './history.ts'

export function checkConvergence(context: CheckContext): void {
  const [first, ...others] = context.history.finals
  if (first === undefined) return
  for (const other of others) compareStates(context, first, other)
  for (const state of context.history.finals) {
    checkPages(context, state)
    checkSearches(context, state)
    checkInspection(context, state)
  }
}

function compareStates(context: CheckContext, first: FinalState, other: FinalState): void {
  const parts = [
    ['members', first.members, other.members],
    ['rooms', first.rooms, other.rooms],
    ['the frontier', [first.inspection.frontier], [other.inspection.frontier]],
    ['messages', first.messages.map(describe), other.messages.map(describe)],
    ['the export', first.exportLines, other.exportLines],
  ] as const
  for (const [what, mine, theirs] of parts) {
    const difference = firstDifference(mine, theirs)
    if (difference === undefined) continue
    context.report('diverged', `${what} of ${first.host} and ${other.host}: ${difference}`)
    return
  }
}

function firstDifference(mine: readonly string[], theirs: readonly string[]): string | undefined {
  const length = Math.max(mine.length, theirs.length)
  for (let i = 0; i < length; i++) {
    if (mine[i] === theirs[i]) continue
    return `${mine.length} and ${theirs.length}; at ${i} ${mine[i] ?? 'nothing'} and ${theirs[i] ?? 'nothing'}`
  }
  return undefined
}

function describe(message: FinalMessage): string {
  return JSON.stringify([
    message.id,
    message.author,
    message.text,
    message.replyTo ?? null,
    message.versions,
    message.deleted,
    reactionsOf(message),
  ])
}

function reactionsOf({ reactions }: Pick<FinalMessage, 'reactions'>): string[] {
  return reactions
    .flatMap(({ emoji, people }) => people.map((person) => `${emoji} ${person}`))
    .sort()
}

/** What a room shows page by page is what the export says of it. */
function checkPages(context: CheckContext, state: FinalState): void {
  for (const [room, shown] of Object.entries(state.pages)) {
    const exported = state.messages.filter((message) => message.room === room)
    const difference = firstDifference(exported.map(summarize), shown.map(summarize))
    if (difference === undefined) continue
    context.report('diverged', `export and pages of ${state.host} in ${short(room)}: ${difference}`)
  }
}

function summarize(message: FinalMessage | SeenMessage): string {
  return JSON.stringify([
    message.id,
    message.author,
    message.text,
    message.replyTo ?? null,
    message.deleted,
    reactionsOf(message),
  ])
}

function checkSearches(context: CheckContext, { host, messages, searches }: FinalState): void {
  for (const { word, ids } of searches) {
    const expected = messages.filter(({ text }) => wordsOf(text).has(word)).map(({ id }) => id)
    const difference = firstDifference(expected.sort(), [...ids].sort())
    if (difference === undefined) continue
    context.report('wrong search', `${word} at ${host}, expected and found: ${difference}`)
  }
}

export function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.split(/[^\p{L}\p{N}\p{M}]+/u))
}

function checkInspection(context: CheckContext, { host, unread, inspection }: FinalState): void {
  if (unread.some((count) => count > 0)) {
    context.report(
      'wrong unread count',
      `${host} has ${unread.join(', ')} unread after reading all`,
    )
  }
  const { pending, quarantined, rejected, forks } = inspection
  if (pending > 0 || quarantined > 0) {
    context.report('did not converge', `${host}: ${pending} pending, ${quarantined} set aside`)
  }
  if (rejected > 0 || forks > 0) {
    context.report('honest device accused', `${host}: ${rejected} rejected, ${forks} forks`)
  }
}
