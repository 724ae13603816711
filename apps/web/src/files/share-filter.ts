/** What of a list of shares is shown, and in which order. Pure. */

import type { Share } from '@hamlet/http/api'

export type ShareSort = 'newest' | 'name' | 'size' | 'copies'
export type ShareKind = 'all' | 'folder' | 'image' | 'video' | 'audio' | 'other'
/** `links`: what came by a link, or is shared by link alone. */
export type SharesShown = 'live' | 'here' | 'away' | 'removed' | 'links'

export interface ShareFilter {
  readonly search: string
  readonly sort: ShareSort
  readonly kind: ShareKind
  readonly shown: SharesShown
}

export const NO_SHARE_FILTER: ShareFilter = {
  search: '',
  sort: 'newest',
  kind: 'all',
  shown: 'live',
}

export function isFilteredShares(filter: ShareFilter): boolean {
  return filter.search.trim() !== '' || filter.kind !== 'all' || filter.shown !== 'live'
}

/** `nameOf`: of the person who shared it. */
export function filterShares(
  shares: readonly Share[],
  filter: ShareFilter,
  nameOf: (share: Share) => string,
): readonly Share[] {
  const words = filter.search.toLocaleLowerCase().split(/\s+/u).filter(Boolean)
  const isFound = (share: Share): boolean => {
    if (filter.kind !== 'all' && shareKind(share) !== filter.kind) return false
    if (!isShown(share, filter.shown)) return false
    const text = `${share.name} ${nameOf(share)}`.toLocaleLowerCase()
    return words.every((word) => text.includes(word))
  }
  return shares.filter(isFound).toSorted(ORDERS[filter.sort])
}

export function shareKind(share: Pick<Share, 'isFolder' | 'mediaType'>): ShareKind {
  return share.isFolder ? 'folder' : mediaKind(share.mediaType)
}

export function mediaKind(mediaType: string): Exclude<ShareKind, 'all' | 'folder'> {
  const [main] = mediaType.split('/')
  return main === 'image' || main === 'video' || main === 'audio' ? main : 'other'
}

export function isWhole(share: Pick<Share, 'heldBytes' | 'totalBytes'>): boolean {
  return share.heldBytes >= share.totalBytes
}

function isShown(share: Share, shown: SharesShown): boolean {
  if (shown === 'removed') return share.isRemoved
  if (share.isRemoved) return false
  if (shown === 'here') return isWhole(share)
  return shown !== 'away' || !isWhole(share)
}

const collator = new Intl.Collator(undefined, { numeric: true })

const ORDERS: Readonly<Record<ShareSort, (a: Share, b: Share) => number>> = {
  newest: (a, b) => b.createdAtMs - a.createdAtMs,
  name: (a, b) => collator.compare(a.name, b.name),
  size: (a, b) => b.totalBytes - a.totalBytes,
  // What fewest devices have needs somebody.
  copies: (a, b) => a.copies - b.copies || b.createdAtMs - a.createdAtMs,
}
