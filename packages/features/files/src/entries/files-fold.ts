/**
 * How one entry changes the shares of a space: every rule of them as a pure function of the set of entries.
 *
 * 1. A share is there once; its id is that of the entry that added it.
 * 2. It is called as its own entry says, or as the newest word of those who may rename it: who added it, and
 *    whoever was an admin when they said so.
 * 3. It is removed where the newest word of those who may remove it says so; the same people bring it back. Bytes are
 *    no business of the fold: they go from a device when nothing there needs them.
 * 4. Its web seeds are those of the newest word of the same people; without a word it has none.
 * 5. What a device holds of a share is what it said last. It speaks of itself alone.
 *
 * Who may is judged when the state is read (`share-list.ts`), so words on a share that is not here (yet) wait beside it. The
 * stored state is therefore the same whatever order the entries came in, and folding an entry twice changes nothing.
 */

import type { CborValue, EntryId } from '@hamlet/core'
import type { ContentEntry } from '@hamlet/space'
import { positionText } from '@hamlet/space/entry-position'
import type { ViewState } from '@hamlet/space/view'
import { decodeFiles } from './content.ts'
import type { FilesContent } from './content.ts'
import { heldKey, NAME_PREFIX, REMOVED_PREFIX, SEEDS_PREFIX, shareKey, wordKey } from './keys.ts'
import type { WordPrefix } from './keys.ts'

export type ShareChange =
  | { readonly kind: 'share'; readonly share: EntryId; readonly added: boolean }
  | { readonly kind: 'held'; readonly shares: readonly EntryId[] }

type State = ViewState<ShareChange>
type Content<Kind extends FilesContent['kind']> = Extract<FilesContent, { kind: Kind }>

export function foldShares(entry: ContentEntry, state: State): void {
  const content = decodeFiles(entry.type, entry.value)
  switch (content?.kind) {
    case undefined:
      return
    case 'share':
      return addShare(entry, state)
    case 'rename':
      return keepWord(entry, NAME_PREFIX, content.share, content.name, state)
    case 'remove':
    case 'restore':
      return keepWord(entry, REMOVED_PREFIX, content.share, content.kind === 'remove', state)
    case 'seeds':
      return keepWord(entry, SEEDS_PREFIX, content.share, content.webSeeds, state)
    case 'held':
      return keepHoldings(entry, content, state)
  }
}

/** The keys that {@link foldShares} reads. */
export function shareReads(entry: ContentEntry): readonly string[] {
  const content = decodeFiles(entry.type, entry.value)
  switch (content?.kind) {
    case undefined:
      return []
    case 'share':
      return [shareKey(entry.id)]
    case 'rename':
      return [keyOfWord(entry, NAME_PREFIX, content.share)]
    case 'remove':
    case 'restore':
      return [keyOfWord(entry, REMOVED_PREFIX, content.share)]
    case 'seeds':
      return [keyOfWord(entry, SEEDS_PREFIX, content.share)]
    case 'held':
      return content.holdings.map(({ share }) => heldKey(share, entry.device))
  }
}

function addShare(entry: ContentEntry, state: State): void {
  const key = shareKey(entry.id)
  if (state.get(key) !== undefined) return
  state.put(key, [entry.person, entry.device, entry.time.milliseconds, entry.value])
  state.emit({ kind: 'share', share: entry.id, added: true })
}

function keepWord(
  entry: ContentEntry,
  prefix: WordPrefix,
  share: EntryId,
  word: string | boolean | readonly string[],
  state: State,
): void {
  if (!keepNewest(keyOfWord(entry, prefix, share), positionText(entry), [word], state)) return
  state.emit({ kind: 'share', share, added: false })
}

function keepHoldings(entry: ContentEntry, { holdings }: Content<'held'>, state: State): void {
  const position = positionText(entry)
  const { person, time } = entry
  const changed = holdings.filter(({ share, heldBytes, isPinned }) => {
    const fields = [heldBytes, isPinned, person, time.milliseconds]
    return keepNewest(heldKey(share, entry.device), position, fields, state)
  })
  if (changed.length === 0) return
  state.emit({ kind: 'held', shares: changed.map(({ share }) => share) })
}

/** Whether it was the newest. Within one entry the first word on a share counts, of several. */
function keepNewest(
  key: string,
  position: string,
  fields: readonly CborValue[],
  state: State,
): boolean {
  const stored = state.get(key) as readonly [string] | undefined
  if (stored !== undefined && stored[0] >= position) return false
  state.put(key, [position, ...fields])
  return true
}

function keyOfWord(entry: ContentEntry, prefix: WordPrefix, share: EntryId): string {
  return wordKey(prefix, share, isAdmin(entry) ? 'a' : 'w', entry.person)
}

function isAdmin({ role }: ContentEntry): boolean {
  return role === 'admin' || role === 'owner'
}
