/** Ctrl-K or Cmd-K opens the jump dialog from anywhere. */

import { useEffect } from 'react'
import { useApp } from '../app-context.tsx'

export function useJumpKey(): void {
  const { show } = useApp()
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== 'k') return
      event.preventDefault()
      show({ kind: 'jump' })
    }
    addEventListener('keydown', listener)
    return () => removeEventListener('keydown', listener)
  }, [show])
}
