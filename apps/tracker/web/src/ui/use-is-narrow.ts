/** Whether the screen is that of a phone: the same width as in the style sheets. */

import { useSyncExternalStore } from 'react'

const query = matchMedia('(max-width: 759px)')

export function useIsNarrow(): boolean {
  return useSyncExternalStore(subscribe, () => query.matches)
}

function subscribe(listener: () => void): () => void {
  query.addEventListener('change', listener)
  return () => query.removeEventListener('change', listener)
}
