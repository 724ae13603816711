/** What the jump dialog offers, and in which order a query ranks it. Pure. */

export interface JumpItem {
  readonly key: string
  readonly label: string
  readonly detail: string
  readonly kind: 'room' | 'space' | 'action' | 'people' | 'file'
}

const SHOWN_MAX = 12

/** Beginnings of the label first, then beginnings of its words, then anything that contains the query. */
export function filterItems<Item extends JumpItem>(
  items: readonly Item[],
  query: string,
): readonly Item[] {
  const wanted = query.trim().toLowerCase()
  if (wanted === '') return items.slice(0, SHOWN_MAX)
  return items
    .map((item) => ({ item, rank: rankOf(item, wanted) }))
    .filter(({ rank }) => rank < 4)
    .toSorted((a, b) => a.rank - b.rank)
    .slice(0, SHOWN_MAX)
    .map(({ item }) => item)
}

function rankOf(item: JumpItem, wanted: string): number {
  const label = item.label.toLowerCase()
  if (label.startsWith(wanted)) return 0
  if (label.split(/[\s-]+/).some((word) => word.startsWith(wanted))) return 1
  if (label.includes(wanted)) return 2
  return item.detail.toLowerCase().includes(wanted) ? 3 : 4
}
