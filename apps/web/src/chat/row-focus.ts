/** Arrow keys walk through the messages; the row that has the focus shows what can be done with it. */

import type { KeyboardEvent } from 'react'

export function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
  const row = event.target instanceof HTMLElement ? event.target.closest('[data-row]') : null
  if (row === null || row !== event.target) return
  event.preventDefault()
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-row]')]
  const sorted = all.toSorted((a, b) => indexOf(a) - indexOf(b))
  const next = sorted.indexOf(row as HTMLElement) + (event.key === 'ArrowUp' ? -1 : 1)
  sorted[next]?.focus()
}

function indexOf(row: HTMLElement): number {
  return Number(row.closest<HTMLElement>('[data-index]')?.dataset['index'] ?? 0)
}
