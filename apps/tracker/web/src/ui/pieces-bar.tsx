/**
 * How often each part of a file is there: a bar from its beginning to its end. The darker, the more often; parts nobody
 * has are marked in another colour and by a gap below, so that colour is not the only sign.
 */

import { copiesText } from '../format/figures.ts'
import { usePage } from '../page-context.tsx'
import type { SwarmDetail } from '../state/board-client.ts'
import styles from './pieces-bar.module.css'

const HEIGHT = 36

export type Level = 'none' | 'once' | 'few' | 'many'
export const LEVELS: readonly Level[] = ['none', 'once', 'few', 'many']

export function levelOf(least: number): Level {
  if (least < 1) return 'none'
  if (least < 2) return 'once'
  return least < 4 ? 'few' : 'many'
}

export function PiecesBar({ swarm }: { readonly swarm: SwarmDetail }) {
  const { texts, locale } = usePage()
  const { columns, copies } = swarm
  if (columns.length === 0 || copies === null) {
    return <p className={styles.note}>{texts.swarms.noPieces}</p>
  }
  return (
    <figure className={styles.figure}>
      <svg
        role="img"
        aria-label={texts.swarms.piecesLabel(copiesText(swarm, locale))}
        className={styles.bar}
        shapeRendering="crispEdges"
        viewBox={`0 0 ${columns.length} ${HEIGHT}`}
        preserveAspectRatio="none"
      >
        {columns.map(({ least }, index) => (
          <rect
            key={`${index}-${least}`}
            className={styles[levelOf(least)]}
            x={index}
            width={1}
            height={least < 1 ? HEIGHT * 0.45 : HEIGHT}
          />
        ))}
      </svg>
      <ul className={styles.legend}>
        {LEVELS.map((level) => (
          <li key={level}>
            <span className={styles[level]} data-swatch />
            {texts.swarms[level]}
          </li>
        ))}
      </ul>
    </figure>
  )
}
