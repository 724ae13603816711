/** One folder or file in the tree of a share. */

import { ChevronDown, ChevronRight, Save } from 'lucide-react'
import type { FilePriority } from '@hamlet/http/api'
import { useApp, useTexts } from '../app-context.tsx'
import { sizeText } from '../format/sizes.ts'
import { IconButton } from '../ui/button.tsx'
import { filesUnder } from './file-tree.ts'
import type { TreeFile, TreeFolder, TreeNode, TreeRow } from './file-tree.ts'
import { MediaIcon } from './media-icon.tsx'
import { previewKind } from './preview-kind.ts'
import { saveFile } from './save-file.ts'
import styles from './share-drawer.module.css'
import type { FileChoice } from './file-choice.ts'
import { HeldWords } from './held-words.tsx'
import { mediaKind } from './share-filter.ts'
import { useShareWords } from './use-files.ts'

interface FileTreeRowProps {
  readonly space: string | undefined
  readonly share: string
  readonly row: TreeRow
  readonly isOpen: boolean
  readonly choice: FileChoice
  readonly onToggle: (path: string) => void
}

const INDENT_PX = 18
const DEPTH_SHOWN_MAX = 6

export function FileTreeRow({ space, share, row, isOpen, choice, onToggle }: FileTreeRowProps) {
  const { node, depth } = row
  const indent = Math.min(depth, DEPTH_SHOWN_MAX) * INDENT_PX
  return (
    <div className={styles.treeRow} style={{ paddingLeft: indent }}>
      {choice.isOpen && <Tick node={node} choice={choice} />}
      {node.kind === 'folder' ? (
        <FolderPart node={node} isOpen={isOpen} onToggle={onToggle} />
      ) : (
        <FilePart space={space} share={share} node={node} />
      )}
      {choice.isLive && node.kind === 'file' && <PrioritySelect share={share} node={node} />}
      {node.kind === 'file' && !choice.isLive && <SaveButton share={share} node={node} />}
    </div>
  )
}

function Tick({ node, choice }: { readonly node: TreeNode; readonly choice: FileChoice }) {
  const { share: texts } = useTexts()
  const files = filesUnder(node)
  const chosen = files.filter(({ path }) => choice.isChosen(path)).length
  return (
    <input
      type="checkbox"
      aria-label={texts.choose(node.name)}
      checked={chosen === files.length}
      ref={(input) => {
        if (input !== null) input.indeterminate = chosen > 0 && chosen < files.length
      }}
      onChange={(event) => choice.choose(node, event.target.checked)}
    />
  )
}

interface FolderPartProps {
  readonly node: TreeFolder
  readonly isOpen: boolean
  readonly onToggle: (path: string) => void
}

function FolderPart({ node, isOpen, onToggle }: FolderPartProps) {
  const { texts, locale } = useShareWords()
  return (
    <button
      type="button"
      className={styles.node}
      data-row=""
      aria-expanded={isOpen}
      onClick={() => onToggle(node.path)}
    >
      {isOpen ? <ChevronDown aria-hidden="true" /> : <ChevronRight aria-hidden="true" />}
      <span className={styles.nodeText}>
        <span className={styles.nodeName}>{node.name}</span>
        <span className={styles.note}>
          {texts.files.total(node.fileCount, sizeText(node.sizeBytes, locale))}
          <HeldWords held={node.heldBytes} size={node.sizeBytes} />
        </span>
      </span>
    </button>
  )
}

interface FilePartProps {
  readonly space: string | undefined
  readonly share: string
  readonly node: TreeFile
}

/** A name that leads to a look at the file, where it can be shown. */
function FilePart({ space, share, node }: FilePartProps) {
  const { show } = useApp()
  const { locale } = useShareWords()
  const { file, name } = node
  const content = (
    <>
      <MediaIcon kind={mediaKind(file.mediaType)} mediaType={file.mediaType} />
      <span className={styles.nodeText}>
        <span className={styles.nodeName}>{name}</span>
        <span className={styles.note}>
          {sizeText(file.sizeBytes, locale)}
          <HeldWords held={file.heldBytes} size={file.sizeBytes} />
        </span>
      </span>
    </>
  )
  if (previewKind(file.mediaType) === undefined)
    return <span className={styles.node}>{content}</span>
  return (
    <button
      type="button"
      className={styles.node}
      data-row=""
      onClick={() =>
        show({
          ...{ kind: 'preview', share, path: file.path },
          ...(space === undefined ? {} : { space }),
        })
      }
    >
      {content}
    </button>
  )
}

interface NodeProps {
  readonly share: string
  readonly node: TreeFile
}

function PrioritySelect({ share, node }: NodeProps) {
  const { store } = useApp()
  const { share: texts } = useTexts()
  const { priorities } = texts
  return (
    <select
      className={styles.priority}
      aria-label={texts.priority(node.name)}
      value={node.file.priority}
      onChange={(event) =>
        void store.files.setPriority(share, node.path, event.target.value as FilePriority, false)
      }
    >
      {(Object.keys(priorities) as FilePriority[]).map((priority) => (
        <option key={priority} value={priority}>
          {priorities[priority]}
        </option>
      ))}
    </select>
  )
}

function SaveButton({ share, node }: NodeProps) {
  const { store } = useApp()
  const { share: texts } = useTexts()
  return (
    <IconButton
      label={texts.saveOf(node.name)}
      side="left"
      onClick={() => void saveFile(store, share, node.path)}
    >
      <Save />
    </IconButton>
  )
}
