/**
 * Completing mentions while writing. A mention is `@` and the whole name of a member,
 * as `@hamlet/chat` finds it when the message is written.
 */

import type { Member } from '@hamlet/http/api'

export interface MentionQuery {
  /** Where the `@` stands. */
  readonly start: number
  readonly query: string
}

const QUERY_LENGTH_MAX = 40
const SUGGESTIONS_MAX = 6

/** The mention being written at `caret`, if any: an `@` at the start of a word with no line break after it. */
export function mentionAt(text: string, caret: number): MentionQuery | undefined {
  const before = text.slice(0, caret)
  const start = before.lastIndexOf('@')
  if (start < 0 || caret - start > QUERY_LENGTH_MAX) return undefined
  const previous = before[start - 1]
  if (previous !== undefined && /[\p{L}\p{N}_@]/u.test(previous)) return undefined
  const query = before.slice(start + 1)
  if (/[\n@]/.test(query) || query.startsWith(' ')) return undefined
  return { start, query }
}

/** Members whose name, or a word of it, begins with the query; the person who writes is left out. */
export function suggestMembers(members: readonly Member[], query: string): readonly Member[] {
  const wanted = fold(query)
  return members
    .filter((member) => !member.self && member.name.trim() !== '' && matches(member.name, wanted))
    .slice(0, SUGGESTIONS_MAX)
}

function matches(name: string, wanted: string): boolean {
  const folded = fold(name)
  return folded.startsWith(wanted) || folded.split(/\s+/).some((word) => word.startsWith(wanted))
}

/** Replaces the query with the whole name and a space after it. */
export function completeMention(
  text: string,
  mention: MentionQuery,
  name: string,
): { readonly text: string; readonly caret: number } {
  const end = mention.start + 1 + mention.query.length
  const inserted = `@${name} `
  const rest = text.slice(end).replace(/^ /, '')
  return {
    text: text.slice(0, mention.start) + inserted + rest,
    caret: mention.start + inserted.length,
  }
}

function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase()
}
