/** Hands files of a share to the browser's downloads, which take them as they come. */

import type { HamletStore } from '../state/hamlet-store.ts'

export async function saveFile(store: HamletStore, share: string, path: string): Promise<void> {
  try {
    const { save } = await store.pageFiles.addressOf(share, path)
    download(save, path.split('/').at(-1) ?? path)
  } catch (error) {
    store.report(error, 'file')
  }
}

/** As the peer takes them at once: paths, and characters of all of them. */
const SELECTED_MAX = 1000
const SELECTED_LENGTH_MAX = 65_536

/** Whether the choice can be said in one request; folders that are chosen whole are one path. */
export function isSavable(select: readonly string[] | undefined): boolean {
  if (select === undefined) return true
  const length = select.reduce((sum, path) => sum + path.length, 0)
  return select.length <= SELECTED_MAX && length <= SELECTED_LENGTH_MAX
}

/** As one ZIP file: all of the share, or the chosen paths and folders. */
export async function saveArchive(
  store: HamletStore,
  share: string,
  select: readonly string[] | undefined,
): Promise<void> {
  try {
    const address = await store.pageFiles.archiveOf?.(share, select)
    // The server says what it is called.
    if (address !== undefined) download(address, '')
  } catch (error) {
    store.report(error, 'file')
  }
}

function download(address: string, name: string): void {
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
}
