/**
 * What of all that was set aside can be written again by somebody else, and what has to go with it.
 *
 * A message, a room and a version of a bill can; an edit of a message or a reaction cannot. What only names something, a
 * placeholder or a category, is written again with a bill that needs it.
 */

import { chatDraft, decodeChat } from '@hamlet/chat'
import type { ChatContent } from '@hamlet/chat'
import { assert } from '@hamlet/core'
import type { EntryId } from '@hamlet/core'
import { decodeLedger } from '@hamlet/expenses'
import type { AnyVersion, ExpenseBody, LedgerDrafts } from '@hamlet/expenses'
import type { ContentDraft, SetAside } from '@hamlet/space'
import { partiesOfInput } from './ledger/ledger-input.ts'

export interface AdoptableBill {
  readonly kind: 'bill'
  readonly version: AnyVersion
  readonly body: ExpenseBody
}

type AdoptableMessage = Extract<ChatContent, { kind: 'message' }>

export type Adoptable = AdoptableMessage | Extract<ChatContent, { kind: 'room' }> | AdoptableBill

export interface AdoptionContext {
  /** Ids of rooms that are here, adopted ones among them. */
  readonly rooms: ReadonlySet<string>
  /** Where a message goes whose room nobody has. */
  readonly firstRoom: EntryId | undefined
  /** What became of entries that were adopted before. */
  readonly newIds: ReadonlyMap<EntryId, EntryId>
  readonly ledger: LedgerDrafts
}

export function toAdoptable({ content }: SetAside): Adoptable | undefined {
  if (content === undefined) return undefined
  const chat = decodeChat(content.type, content.value)
  if (chat?.kind === 'message' || chat?.kind === 'room') return chat
  const ledger = decodeLedger(content.type, content.value)
  if (ledger?.kind !== 'version' || ledger.record !== 'expense') return undefined
  return { kind: 'bill', version: ledger, body: ledger.body }
}

export function adoptableText(adoptable: Adoptable): string {
  switch (adoptable.kind) {
    case 'message':
      return adoptable.text
    case 'room':
      return adoptable.name
    case 'bill':
      return adoptable.body.title
  }
}

/** The entries, behind what else was set aside that they need: rooms of messages, names of bills. */
export function withNeeded(
  entries: readonly SetAside[],
  aside: readonly SetAside[],
): readonly SetAside[] {
  const rooms = new Set<string>()
  const names = new Set<string>()
  for (const entry of entries) {
    const content = toAdoptable(entry)
    if (content?.kind === 'message') rooms.add(content.room)
    if (content?.kind !== 'bill') continue
    for (const party of partiesOfInput(content.body)) names.add(party)
    if (content.body.category !== undefined) names.add(content.body.category)
  }
  const needed = aside.filter((entry) => {
    if (entries.includes(entry)) return false
    if (rooms.has(entry.id)) return toAdoptable(entry)?.kind === 'room'
    const name = toName(entry)
    return name !== undefined && names.has(name.id)
  })
  return [...needed, ...entries]
}

/** Whether it can only be written again after one of these. */
export function refersTo(entry: SetAside, ids: ReadonlySet<EntryId>): boolean {
  const content = toAdoptable(entry)
  if (content?.kind !== 'message') return false
  return ids.has(content.room) || (content.replyTo !== undefined && ids.has(content.replyTo))
}

/** For what `withNeeded` gave. @throws LedgerError `LEDGER_ARCHIVED` */
export function adoptionDraft(entry: SetAside, context: AdoptionContext): ContentDraft {
  const content = toAdoptable(entry)
  const version = content?.kind === 'bill' ? content.version : toName(entry)
  if (version !== undefined) {
    const { record, id, body, batch } = version
    // The same version once more: it says what it said, over what it was written over.
    return context.ledger.record(record, id, body as never, version, batch)
  }
  assert(content?.kind === 'message' || content?.kind === 'room', 'of what can be adopted')
  return chatDraft(content.kind === 'room' ? content : moved(content, context))
}

function moved(message: AdoptableMessage, context: AdoptionContext): AdoptableMessage {
  const { newIds, rooms, firstRoom } = context
  const { replyTo } = message
  const room = newIds.get(message.room) ?? message.room
  return {
    ...message,
    // A room that nobody has cannot show anything: the first one can.
    room: rooms.has(room) ? room : (firstRoom ?? room),
    replyTo: replyTo && (newIds.get(replyTo) ?? replyTo),
  }
}

/** A version of what names something a bill may need. */
function toName({ content }: SetAside): AnyVersion | undefined {
  const ledger = content && decodeLedger(content.type, content.value)
  if (ledger?.kind !== 'version') return undefined
  return ledger.record === 'party' || ledger.record === 'category' ? ledger : undefined
}
