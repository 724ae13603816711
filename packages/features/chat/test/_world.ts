/** A little world without keys or networks: devices write entries that know their causal past, replicas fold them. */

import { createHash } from 'node:crypto'
import { encodeCbor } from '@hamlet/core'
import type { CborValue, EntryId, PersonId } from '@hamlet/core'
import { createMemoryKv } from '@hamlet/store'
import { MemoryViewSource, openViewRunner } from '@hamlet/space/view'
import type { ContentEntry, Role } from '@hamlet/space'
import type { View, ViewRunner } from '@hamlet/space/view'
import { CausalDevice, CausalWorld, causalOrder, idOf } from '@hamlet/testkit/causal-world'
import type { CausalEntry } from '@hamlet/testkit/causal-world'
import { Chat, chatDraft, chatView } from '../src/index.ts'
import type { ChatChange, ChatContent, ChatViewOptions } from '../src/index.ts'

export { causalOrder, idOf }
export type { CausalEntry }

export class World extends CausalWorld {
  override device(name: string, person: string, role: Role = 'writer'): WritingDevice {
    return new WritingDevice(this, name, idOf<PersonId>(`person ${person}`), role)
  }
}

export class WritingDevice extends CausalDevice {
  write(content: ChatContent): CausalEntry {
    return this.writeDraft(chatDraft(content))
  }

  say(room: EntryId, text: string, replyTo?: EntryId): CausalEntry {
    return this.write({ kind: 'message', room, text, replyTo, mentions: [] })
  }
}

export interface Replica {
  readonly source: MemoryViewSource
  readonly runner: ViewRunner
  readonly view: View<ChatChange>
  readonly chat: Chat
  receive(...entries: readonly ContentEntry[]): Promise<void>
}

export async function openReplica(
  entries: readonly ContentEntry[] = [],
  options: ChatViewOptions = {},
): Promise<Replica> {
  const source = new MemoryViewSource()
  const definition = chatView(options)
  source.add(...entries)
  const runner = await openViewRunner({ source, kv: createMemoryKv(), views: [definition] })
  await runner.caughtUp()
  const view = runner.view(definition)
  const receive = async (...more: readonly ContentEntry[]) => {
    source.add(...more)
    await runner.caughtUp()
  }
  return { source, runner, view, chat: new Chat(view), receive }
}

/** The search index is stored in the order of arrival; what it finds is compared instead. */
const SEARCH_KEY = /^(?:i$|[ibw]\/)/

/** Everything replicas must agree on. */
export async function stateHash(view: View<ChatChange>): Promise<string> {
  const hash = createHash('sha256')
  for await (const [key, value] of view.range('')) {
    if (!SEARCH_KEY.test(key)) hash.update(encodeCbor([key, value as CborValue]))
  }
  return hash.digest('hex')
}
