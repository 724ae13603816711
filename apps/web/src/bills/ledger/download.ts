/** A file made of pieces, handed to the browser's downloads. It never leaves the machine. */

import type { LedgerExportFormat } from '@hamlet/http/api'

const TYPES_BY_ENDING: Readonly<Record<string, string>> = {
  json: 'application/json',
  csv: 'text/csv',
}

/** `bread-club-splitwise.csv`. */
export function exportFileName(space: string, format: LedgerExportFormat | 'receipts-txt'): string {
  const name = space
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '')
    .join('-')
  const [first = '', ending = first] = format.split('-')
  const kind = ending === first ? '' : `-${first}`
  return `${name === '' ? 'hamlet' : name}${kind}.${ending}`
}

export async function downloadPieces(pieces: AsyncIterable<string>, name: string): Promise<void> {
  const parts: string[] = []
  for await (const piece of pieces) parts.push(piece)
  const type = TYPES_BY_ENDING[name.split('.').at(-1)!] ?? 'text/plain'
  const url = URL.createObjectURL(new Blob(parts, { type: `${type};charset=utf-8` }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // The browser has its own hold on the file once the click is through.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
