/**
 * The files of a share: a tree of folders that open, what is to be loaded and how soon, what can be looked at. Only the
 * rows near the screen exist.
 */

import { useVirtualizer } from '@tanstack/react-virtual'
import { Download, FileArchive } from 'lucide-react'
import { useMemo, useRef, useState } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { sizeText } from '../format/sizes.ts'
import { Button } from '../ui/button.tsx'
import { useFileChoice } from './file-choice.ts'
import type { FileChoice } from './file-choice.ts'
import { FileTreeRow } from './file-tree-row.tsx'
import { buildTree, chosenPaths, filesUnder, treeRows } from './file-tree.ts'
import type { TreeFolder } from './file-tree.ts'
import { isSavable, saveArchive } from './save-file.ts'
import type { ShareDetailProps } from './share-detail-props.ts'
import styles from './share-drawer.module.css'
import { isWhole } from './share-filter.ts'
import { useShareWords } from './use-files.ts'

const ROW_PX = 46
/** Fewer are not worth a search. */
const SEARCH_MIN = 8

export function ShareFileList(props: ShareDetailProps) {
  const { share: texts } = useTexts()
  const { share } = props
  if (!share.isFolder) return null
  return (
    <section className={styles.block}>
      <h3>{texts.files}</h3>
      {share.files === undefined ? (
        <p className={styles.note}>{texts.noList}</p>
      ) : (
        <Tree {...props} />
      )}
    </section>
  )
}

function Tree({ space, share }: ShareDetailProps) {
  const { share: texts } = useTexts()
  const files = share.files
  const root = useMemo(() => buildTree(files ?? []), [files])
  const [open, setOpen] = useState<ReadonlySet<string>>(() => firstOpen(root))
  const [search, setSearch] = useState('')
  const rows = useMemo(() => treeRows(root, open, search), [root, open, search])
  const choice = useFileChoice(share)
  const scroller = useRef<HTMLDivElement>(null)
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    getItemKey: (index) => rows[index]?.node.path ?? index,
    overscan: 8,
    useAnimationFrameWithResizeObserver: false,
  })
  const toggle = (path: string) => setOpen((old) => toggled(old, path))
  return (
    <>
      {choice.isOpen && <ChosenLine root={root} share={share} choice={choice} />}
      {share.fileCount >= SEARCH_MIN && (
        <input
          type="search"
          className={styles.treeSearch}
          aria-label={texts.searchFiles}
          placeholder={texts.searchFiles}
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      )}
      {/* Focusable, so that it scrolls by keys. */}
      <div
        ref={scroller}
        className={styles.tree}
        role="region"
        aria-label={texts.files}
        tabIndex={0}
      >
        <ul style={{ height: virtualizer.getTotalSize() }}>
          {virtualizer.getVirtualItems().map((item) => {
            const row = rows[item.index]
            if (row === undefined) return null
            return (
              <li
                key={item.key}
                ref={virtualizer.measureElement}
                data-index={item.index}
                className={styles.treeItem}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <FileTreeRow
                  space={space}
                  share={share.id}
                  row={row}
                  isOpen={search !== '' || open.has(row.node.path)}
                  choice={choice}
                  onToggle={toggle}
                />
              </li>
            )
          })}
        </ul>
      </div>
    </>
  )
}

/** A single folder at the top is open: behind it is what somebody came for. */
function firstOpen(root: TreeFolder): ReadonlySet<string> {
  const [only] = root.children
  const isSingle = root.children.length === 1 && only?.kind === 'folder'
  return new Set(isSingle ? [only.path] : [])
}

function toggled(set: ReadonlySet<string>, item: string): ReadonlySet<string> {
  const next = new Set(set)
  if (!next.delete(item)) next.add(item)
  return next
}

interface ChosenLineProps {
  readonly root: TreeFolder
  readonly share: ShareDetailProps['share']
  readonly choice: FileChoice
}

function ChosenLine({ root, share, choice }: ChosenLineProps) {
  const { store } = useApp()
  const { texts, locale } = useShareWords()
  const all = filesUnder(root)
  const chosen = all.filter(({ path }) => choice.isChosen(path))
  const bytes = chosen.reduce((sum, file) => sum + file.sizeBytes - file.heldBytes, 0)
  const selected = () => chosenPaths(root, (path) => choice.isChosen(path))
  const load = () => {
    const select = selected()
    void store.files.start(share.id, select === undefined ? {} : { select })
  }
  const save = () => {
    const select = selected()
    if (isSavable(select)) void saveArchive(store, share.id, select)
    else store.notices.show({ tone: 'danger', text: texts.share.tooManyChosen })
  }
  return (
    <div className={styles.chosen}>
      <label className={styles.tick}>
        <input
          type="checkbox"
          checked={chosen.length === all.length}
          ref={(input) => {
            if (input !== null) {
              input.indeterminate = chosen.length > 0 && chosen.length < all.length
            }
          }}
          onChange={(event) => choice.choose(root, event.target.checked)}
        />
        {texts.share.allFiles}
      </label>
      <div className={styles.actions}>
        {!choice.isLive && !isWhole(share) && (
          <Button tone="primary" icon={<Download />} disabled={bytes === 0} onClick={load}>
            {texts.share.loadChosen(texts.files.total(chosen.length, sizeText(bytes, locale)))}
          </Button>
        )}
        {store.pageFiles.archiveOf !== undefined && (
          <Button
            icon={<FileArchive />}
            title={texts.share.saveChosenHint}
            disabled={chosen.length === 0}
            onClick={save}
          >
            {texts.share.saveChosen(texts.files.count(chosen.length))}
          </Button>
        )}
      </div>
    </div>
  )
}
