/** What the components of the section read. */

import type { Transfer } from '@hamlet/http/api'
import { useMemo } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { canWrite, ownRole } from '../people/roles.ts'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { BY_LINK, EMPTY_SHARES } from '../state/files-state.ts'
import type { ShareList } from '../state/files-state.ts'
import type { MembersById, ShareWords } from './share-words.ts'

const NOBODY: readonly never[] = []

/** Of a space, or `BY_LINK`. */
export function useShareList(list: string): ShareList {
  return useSelect((state) => state.files.lists[list] ?? EMPTY_SHARES)
}

export function useShareWords(): ShareWords {
  const { words } = useApp()
  const texts = useTexts()
  return useMemo(() => ({ texts, locale: words.locale }), [texts, words.locale])
}

export function useMembers(space: string | undefined): MembersById {
  const members = useSelect((state) => state.spaceStates[space ?? '']?.members ?? NOBODY)
  return useMemo(() => new Map(members.map((member) => [member.person, member])), [members])
}

/** How many devices the space has. */
export function useDeviceCount(space: string | undefined): number | undefined {
  return useSelect(
    (state) => (state.spaceStates[space ?? ''] ?? EMPTY_SPACE).inspection?.devices.length,
  )
}

export function useSpaceName(space: string | undefined): string {
  return useSelect((state) => state.spaces?.find(({ id }) => id === space)?.name ?? '')
}

/** What came by a link is one's own to share. */
export function useMayShare(list: string): boolean {
  return useSelect((state) => list === BY_LINK || canWrite(ownRole(state, list)))
}

export function useTransfer(share: string): Transfer | undefined {
  return useSelect((state) => state.files.transfers?.find((each) => each.share === share))
}
