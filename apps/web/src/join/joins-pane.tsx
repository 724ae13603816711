/** Joins under way: where each stands, what happens next, and how to stop. Shown until one is done. */

import { Home } from 'lucide-react'
import type { Join } from '@hamlet/http/api'
import { useEffect, useRef } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import styles from './join.module.css'

export function JoinsPane() {
  const { show } = useApp()
  const texts = useTexts()
  const joins = useSelect((state) => state.joins)
  const shown = joins.filter((join) => join.state !== 'joined')
  useGoWhenJoined(joins)
  if (shown.length === 0) {
    return (
      <Empty icon={<Home />} title={texts.start.noSpaces} hint={texts.start.noSpacesHint}>
        <Button tone="primary" onClick={() => show({ kind: 'add-space' })}>
          {texts.space.add}
        </Button>
      </Empty>
    )
  }
  return (
    <div className={styles.page}>
      <h1>{texts.join.underWay}</h1>
      <ul className={styles.joins}>
        {shown.map((join) => (
          <JoinRow key={join.space} join={join} />
        ))}
      </ul>
    </div>
  )
}

function JoinRow({ join }: { readonly join: Join }) {
  const { store, go } = useApp()
  const texts = useTexts()
  const ended = join.state === 'declined' || join.state === 'failed'
  return (
    <li className={styles.join}>
      <Avatar id={join.space} name={join.spaceName} size="large" shape="space" />
      <div className={styles.grow}>
        <strong>{join.spaceName}</strong>
        <p role="status" data-state={join.state}>
          {texts.join.states[join.state]}
        </p>
        <p className={styles.note}>{join.error?.message ?? texts.join.hints[join.state]}</p>
      </div>
      <div className={styles.buttons}>
        {join.state === 'admitted' && (
          <Button onClick={() => go({ at: 'overview', space: join.space })}>
            {texts.join.open}
          </Button>
        )}
        <Button tone="quiet" size="small" onClick={() => void store.cancelJoin(join.space)}>
          {ended ? texts.join.forget : texts.join.cancel}
        </Button>
      </div>
    </li>
  )
}

/** A join that ends well while this is on the screen leads into its space. */
function useGoWhenJoined(joins: readonly Join[]) {
  const { go, store } = useApp()
  const spaces = useSelect((state) => state.spaces)
  const waiting = useRef(new Set<string>())
  useEffect(() => {
    for (const join of joins) {
      if (join.state !== 'joined') waiting.current.add(join.space)
      else if (spaces?.some((space) => space.id === join.space) === true) {
        if (!waiting.current.delete(join.space) && joins.length > 1) continue
        go({ at: 'overview', space: join.space })
      }
    }
  }, [joins, spaces, go, store])
}
