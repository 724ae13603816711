/** On a narrow screen: the sections at the foot, within reach of a thumb. Inside a room the composer stands there. */

import { Files, MessagesSquare, Receipt, Search, Settings, Users } from 'lucide-react'
import type { ReactNode } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import styles from './bottom-bar.module.css'

export function BottomBar({ space }: { readonly space: string }) {
  const { go, show } = useApp()
  const { space: texts, bills, files } = useTexts()
  const at = useSelect((state) => state.route.at)
  const requests = useSelect((state) => state.spaces?.find((s) => s.id === space)?.requests ?? 0)
  const unread = useSelect((state) => state.spaces?.find((s) => s.id === space)?.unread ?? 0)
  return (
    <nav className={styles.bar} data-at={at} aria-label={texts.sections}>
      <BarButton
        icon={<MessagesSquare />}
        label={texts.chat}
        current={at === 'overview' || at === 'room'}
        dot={unread > 0}
        onClick={() => go({ at: 'overview', space })}
      />
      <BarButton
        icon={<Receipt />}
        label={bills.title}
        current={at === 'bills'}
        onClick={() => go({ at: 'bills', space })}
      />
      <BarButton
        icon={<Files />}
        label={files.title}
        current={at === 'files'}
        onClick={() => go({ at: 'files', space })}
      />
      <BarButton
        icon={<Users />}
        label={texts.people}
        current={at === 'people'}
        dot={requests > 0}
        onClick={() => go({ at: 'people', space })}
      />
      <BarButton
        icon={<Search />}
        label={texts.search}
        current={at === 'search'}
        onClick={() => go({ at: 'search', space })}
      />
      <BarButton
        icon={<Settings />}
        label={texts.settings}
        onClick={() => show({ kind: 'settings' })}
      />
    </nav>
  )
}

interface BarButtonProps {
  readonly icon: ReactNode
  readonly label: string
  readonly current?: boolean
  readonly dot?: boolean
  readonly onClick: () => void
}

function BarButton({ icon, label, current, dot, onClick }: BarButtonProps) {
  return (
    <button
      type="button"
      className={styles.button}
      aria-current={current === true ? 'page' : undefined}
      onClick={onClick}
    >
      <span className={styles.icon} data-dot={dot === true}>
        {icon}
      </span>
      {label}
    </button>
  )
}
