/** Ctrl-K: go anywhere, or do something, by typing a part of its name. */

import { File, Hash, Home, Search, User, Zap } from 'lucide-react'
import { useState } from 'react'
import type { KeyboardEvent } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import type { AppContextValue } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import type { AppState } from '../state/app-state.ts'
import { spaceOf } from '../state/route.ts'
import { Dialog } from '../ui/dialog.tsx'
import styles from './jump-dialog.module.css'
import { filterItems } from './jump-items.ts'
import type { JumpItem } from './jump-items.ts'

interface Target extends JumpItem {
  readonly run: () => void
}

const ICONS = { room: Hash, space: Home, action: Zap, people: User, file: File } as const

export function JumpDialog() {
  const app = useApp()
  const { jump } = useTexts()
  const state = useSelect((all) => all)
  const [query, setQuery] = useState('')
  const [selected, setSelected] = useState(0)
  const targets = filterItems(targetsOf(state, app), query)
  const at = Math.min(selected, targets.length - 1)
  const run = (target: Target | undefined) => {
    if (target === undefined) return
    app.show({ kind: 'none' })
    target.run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') setSelected((at + 1) % Math.max(targets.length, 1))
    else if (event.key === 'ArrowUp') setSelected((at + targets.length - 1) % targets.length)
    else if (event.key === 'Enter') run(targets[at])
    else return
    event.preventDefault()
  }
  return (
    <Dialog title={jump.title} onClose={() => app.show({ kind: 'none' })}>
      <div className={styles.box}>
        <Search />
        <input
          role="combobox"
          aria-label={jump.placeholder}
          aria-expanded="true"
          aria-controls="jump-list"
          aria-activedescendant={targets.length === 0 ? undefined : `jump-${at}`}
          placeholder={jump.placeholder}
          value={query}
          onKeyDown={onKeyDown}
          onChange={(event) => {
            setQuery(event.target.value)
            setSelected(0)
          }}
        />
      </div>
      {targets.length === 0 && <p className={styles.none}>{jump.none}</p>}
      <ul id="jump-list" role="listbox" aria-label={jump.title} className={styles.list}>
        {targets.map((target, index) => (
          <Option
            key={target.key}
            target={target}
            id={`jump-${index}`}
            selected={index === at}
            onPick={() => run(target)}
          />
        ))}
      </ul>
    </Dialog>
  )
}

interface OptionProps {
  readonly target: Target
  readonly id: string
  readonly selected: boolean
  readonly onPick: () => void
}

function Option({ target, id, selected, onPick }: OptionProps) {
  const Icon = ICONS[target.kind]
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- keys are those of the input above
    <li id={id} role="option" aria-selected={selected} className={styles.option} onClick={onPick}>
      <Icon />
      <span>{target.label}</span>
      <small>{target.detail}</small>
    </li>
  )
}

function targetsOf(state: AppState, app: AppContextValue): readonly Target[] {
  const here = spaceOf(state.route)
  const rooms = Object.entries(state.spaceStates)
    .toSorted(([a], [b]) => Number(b === here) - Number(a === here))
    .flatMap(([space, known]) => (known.rooms ?? []).map((room) => ({ space, room })))
  const nameOf = (space: string) => state.spaces?.find((s) => s.id === space)?.name ?? ''
  return [
    ...rooms.map(({ space, room }) => ({
      key: room.id,
      label: room.name,
      detail: nameOf(space),
      kind: 'room' as const,
      run: () => app.go({ at: 'room', space, room: room.id }),
    })),
    ...(state.spaces ?? []).map((space) => ({
      key: space.id,
      label: space.name,
      detail: app.words.texts.jump.kinds.space,
      kind: 'space' as const,
      run: () => app.go({ at: 'overview', space: space.id }),
    })),
    ...peopleOf(state, here, app),
    ...actionsOf(here, app),
    ...filesOf(state, here, app),
  ]
}

function peopleOf(
  state: AppState,
  here: string | undefined,
  app: AppContextValue,
): readonly Target[] {
  if (here === undefined) return []
  const others = state.spaceStates[here]?.members?.filter((member) => !member.self) ?? []
  return others.map((member) => ({
    key: member.person,
    label: nameOr(member.name, app.words.texts),
    detail: app.words.texts.jump.kinds.people,
    kind: 'people' as const,
    run: () => app.go({ at: 'people', space: here }),
  }))
}

/** Those whose list has been on the screen. */
function filesOf(
  state: AppState,
  here: string | undefined,
  app: AppContextValue,
): readonly Target[] {
  const shares = state.files.lists[here ?? '']?.shares ?? []
  return shares.map((share) => ({
    key: share.id,
    label: share.name,
    detail: app.words.texts.jump.kinds.file,
    kind: 'file' as const,
    run: () => {
      const place = share.space === undefined ? {} : { space: share.space }
      app.show({ kind: 'share', share: share.id, ...place })
    },
  }))
}

function actionsOf(here: string | undefined, app: AppContextValue): readonly Target[] {
  const { texts } = app.words
  const action = (label: string, run: () => void): Target => {
    return { key: label, label, detail: texts.jump.kinds.action, kind: 'action', run }
  }
  const always = [
    action(texts.space.add, () => app.show({ kind: 'add-space' })),
    action(texts.space.settings, () => app.show({ kind: 'settings' })),
    action(texts.moving.title, () => app.show({ kind: 'transfers' })),
    action(texts.shareLink.openTitle, () => app.show({ kind: 'open-share-link', link: '' })),
    action(texts.fileSettings.title, () => app.show({ kind: 'file-settings' })),
  ]
  if (here === undefined) return always
  return [
    action(texts.bills.title, () => app.go({ at: 'bills', space: here })),
    action(texts.bills.add, () => {
      app.go({ at: 'bills', space: here })
      app.show({ kind: 'bill-form', space: here })
    }),
    action(texts.bills.settleUp, () => app.show({ kind: 'settle', space: here })),
    action(texts.bills.statistics, () => app.show({ kind: 'bill-statistics', space: here })),
    action(texts.bills.ledgerSettings, () => app.show({ kind: 'ledger-settings', space: here })),
    action(texts.files.title, () => app.go({ at: 'files', space: here })),
    action(texts.space.people, () => app.go({ at: 'people', space: here })),
    action(texts.search.label, () => app.go({ at: 'search', space: here })),
    action(texts.people.invite, () => app.show({ kind: 'invite', space: here })),
    action(texts.room.add, () => app.show({ kind: 'new-room', space: here })),
    action(texts.inspector.title, () => app.show({ kind: 'inspector', space: here })),
    ...always,
  ]
}
