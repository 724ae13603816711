/** Hands a file of a share to the browser's downloads, which take it as it comes. */

import type { HamletStore } from '../state/hamlet-store.ts'

export async function saveFile(store: HamletStore, share: string, path: string): Promise<void> {
  try {
    const { save } = await store.pageFiles.addressOf(share, path)
    const link = document.createElement('a')
    link.href = save
    link.download = path.split('/').at(-1) ?? path
    link.click()
  } catch (error) {
    store.report(error, 'file')
  }
}
