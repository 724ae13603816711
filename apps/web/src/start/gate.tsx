/** The page for whoever has no session: how to open Hamlet, and that nothing is lost. */

import { KeyRound, PlugZap } from 'lucide-react'
import { useTexts } from '../app-context.tsx'
import { Button } from '../ui/button.tsx'
import styles from './start.module.css'

interface GateProps {
  /** Undefined while the session is being opened. */
  readonly reason: 'missing' | 'expired' | 'unreachable' | undefined
  readonly onRetry: () => void
}

export function Gate({ reason, onRetry }: GateProps) {
  const { gate, common } = useTexts()
  if (reason === undefined) {
    return (
      <main className={styles.page}>
        <p className={styles.waiting}>{gate.signingIn}</p>
      </main>
    )
  }
  const away = reason === 'unreachable'
  return (
    <main className={styles.page}>
      <div className={styles.card}>
        <span className={styles.emblem}>{away ? <PlugZap /> : <KeyRound />}</span>
        <h1>{away ? gate.unreachableTitle : gate.title}</h1>
        <p>{away ? gate.unreachable : reason === 'expired' ? gate.expired : gate.missing}</p>
        <p>{gate.how}</p>
        <pre className={styles.command}>
          <code>hamlet up</code>
        </pre>
        <p>{gate.orLink}</p>
        <p className={styles.muted}>{gate.safe}</p>
        {away && (
          <Button tone="primary" onClick={onRetry}>
            {common.retry}
          </Button>
        )}
      </div>
    </main>
  )
}
