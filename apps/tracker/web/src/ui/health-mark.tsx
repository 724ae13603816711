/** How a swarm is doing, in a mark and a word: whole copies, or that there is none. */

import { countText } from '../format/figures.ts'
import { usePage } from '../page-context.tsx'
import type { SwarmRow } from '../state/board-client.ts'
import styles from './health-mark.module.css'

export function HealthMark({ swarm }: { readonly swarm: Pick<SwarmRow, 'seeds' | 'peers'> }) {
  const { texts, locale } = usePage()
  const level = swarm.seeds === 0 ? 'none' : swarm.seeds === 1 ? 'one' : 'more'
  return (
    <span className={styles.mark} data-level={level}>
      {countText(swarm.seeds, locale)} / {countText(swarm.peers, locale)}
      <span className="visually-hidden">
        {' '}
        {texts.swarms.seeds}, {texts.swarms.peers}
      </span>
    </span>
  )
}
