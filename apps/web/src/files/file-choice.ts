/**
 * Which files of a share are to be here, or to be saved. Before anything is loaded, and once all is here, a tick is a choice that a
 * button then carries out; while it loads a tick is the peer's own account of it, and changing one tells the peer at once.
 */

import { useCallback, useMemo, useState } from 'react'
import type { ShareDetail } from '@hamlet/http/api'
import { useApp } from '../app-context.tsx'
import { filesUnder } from './file-tree.ts'
import type { TreeNode } from './file-tree.ts'
import { useTransfer } from './use-files.ts'

export interface FileChoice {
  /** Whether there is anything left to choose. */
  readonly isOpen: boolean
  /** Whether ticks are carried out at once. */
  readonly isLive: boolean
  isChosen(path: string): boolean
  choose(node: TreeNode, isChosen: boolean): void
}

export function useFileChoice(share: ShareDetail): FileChoice {
  const { store } = useApp()
  const transfer = useTransfer(share.id)
  const [skipped, setSkipped] = useState<ReadonlySet<string>>(new Set())
  const isLive = transfer !== undefined && transfer.state !== 'done' && transfer.state !== 'serving'
  const priorities = useMemo(
    () => new Map((share.files ?? []).map(({ path, priority }) => [path, priority])),
    [share.files],
  )
  const choose = useCallback(
    (node: TreeNode, isChosen: boolean) => {
      if (isLive) {
        const priority = isChosen ? 'normal' : 'skip'
        void store.files.setPriority(share.id, node.path, priority, node.kind === 'folder')
        return
      }
      setSkipped((old) => {
        const next = new Set(old)
        for (const { path } of filesUnder(node)) {
          if (isChosen) next.delete(path)
          else next.add(path)
        }
        return next
      })
    },
    [store, share.id, isLive],
  )
  return {
    isOpen: !share.isRemoved,
    isLive,
    isChosen: (path) => (isLive ? priorities.get(path) !== 'skip' : !skipped.has(path)),
    choose,
  }
}
