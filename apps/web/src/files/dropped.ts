/**
 * Files and folders as a person dropped or chose them, ready to be shared: each with its path inside what will be shared.
 *
 * A browser hands out a dropped folder as entries that are asked for their children, a hundred at a time; a chosen one as
 * a flat list of files with paths.
 */

export interface DroppedFile {
  /** Inside the share; of a single file its name. */
  readonly path: string
  readonly file: File
}

/** A file, or a folder with what is in it. */
export interface DroppedItem {
  readonly name: string
  readonly isFolder: boolean
  readonly files: readonly DroppedFile[]
}

export interface Dropped {
  readonly items: readonly DroppedItem[]
  /** Paths that the browser could not read. */
  readonly unread: readonly string[]
}

/** Must be called while the event is handled: afterwards the browser hands out nothing. */
export function readDrop(transfer: DataTransfer): Promise<Dropped> {
  const entries: FileSystemEntry[] = []
  const loose: File[] = []
  for (const item of transfer.items) {
    if (item.kind !== 'file') continue
    const entry = item.webkitGetAsEntry()
    if (entry !== null) entries.push(entry)
    else {
      const file = item.getAsFile()
      if (file !== null) loose.push(file)
    }
  }
  return readEntries(entries, loose)
}

async function readEntries(
  entries: readonly FileSystemEntry[],
  loose: readonly File[],
): Promise<Dropped> {
  const unread: string[] = []
  const items: DroppedItem[] = loose.map(fileItem)
  for (const entry of entries) {
    const files: DroppedFile[] = []
    await collect(entry, entry.isDirectory ? '' : entry.name, files, unread)
    if (files.length > 0) items.push({ name: entry.name, isFolder: entry.isDirectory, files })
  }
  return { items, unread }
}

async function collect(
  entry: FileSystemEntry,
  path: string,
  files: DroppedFile[],
  unread: string[],
): Promise<void> {
  try {
    if (isFile(entry)) files.push({ path, file: await fileOf(entry) })
    else if (isDirectory(entry)) {
      for (const child of await childrenOf(entry)) {
        await collect(child, path === '' ? child.name : `${path}/${child.name}`, files, unread)
      }
    }
  } catch {
    unread.push(path === '' ? entry.name : path)
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile
}

function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

/** The reader gives them in portions, and an empty one at the end. */
async function childrenOf(entry: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = entry.createReader()
  const children: FileSystemEntry[] = []
  for (;;) {
    const portion = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject)
    })
    if (portion.length === 0) return children
    children.push(...portion)
  }
}

function fileItem(file: File): DroppedItem {
  return { name: file.name, isFolder: false, files: [{ path: file.name, file }] }
}

/** Files from a file chooser; with `webkitRelativePath` they are one folder. */
export function readChosen(files: readonly File[]): readonly DroppedItem[] {
  const folders = new Map<string, DroppedFile[]>()
  const items: DroppedItem[] = []
  for (const file of files) {
    const [folder, ...rest] = file.webkitRelativePath.split('/')
    if (folder === undefined || rest.length === 0) items.push(fileItem(file))
    else {
      const inside = folders.get(folder) ?? []
      inside.push({ path: rest.join('/'), file })
      folders.set(folder, inside)
    }
  }
  for (const [name, inside] of folders) items.push({ name, isFolder: true, files: inside })
  return items
}

/** Several items as one folder; two of one name get different ones. */
export function together(name: string, items: readonly DroppedItem[]): DroppedItem {
  const taken = new Set<string>()
  const files = items.flatMap((item) => {
    const top = freeName(item.name, taken)
    return item.files.map(({ path, file }) => ({
      path: item.isFolder ? `${top}/${path}` : top,
      file,
    }))
  })
  return { name, isFolder: true, files }
}

function freeName(name: string, taken: Set<string>): string {
  const dot = name.lastIndexOf('.')
  const [stem, ending] = dot > 0 ? [name.slice(0, dot), name.slice(dot)] : [name, '']
  let free = name
  for (let count = 2; taken.has(free.toLocaleLowerCase()); count++) {
    free = `${stem} (${count})${ending}`
  }
  taken.add(free.toLocaleLowerCase())
  return free
}

export function totalBytes(items: readonly DroppedItem[]): number {
  return items.reduce(
    (all, { files }) => all + files.reduce((sum, { file }) => sum + file.size, 0),
    0,
  )
}

export function fileCount(items: readonly DroppedItem[]): number {
  return items.reduce((all, { files }) => all + files.length, 0)
}
