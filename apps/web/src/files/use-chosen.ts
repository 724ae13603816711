/** Files chosen for what is being written: they stay while one looks elsewhere. */

import { useApp, useSelect } from '../app-context.tsx'

/** As many as a message may carry. */
export const CHOSEN_MAX = 16
const NONE: readonly File[] = []

export interface Chosen {
  readonly files: readonly File[]
  add(files: readonly File[]): void
  remove(file: File): void
  clear(): void
}

export function useChosen(place: string): Chosen {
  const { store } = useApp()
  const files = useSelect((state) => state.files.chosen[place] ?? NONE)
  const set = (chosen: readonly File[]) => store.attachments.choose(place, chosen)
  return {
    files,
    add: (more) => set([...files, ...more].slice(0, CHOSEN_MAX)),
    remove: (file) => set(files.filter((each) => each !== file)),
    clear: () => set(NONE),
  }
}
