/** What of a share is here, stretch by stretch. The figures stand beside it as text. */

import styles from './moving.module.css'

export function PiecesBar({ pieces }: { readonly pieces: readonly number[] }) {
  const count = Math.max(1, pieces.length)
  return (
    <svg
      className={styles.pieces}
      viewBox={`0 0 ${count} 100`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {stretches(pieces).map(({ first, length, percent }) => (
        <rect
          key={first}
          x={first}
          y={100 - percent}
          width={length}
          height={percent}
          data-whole={percent >= 100}
        />
      ))}
    </svg>
  )
}

interface Stretch {
  readonly first: number
  readonly length: number
  readonly percent: number
}

/** Neighbours that are alike are one: fewer seams, and fewer elements. */
export function stretches(pieces: readonly number[]): readonly Stretch[] {
  const found: Stretch[] = []
  for (const [index, percent] of pieces.entries()) {
    const last = found.at(-1)
    if (last !== undefined && last.percent === percent) {
      found[found.length - 1] = { ...last, length: last.length + 1 }
    } else found.push({ first: index, length: 1, percent })
  }
  return found.filter(({ percent }) => percent > 0)
}
