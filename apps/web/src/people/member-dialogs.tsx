/** The dialogs before something that cannot simply be undone: what it will do, and what it will not. */

import type { RemovalPreview } from '@hamlet/http/api'
import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { nameOr } from '../format/people.ts'
import { EMPTY_SPACE } from '../state/app-state.ts'
import { Button } from '../ui/button.tsx'
import { Dialog, DialogActions } from '../ui/dialog.tsx'
import styles from './people.module.css'

interface AboutMember {
  readonly space: string
  readonly person: string
}

export function RemoveDialog({ space, person }: AboutMember) {
  const { store } = useApp()
  const { members } = useTexts()
  const name = useMemberName(space, person)
  const preview = useLoaded(() => store.people.previewRemoval(space, person))
  return (
    <ActDialog
      title={members.removeTitle(name)}
      action={members.removeAction}
      tone="danger"
      ready={preview !== undefined}
      run={() => store.people.remove(space, person)}
    >
      {preview !== undefined && <RemovalFacts preview={preview} name={name} />}
    </ActDialog>
  )
}

function RemovalFacts({
  preview,
  name,
}: {
  readonly preview: RemovalPreview
  readonly name: string
}) {
  const { members } = useTexts()
  const { devices, entriesKept, entriesElsewhere, newKey, devicesToHear, openInvites } = preview
  return (
    <>
      <Facts
        title={members.willDo}
        facts={[
          members.losesAccess(name, devices.length),
          newKey && members.newKey,
          members.keepsEntries(entriesKept),
          entriesElsewhere > 0 && members.setsAside(entriesElsewhere),
        ]}
      />
      <Facts
        title={members.cannotUndo}
        facts={[
          members.staysRead,
          devicesToHear > 0 && members.hearsLater(devicesToHear),
          openInvites > 0 && members.openInvites(openInvites),
        ]}
      />
      <p className={styles.note}>{members.wayBack}</p>
    </>
  )
}

export function LeaveDialog({ space }: { readonly space: string }) {
  const { store } = useApp()
  const { members } = useTexts()
  const { write, stays, others, back } = members.leaveFacts
  return (
    <ActDialog
      title={members.leaveTitle(useSpaceName(space))}
      action={members.leaveAction}
      tone="danger"
      run={() => store.people.leave(space)}
    >
      <Facts title={members.willDo} facts={[write, stays, others, back]} />
    </ActDialog>
  )
}

export function HandOverDialog({ space, person }: AboutMember) {
  const { store } = useApp()
  const { members } = useTexts()
  const name = useMemberName(space, person)
  const { them, you, back } = members.handOverFacts
  return (
    <ActDialog
      title={members.handOverTitle(name)}
      action={members.handOverAction}
      tone="primary"
      run={() => store.people.handOver(space, person)}
    >
      <Facts title={members.willDo} facts={[them(name), you, back(name)]} />
    </ActDialog>
  )
}

export function VoteDialog({ space, person }: AboutMember) {
  const { store } = useApp()
  const { members } = useTexts()
  const name = useMemberName(space, person)
  const votes = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).votes)
  const { needed, admins } = votes ?? { needed: undefined, admins: 0 }
  return (
    <ActDialog
      title={members.voteTitle(name)}
      action={members.voteAction}
      tone="primary"
      run={() => store.people.vote(space, person)}
    >
      <Facts
        title={members.willDo}
        facts={[
          needed === undefined ? members.votesTooFew : members.voteRule(needed, admins),
          members.voteFacts.them(name),
          members.voteFacts.once,
        ]}
      />
    </ActDialog>
  )
}

export function ForgetDialog({ space }: { readonly space: string }) {
  const { store, go, words } = useApp()
  const { members } = useTexts()
  const preview = useLoaded(() => store.people.previewForget(space))
  return (
    <ActDialog
      title={members.forgetTitle(useSpaceName(space))}
      action={members.forgetAction}
      tone="danger"
      ready={preview !== undefined}
      run={() => store.people.forget(space)}
      onDone={() => go({ at: 'start' })}
    >
      {preview !== undefined && (
        <Facts
          title={members.willDo}
          facts={[
            members.forgets(preview.entries, megabytes(preview.sizeBytes, words.locale)),
            preview.onlyHere > 0 ? members.onlyHere(preview.onlyHere) : members.othersHave,
          ]}
        />
      )}
    </ActDialog>
  )
}

function megabytes(bytes: number, locale: string): string {
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 }
  return new Intl.NumberFormat(locale, digits).format(Math.max(bytes / 1_000_000, 0.1))
}

interface ActDialogProps {
  readonly title: string
  readonly action: string
  readonly tone: 'danger' | 'primary'
  readonly ready?: boolean
  readonly run: () => Promise<boolean>
  readonly onDone?: () => void
  readonly children: ReactNode
}

function ActDialog({ title, action, tone, ready = true, run, onDone, children }: ActDialogProps) {
  const { show } = useApp()
  const { common } = useTexts()
  const [busy, setBusy] = useState(false)
  const close = () => show({ kind: 'none' })
  const act = async () => {
    setBusy(true)
    const done = await run()
    setBusy(false)
    close()
    if (done) onDone?.()
  }
  return (
    <Dialog title={title} onClose={close}>
      {children}
      <DialogActions>
        <Button onClick={close}>{common.cancel}</Button>
        <Button tone={tone} disabled={busy || !ready} onClick={() => void act()}>
          {action}
        </Button>
      </DialogActions>
    </Dialog>
  )
}

interface FactsProps {
  readonly title: string
  readonly facts: readonly (string | false)[]
}

function Facts({ title, facts }: FactsProps) {
  return (
    <section className={styles.facts}>
      <h3>{title}</h3>
      <ul>
        {facts
          .filter((fact) => fact !== false)
          .map((fact) => (
            <li key={fact}>{fact}</li>
          ))}
      </ul>
    </section>
  )
}

/** What the peer says, once it has; a failure closes the dialog with words. */
function useLoaded<Value>(load: () => Promise<Value>): Value | undefined {
  const { store, show } = useApp()
  const [value, setValue] = useState<Value | undefined>(undefined)
  useEffect(() => {
    load().then(setValue, (error: unknown) => {
      store.report(error, 'member')
      show({ kind: 'none' })
    })
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- asked once, when the dialog opens
  }, [])
  return value
}

function useMemberName(space: string, person: string): string {
  const texts = useTexts()
  const members = useSelect((state) => (state.spaceStates[space] ?? EMPTY_SPACE).members)
  return nameOr(members?.find((member) => member.person === person)?.name ?? '', texts)
}

function useSpaceName(space: string): string {
  return useSelect((state) => state.spaces?.find((each) => each.id === space)?.name) ?? ''
}
