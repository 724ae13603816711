/** In a space one left, was removed from, or never was rightly let into: how that ended, what can still be done, and the way back. */

import { DoorClosed } from 'lucide-react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import { dateAndTime } from '../format/time.ts'
import { Button } from '../ui/button.tsx'
import styles from './banner.module.css'

export function StandingBanner({ space }: { readonly space: string }) {
  const { show, words } = useApp()
  const texts = useTexts()
  const summary = useSelect((state) => state.spaces?.find((each) => each.id === space))
  if (summary === undefined || summary.standing === 'member') return null
  const { standing, departure } = summary
  const when = departure === undefined ? '' : dateAndTime(departure.atMs, words.locale)
  const by = nameOr(departure?.byName ?? '', texts)
  const { members } = texts
  const said =
    departure?.admission !== undefined
      ? members.admissionFell[departure.admission](nameOr(departure.admittedByName ?? '', texts))
      : standing === 'left'
        ? members.youLeft(when)
        : departure?.deviceOnly === true
          ? members.deviceRemoved(by, when)
          : members.youWereRemoved(by, when)
  return (
    <div className={styles.banner} data-tone="warning" role="status">
      <DoorClosed />
      <p>
        <strong>{said}</strong>{' '}
        {departure?.admission === undefined ? members.readOnlyNow : members.askAgain}
      </p>
      <Button size="small" onClick={() => show({ kind: 'join', link: '' })}>
        {texts.start.haveInvite}
      </Button>
      <Button size="small" tone="danger" onClick={() => show({ kind: 'forget-space', space })}>
        {members.forget}
      </Button>
    </div>
  )
}
