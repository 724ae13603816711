/** Something the peer has no events for, asked for again while it is on the screen. */

import { useCallback, useEffect, useRef, useState } from 'react'

const EVERY_MS = 10_000

export interface Polled<T> {
  /** The last that came, whatever has failed since. */
  readonly value: T | undefined
  readonly hasFailed: boolean
  readonly reload: () => Promise<void>
}

/** `load` has to stay the same as long as what it loads does. */
export function usePolled<T>(load: () => Promise<T>): Polled<T> {
  const [value, setValue] = useState<T | undefined>(undefined)
  const [hasFailed, setHasFailed] = useState(false)
  const turn = useRef(0)
  const reload = useCallback(async () => {
    const own = ++turn.current
    const isCurrent = () => own === turn.current
    await load().then(
      (loaded) => {
        if (!isCurrent()) return
        setValue(loaded)
        setHasFailed(false)
      },
      () => isCurrent() && setHasFailed(true),
    )
  }, [load])
  useEffect(() => {
    void reload()
    const timer = setInterval(() => void reload(), EVERY_MS)
    return () => {
      turn.current++
      clearInterval(timer)
    }
  }, [reload])
  return { value, hasFailed, reload }
}
