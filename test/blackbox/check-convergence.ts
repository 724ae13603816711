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
    checkWatched(context, state)
    checkSearches(context, state)
    checkInspection(context, state)
  }
}

function compareStates(context: CheckContext, first: FinalState, other: FinalState): void {
  const parts = [
    ['members', first.members.map(tell), other.members.map(tell)],
    ['what happened to members', first.log.map(tell), other.log.map(tell)],
    ['what was set aside', first.aside.map(tell), other.aside.map(tell)],
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

function tell(value: unknown): string {
  return JSON.stringify(value)
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

/** Who followed the events shows what the pages show. */
function checkWatched(context: CheckContext, { host, pages, watched }: FinalState): void {
  if (watched === undefined) return
  const shown = Object.values(pages).flat()
  const followed = new Map(watched.map((message) => [message.id, summarize(message)]))
  const missing = shown.filter(({ id }) => !followed.has(id))
  if (missing.length > 0) {
    const told = `${missing.length} of ${shown.length} messages, as ${short(missing[0]!.text)}`
    context.report('stale face', `${host} was never told of ${told}`)
  }
  const stale = shown.find((message) => {
    const summary = followed.get(message.id)
    return summary !== undefined && summary !== summarize(message)
  })
  if (stale === undefined) return
  const told = `${summarize(stale)}, was told ${followed.get(stale.id)}`
  context.report('stale face', `${host} was not told of a change: ${told}`)
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
