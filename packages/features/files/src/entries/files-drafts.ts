/**
 * What a person wants with a share, judged as it will be judged when it comes from a stranger, as entries to write. Pure
 * functions: they take what they depend on and throw a `FilesError` that a face can put into words.
 */

import type { PersonId } from '@hamlet/core'
import type { ContentDraft, Role } from '@hamlet/space'
import { checkFileName } from '../names/file-name.ts'
import { decodeFiles, filesDraft } from './content.ts'
import type { FilesContent, Holding, ShareHead } from './content.ts'
import { FilesError } from './errors.ts'
import { HOLDINGS_MAX } from './limits.ts'
import type { SharedItem } from './share-list.ts'

export interface FilesActor {
  readonly person: PersonId
  readonly role: Role
}

/** @throws FilesError `FILES_BAD_NAME`, `FILES_BAD_SHARE` */
export function draftShare(head: ShareHead): ContentDraft {
  return judged({ kind: 'share', ...head, name: checkedName(head.name) })
}

/** @throws FilesError `FILES_UNKNOWN_SHARE`, `FILES_NOT_ALLOWED`, `FILES_BAD_NAME` */
export function draftShareName(
  share: SharedItem | undefined,
  name: string,
  actor: FilesActor,
): ContentDraft {
  const { id } = allowed(share, actor)
  return judged({ kind: 'rename', share: id, name: checkedName(name) })
}

/** @throws FilesError `FILES_UNKNOWN_SHARE`, `FILES_NOT_ALLOWED` */
export function draftRemoval(
  share: SharedItem | undefined,
  isRemoved: boolean,
  actor: FilesActor,
): ContentDraft {
  const { id } = allowed(share, actor)
  return judged({ kind: isRemoved ? 'remove' : 'restore', share: id })
}

/** `webSeeds`: all of them; those that were named before and are not among them are named no more. @throws FilesError `FILES_UNKNOWN_SHARE`, `FILES_NOT_ALLOWED`, `FILES_BAD_SHARE` */
export function draftWebSeeds(
  share: SharedItem | undefined,
  webSeeds: readonly string[],
  actor: FilesActor,
): ContentDraft {
  const { id } = allowed(share, actor)
  return judged({ kind: 'seeds', share: id, webSeeds })
}

/** What this device holds, in as many entries as it takes. */
export function draftHoldings(holdings: readonly Holding[]): readonly ContentDraft[] {
  const drafts: ContentDraft[] = []
  for (let at = 0; at < holdings.length; at += HOLDINGS_MAX) {
    drafts.push(filesDraft({ kind: 'held', holdings: holdings.slice(at, at + HOLDINGS_MAX) }))
  }
  return drafts
}

export function mayChange(share: Pick<SharedItem, 'person'>, actor: FilesActor): boolean {
  if (actor.role === 'admin' || actor.role === 'owner') return true
  return actor.role === 'writer' && share.person === actor.person
}

function allowed(share: SharedItem | undefined, actor: FilesActor): SharedItem {
  if (share === undefined) throw new FilesError('FILES_UNKNOWN_SHARE', 'no such share here')
  if (mayChange(share, actor)) return share
  throw new FilesError('FILES_NOT_ALLOWED', 'expected who shared it, or an admin')
}

function checkedName(name: string): string {
  const checked = checkFileName(name)
  if (checked.ok) return checked.value
  throw new FilesError('FILES_BAD_NAME', checked.error.message, { cause: checked.error })
}

function judged(content: FilesContent): ContentDraft {
  const draft = filesDraft(content)
  if (decodeFiles(draft.type, draft.value) !== undefined) return draft
  throw new FilesError('FILES_BAD_SHARE', 'a share that others would not take')
}
