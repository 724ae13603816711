/** The key `b` begins a bill while its section is shown, unless something is being typed or a dialog is open. */

import { useEffect } from 'react'
import { useApp } from '../app-context.tsx'

export function useBillKey(space: string, mayBill: boolean): void {
  const { show } = useApp()
  useEffect(() => {
    if (!mayBill) return
    const listener = (event: KeyboardEvent) => {
      if (event.key !== 'b' || event.ctrlKey || event.metaKey || event.altKey) return
      if (isTyping(event.target) || document.querySelector('[role="dialog"], [role="menu"]')) return
      event.preventDefault()
      show({ kind: 'bill-form', space })
    }
    addEventListener('keydown', listener)
    return () => removeEventListener('keydown', listener)
  }, [show, space, mayBill])
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches('input, textarea, select, [contenteditable]')
}
