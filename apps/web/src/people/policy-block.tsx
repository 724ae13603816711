/** What the owner decides for everybody: what newcomers can read, and when. Others see the decision. */

import type { SpacePolicy } from '@hamlet/http/api'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { SelectField } from '../ui/field.tsx'
import styles from './people.module.css'
import { ownRole } from './roles.ts'

const DAY_MS = 24 * 3_600_000

export function PolicyBlock({ space }: { readonly space: string }) {
  const { newcomers, space: spaceTexts } = useTexts()
  const policies = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).policies)
  const role = useSelect((state) => ownRole(state, space))
  const history = policies?.find(({ name }) => name === 'history')
  const release = policies?.find(({ name }) => name === 'releaseAfterAcks')
  const disappear = policies?.find(({ name }) => name === 'disappearAfterMs')
  if (disappear !== undefined) {
    const days = Math.max(1, Math.round(Number(disappear.value) / DAY_MS))
    return (
      <section className={styles.block}>
        <h2>{newcomers.title}</h2>
        <p className={styles.note}>
          {newcomers.choices['from-join']}. {spaceTexts.disappears(days)}
        </p>
      </section>
    )
  }
  if (history === undefined || role === undefined) return null
  const isOwner = role === 'owner'
  // Where newcomers never get the history there is nothing to wait for.
  const isReleaseShown = release !== undefined && history.value === 'all'
  return (
    <section className={styles.block}>
      <h2>{newcomers.title}</h2>
      {isOwner ? (
        <>
          <Choice
            space={space}
            policy={history}
            label={newcomers.label}
            words={newcomers.choices}
          />
          {isReleaseShown && <Release space={space} policy={release} />}
        </>
      ) : (
        <p className={styles.note}>
          {newcomers.choices[history.value] ?? history.value}
          {isReleaseShown &&
            release.value !== '0' &&
            `. ${newcomers.releaseNote[release.value] ?? ''}`}
        </p>
      )}
    </section>
  )
}

function Release({ space, policy }: { readonly space: string; readonly policy: SpacePolicy }) {
  const { newcomers } = useTexts()
  return (
    <>
      <Choice
        space={space}
        policy={policy}
        label={newcomers.releaseLabel}
        words={newcomers.release}
      />
      {policy.suggested !== undefined && <p className={styles.note}>{newcomers.releaseHint}</p>}
    </>
  )
}

function Choice({
  space,
  policy: { name, value, choices },
  label,
  words,
}: {
  readonly space: string
  readonly policy: SpacePolicy
  readonly label: string
  readonly words: Readonly<Record<string, string>>
}) {
  const { store } = useApp()
  return (
    <div className={styles.policy}>
      <SelectField
        label={label}
        value={value}
        onChange={(chosen) => void store.people.setPolicy(space, name, chosen)}
        options={choices.map((choice) => ({ value: choice, label: words[choice] ?? choice }))}
      />
    </div>
  )
}
