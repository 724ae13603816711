/** The first page of a device that has come back and has no space yet. */

import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { Button } from '../ui/button.tsx'
import styles from './devices.module.css'

export function Searching() {
  const { store } = useApp()
  const { devices } = useTexts()
  const { helpers, arriving } = useSelect((state) => state.recovery)
  return (
    <div className={styles.form}>
      <h1>{devices.searchTitle}</h1>
      <p role="status">
        {helpers === 0 ? devices.searchNobody : devices.searchFound(helpers, arriving)}
      </p>
      <div>
        <Button onClick={() => void store.endRecovery()}>{devices.searchStop}</Button>
      </div>
    </div>
  )
}
