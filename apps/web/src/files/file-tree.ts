/**
 * The files of a share as a tree of folders, and the rows of it that are on the screen. Pure; built once per list, since a
 * share may have 100,000 files.
 */

import type { SharedFile } from '@hamlet/http/api'

export interface TreeFolder {
  readonly kind: 'folder'
  readonly path: string
  readonly name: string
  readonly children: readonly TreeNode[]
  readonly fileCount: number
  readonly sizeBytes: number
  readonly heldBytes: number
}

export interface TreeFile {
  readonly kind: 'file'
  readonly path: string
  readonly name: string
  readonly file: SharedFile
}

export type TreeNode = TreeFolder | TreeFile

export interface TreeRow {
  readonly node: TreeNode
  readonly depth: number
}

interface Growing {
  readonly path: string
  readonly name: string
  readonly folders: Map<string, Growing>
  readonly files: TreeFile[]
}

export function buildTree(files: readonly SharedFile[]): TreeFolder {
  const root: Growing = { path: '', name: '', folders: new Map(), files: [] }
  for (const file of files) {
    const names = file.path.split('/')
    const name = names.pop() ?? ''
    let folder = root
    for (const part of names) folder = folderIn(folder, part)
    folder.files.push({ kind: 'file', path: file.path, name, file })
  }
  return finish(root)
}

function folderIn(parent: Growing, name: string): Growing {
  const known = parent.folders.get(name)
  if (known !== undefined) return known
  const path = parent.path === '' ? name : `${parent.path}/${name}`
  const folder = { path, name, folders: new Map<string, Growing>(), files: [] }
  parent.folders.set(name, folder)
  return folder
}

const collator = new Intl.Collator(undefined, { numeric: true })

function byName(a: TreeNode, b: TreeNode): number {
  return collator.compare(a.name, b.name)
}

function finish({ path, name, folders, files }: Growing): TreeFolder {
  const below = [...folders.values()].map(finish)
  return {
    ...{ kind: 'folder', path, name },
    children: [...below.toSorted(byName), ...files.toSorted(byName)],
    fileCount: files.length + sum(below, (folder) => folder.fileCount),
    sizeBytes: sum(files, ({ file }) => file.sizeBytes) + sum(below, (folder) => folder.sizeBytes),
    heldBytes: sum(files, ({ file }) => file.heldBytes) + sum(below, (folder) => folder.heldBytes),
  }
}

/** The rows that are open, from above; with a search every file whose path has all its words, in its folders. */
export function treeRows(
  root: TreeFolder,
  open: ReadonlySet<string>,
  search: string,
): readonly TreeRow[] {
  const words = search.toLocaleLowerCase().split(/\s+/u).filter(Boolean)
  const rows: TreeRow[] = []
  if (words.length === 0) addOpen(root, 0, open, rows)
  else addFound(root, 0, words, rows)
  return rows
}

function addOpen(
  folder: TreeFolder,
  depth: number,
  open: ReadonlySet<string>,
  rows: TreeRow[],
): void {
  for (const node of folder.children) {
    rows.push({ node, depth })
    if (node.kind === 'folder' && open.has(node.path)) addOpen(node, depth + 1, open, rows)
  }
}

/** Whether anything was found in it. */
function addFound(
  folder: TreeFolder,
  depth: number,
  words: readonly string[],
  rows: TreeRow[],
): boolean {
  const before = rows.length
  for (const node of folder.children) {
    const at = rows.length
    rows.push({ node, depth })
    const isFound =
      node.kind === 'folder'
        ? addFound(node, depth + 1, words, rows)
        : words.every((word) => node.path.toLocaleLowerCase().includes(word))
    if (!isFound) rows.length = at
  }
  return rows.length > before
}

/** Every file in or at a node. */
export function filesUnder(node: TreeNode): readonly SharedFile[] {
  return node.kind === 'file' ? [node.file] : node.children.flatMap(filesUnder)
}

/**
 * Chosen files as few paths: a folder stands for all that is in it. `undefined` for everything, which needs no list.
 */
export function chosenPaths(
  root: TreeFolder,
  isChosen: (path: string) => boolean,
): readonly string[] | undefined {
  if (filesUnder(root).every(({ path }) => isChosen(path))) return undefined
  const paths: string[] = []
  const walk = (node: TreeNode): void => {
    if (node.kind === 'file') {
      if (isChosen(node.path)) paths.push(node.path)
    } else if (node.path !== '' && filesUnder(node).every(({ path }) => isChosen(path))) {
      paths.push(node.path)
    } else for (const child of node.children) walk(child)
  }
  walk(root)
  return paths
}

function sum<Item>(items: readonly Item[], valueOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + valueOf(item), 0)
}
