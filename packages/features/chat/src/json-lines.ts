/**
 * A chat as JSON Lines: one message with its whole history per line, all rooms, oldest first.
 *
 * Names of people are labels the caller supplies; whatever they contain, JSON escapes it, so a line is always a line
 * (U+2028 and U+2029 too, which JSON itself would leave in). Ids are there to tell people of equal names apart.
 */

import { checkName } from '@hamlet/core'
import { readDetail } from './chat-messages.ts'
import { orderPrefix } from './keys.ts'
import { readRooms } from './rooms.ts'
import type { EntryId, PersonId } from '@hamlet/core'
import { keyId } from '@hamlet/space/entry-position'
import type { ChatMessageDetail, ChatReader } from './chat-messages.ts'

export interface ChatExportOptions {
  /** @default no names, only ids */
  readonly nameOf?: (person: PersonId) => string | undefined
  readonly signal?: AbortSignal
}

export interface ExportedMessage {
  readonly id: string
  readonly room: string
  readonly roomName?: string
  readonly author: string
  readonly authorName?: string
  readonly device: string
  readonly seq: number
  readonly atMs: number
  readonly text: string
  readonly replyTo?: string
  readonly mentions: readonly string[]
  readonly versions: readonly {
    readonly id: string
    readonly text: string
    readonly atMs: number
  }[]
  /** Written by a newer version, whose text is not known here. */
  readonly newer?: true
  readonly deleted?: { readonly person: string; readonly atMs: number }
  readonly reactions: readonly { readonly emoji: string; readonly people: readonly string[] }[]
}

/** Lines without their ends. */
export async function* exportChat(
  view: ChatReader,
  options: ChatExportOptions = {},
): AsyncGenerator<string> {
  const roomNames = new Map<EntryId, string>()
  for (const [id, { name }] of await readRooms(view)) roomNames.set(id, name)
  for await (const id of messagesUp(view, [...roomNames.keys()])) {
    options.signal?.throwIfAborted()
    const detail = await readDetail(view, id)
    if (detail === undefined) continue
    yield toLine(toExported(detail, roomNames.get(detail.room), options.nameOf))
  }
}

function toExported(
  detail: ChatMessageDetail,
  roomName: string | undefined,
  nameOf: ChatExportOptions['nameOf'],
): ExportedMessage {
  const { id, room, author, device, seq, atMs, text, mentions, versions, reactions } = detail
  const authorName = nameOf?.(author)
  return {
    id,
    room,
    author,
    device,
    seq,
    atMs,
    text,
    mentions,
    versions,
    reactions,
    ...(roomName !== undefined && checkName(roomName).ok ? { roomName } : {}),
    ...(authorName === undefined ? {} : { authorName }),
    ...(detail.replyTo === undefined ? {} : { replyTo: detail.replyTo.id }),
    ...(detail.newer ? { newer: true as const } : {}),
    ...(detail.deleted === undefined ? {} : { deleted: detail.deleted }),
  }
}

function toLine(message: ExportedMessage): string {
  return JSON.stringify(message)
    .replaceAll('\u2028', String.raw`\u2028`)
    .replaceAll('\u2029', String.raw`\u2029`)
}

/** Message ids of several rooms in one order. */
async function* messagesUp(view: ChatReader, rooms: readonly EntryId[]): AsyncGenerator<EntryId> {
  const sources = rooms.map((room) => keysOf(view, orderPrefix(room)))
  const heads = await Promise.all(sources.map((source) => source.next()))
  try {
    for (;;) {
      let oldest = -1
      heads.forEach(({ done, value }, i) => {
        const best = heads[oldest]?.value as string | undefined
        if (!done && (best === undefined || value < best)) oldest = i
      })
      if (oldest < 0) return
      yield keyId(heads[oldest]!.value as string)
      heads[oldest] = await sources[oldest]!.next()
    }
  } finally {
    await Promise.all(sources.map((source) => source.return(undefined)))
  }
}

async function* keysOf(view: ChatReader, prefix: string): AsyncGenerator<string> {
  for await (const [key] of view.range(prefix)) yield key.slice(prefix.length)
}
