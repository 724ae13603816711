/**
 * The chat against a model of sets: what every message says, whether it was deleted, and who reacted with what.
 *
 * The model looks at all entries at once and knows nothing of order, pages or indexes: a text is the last of the author's
 * (an LWW register), a reaction an addition that no removal has seen (an OR-set), a deletion is for ever.
 */

import { decodeChat } from '@hamlet/chat'
import type { ChatContent, ChatMessage } from '@hamlet/chat'
import { RANK_BY_ROLE } from '@hamlet/space'
import type { ContentEntry } from '@hamlet/space'
import { comparePositions } from '@hamlet/space/view'
import { entriesOf } from './causality.ts'
import type { Judgement, Problem } from './problem.ts'

interface Said {
  readonly entry: ContentEntry
  readonly content: ChatContent
}

export async function findModelDifference(judgement: Judgement): Promise<Problem | undefined> {
  const replica = judgement.replicas.find(({ copy }) => copy.space.ownRole !== 'relay')
  if (replica === undefined) return undefined
  const said = everythingSaid(replica.copy.space)
  const messages = said.filter(({ content }) => content.kind === 'message')
  const shown = await replica.copy.chat.messages(messages.map(({ entry }) => entry.id))
  for (const [i, message] of messages.entries()) {
    const [model, view] = [modelOf(message, said), viewOf(shown[i], judgement.planted)]
    if (model === view) continue
    const detail = `space ${judgement.slot}: ${replica.name} shows ${view}, expected ${model}`
    return { oracle: 'chat model', detail }
  }
  return undefined
}

function everythingSaid(space: Judgement['replicas'][number]['copy']['space']): Said[] {
  const said: Said[] = []
  for (const stored of entriesOf(space)) {
    const opened = space.openContent(stored)
    if (opened.kind !== 'content') continue
    const content = decodeChat(opened.content.type, opened.content.value)
    if (content !== undefined) said.push({ entry: opened.content, content })
  }
  return said
}

function modelOf({ entry: original, content }: Said, said: readonly Said[]): string {
  const about = said.filter((it) => 'target' in it.content && it.content.target === original.id)
  const isOwn = ({ entry }: Said): boolean => entry.person === original.person
  const isAdmin = ({ entry }: Said): boolean => RANK_BY_ROLE[entry.role] >= RANK_BY_ROLE.admin
  const isDeleted = about.some((it) => it.content.kind === 'delete' && (isOwn(it) || isAdmin(it)))
  if (isDeleted) return describe('', true, [])
  const texts = [
    { entry: original, content },
    ...about.filter((it) => it.content.kind === 'edit' && isOwn(it)),
  ]
  const last = texts.sort((a, b) => comparePositions(a.entry, b.entry)).at(-1)!.content
  return describe('text' in last ? last.text : '', false, reactionsAmong(about))
}

/** Additions that nobody's later change has seen, as `emoji person`. */
function reactionsAmong(about: readonly Said[]): string[] {
  const reactions = about.flatMap(({ entry, content }) =>
    content.kind === 'react' ? [{ ...content, entry }] : [],
  )
  const isSeen = (added: (typeof reactions)[number]): boolean =>
    reactions.some(
      ({ entry, emoji, observed }) =>
        entry.person === added.entry.person &&
        emoji === added.emoji &&
        observed.some((dot) => dot.replica === added.entry.device && dot.seq === added.entry.seq),
    )
  return reactions
    .filter((it) => it.on && !isSeen(it))
    .map(({ emoji, entry }) => `${emoji} ${entry.person}`)
}

function viewOf(message: ChatMessage | undefined, planted: Judgement['planted']): string {
  if (message === undefined) return 'nothing'
  const reactions = message.reactions.flatMap(({ emoji, people }) =>
    people.map((person) => `${emoji} ${person}`),
  )
  const text = planted === 'wrong-view' ? `${message.text}!` : message.text
  return describe(text, message.deleted !== undefined, reactions)
}

function describe(text: string, isDeleted: boolean, reactions: readonly string[]): string {
  return JSON.stringify([text, isDeleted, [...new Set(reactions)].sort()])
}
