/** The rail of spaces at the left: coloured initials, a dot for what is new. */

import { Plus, Settings } from 'lucide-react'
import type { SpaceSummary } from '@hamlet/http/api'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { spaceOf } from '../state/route.ts'
import { Avatar } from '../ui/avatar.tsx'
import { IconButton } from '../ui/button.tsx'
import { Tooltip } from '../ui/tooltip.tsx'
import styles from './space-rail.module.css'

export function SpaceRail() {
  const { show, go } = useApp()
  const texts = useTexts()
  const spaces = useSelect((state) => state.spaces)
  const current = useSelect((state) => spaceOf(state.route))
  return (
    <nav className={styles.rail} aria-label={texts.space.rail}>
      <ul className={styles.spaces}>
        {(spaces ?? []).map((space) => (
          <li key={space.id}>
            <SpaceButton
              space={space}
              current={space.id === current}
              onClick={() => go({ at: 'overview', space: space.id })}
            />
          </li>
        ))}
        <li>
          <IconButton
            label={texts.space.add}
            side="right"
            className={styles.add}
            onClick={() => show({ kind: 'add-space' })}
          >
            <Plus />
          </IconButton>
        </li>
      </ul>
      <IconButton
        label={texts.space.settings}
        side="right"
        onClick={() => show({ kind: 'settings' })}
      >
        <Settings />
      </IconButton>
    </nav>
  )
}

interface SpaceButtonProps {
  readonly space: SpaceSummary
  readonly current: boolean
  readonly onClick: () => void
}

function SpaceButton({ space, current, onClick }: SpaceButtonProps) {
  const { space: texts } = useTexts()
  const isNew = space.unread > 0 || space.requests > 0
  const label = space.unread > 0 ? `${space.name}, ${texts.unread(space.unread)}` : space.name
  return (
    <Tooltip label={label} side="right">
      <button
        type="button"
        className={styles.space}
        aria-label={label}
        aria-current={current ? 'true' : undefined}
        onClick={onClick}
      >
        <Avatar id={space.id} name={space.name} size="large" shape="space" />
        {isNew && <span className={styles.dot} />}
      </button>
    </Tooltip>
  )
}
