/** The one dialog or drawer that is open. What is seldom needed is loaded when it is. */

import { lazy, Suspense } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import type { Overlay } from '../app-context.tsx'
import { NewRoomDialog } from '../chat/new-room-dialog.tsx'
import { NewSpaceDialog } from '../start/new-space-dialog.tsx'
import { StartChoices } from '../start/first-run.tsx'
import { Dialog } from '../ui/dialog.tsx'

const MessageDrawer = lazy(async () => ({
  default: (await import('../chat/message-drawer.tsx')).MessageDrawer,
}))
const InviteDialog = lazy(async () => ({
  default: (await import('../people/invite-dialog.tsx')).InviteDialog,
}))
const RemoveDialog = lazy(async () => ({
  default: (await import('../people/member-dialogs.tsx')).RemoveDialog,
}))
const HandOverDialog = lazy(async () => ({
  default: (await import('../people/member-dialogs.tsx')).HandOverDialog,
}))
const VoteDialog = lazy(async () => ({
  default: (await import('../people/member-dialogs.tsx')).VoteDialog,
}))
const LeaveDialog = lazy(async () => ({
  default: (await import('../people/member-dialogs.tsx')).LeaveDialog,
}))
const ForgetDialog = lazy(async () => ({
  default: (await import('../people/member-dialogs.tsx')).ForgetDialog,
}))
const JoinDialog = lazy(async () => ({
  default: (await import('../join/join-dialog.tsx')).JoinDialog,
}))
const BillDrawer = lazy(async () => ({
  default: (await import('../bills/bill-drawer.tsx')).BillDrawer,
}))
const BillForm = lazy(async () => ({ default: (await import('../bills/bill-form.tsx')).BillForm }))
const BillImport = lazy(async () => ({
  default: (await import('../bills/bill-import.tsx')).BillImport,
}))
const SettleDrawer = lazy(async () => ({
  default: (await import('../bills/settle-drawer.tsx')).SettleDrawer,
}))
const ExplainDrawer = lazy(async () => ({
  default: (await import('../bills/explain-drawer.tsx')).ExplainDrawer,
}))
const StatisticsDialog = lazy(async () => ({
  default: (await import('../bills/statistics-dialog.tsx')).StatisticsDialog,
}))
const ActivityDrawer = lazy(async () => ({
  default: (await import('../bills/activity-drawer.tsx')).ActivityDrawer,
}))
const LedgerDialog = lazy(async () => ({
  default: (await import('../bills/ledger/ledger-dialog.tsx')).LedgerDialog,
}))
const FilesOverlay = lazy(async () => ({
  default: (await import('../files/files-section.tsx')).FilesOverlay,
}))
const Inspector = lazy(async () => ({ default: (await import('./inspector.tsx')).Inspector }))
const JumpDialog = lazy(async () => ({ default: (await import('./jump-dialog.tsx')).JumpDialog }))
const AddDeviceDialog = lazy(async () => ({
  default: (await import('../devices/devices-section.tsx')).AddDeviceDialog,
}))
const ComeBackDialog = lazy(async () => ({
  default: (await import('../devices/devices-section.tsx')).ComeBackDialog,
}))
const DevicesDialog = lazy(async () => ({
  default: (await import('../devices/devices-section.tsx')).DevicesDialog,
}))
const UseCodeDialog = lazy(async () => ({
  default: (await import('../devices/devices-section.tsx')).UseCodeDialog,
}))
const SettingsDialog = lazy(async () => ({
  default: (await import('../settings/settings-dialog.tsx')).SettingsDialog,
}))
const RecoveryDialog = lazy(async () => ({
  default: (await import('../settings/recovery-dialog.tsx')).RecoveryDialog,
}))

export function Overlays({ overlay }: { readonly overlay: Overlay }) {
  return (
    <Suspense fallback={null}>
      <Current overlay={overlay} />
    </Suspense>
  )
}

function Current({ overlay }: { readonly overlay: Overlay }) {
  switch (overlay.kind) {
    case 'none':
      return null
    case 'add-space':
      return <AddSpaceDialog />
    case 'new-space':
      return <NewSpaceDialog />
    case 'join':
      return <JoinDialog link={overlay.link} />
    case 'new-room':
      return <NewRoomDialog space={overlay.space} />
    case 'invite':
      return <InviteDialog space={overlay.space} inviteId={overlay.invite} />
    case 'remove-member':
      return <RemoveDialog space={overlay.space} person={overlay.person} />
    case 'hand-over':
      return <HandOverDialog space={overlay.space} person={overlay.person} />
    case 'vote':
      return <VoteDialog space={overlay.space} person={overlay.person} />
    case 'leave-space':
      return <LeaveDialog space={overlay.space} />
    case 'forget-space':
      return <ForgetDialog space={overlay.space} />
    case 'settings':
      return <SettingsDialog />
    case 'recovery':
      return <RecoveryDialog />
    case 'devices':
      return <DevicesDialog />
    case 'add-device':
      return <AddDeviceDialog />
    case 'use-code':
      return <UseCodeDialog />
    case 'come-back':
      return <ComeBackDialog />
    case 'inspector':
      return <Inspector space={overlay.space} />
    case 'message':
      return <MessageDrawer space={overlay.space} message={overlay.message} />
    case 'bill':
      return <BillDrawer key={overlay.bill} space={overlay.space} bill={overlay.bill} />
    case 'bill-form':
      return <BillForm {...overlay} />
    case 'bill-import':
      return <BillImport space={overlay.space} />
    case 'settle':
      return <SettleDrawer space={overlay.space} />
    case 'explain':
      return <ExplainDrawer space={overlay.space} from={overlay.from} to={overlay.to} />
    case 'bill-statistics':
      return <StatisticsDialog space={overlay.space} />
    case 'ledger-activity':
      return <ActivityDrawer space={overlay.space} />
    case 'ledger-settings':
      return <LedgerDialog space={overlay.space} />
    case 'jump':
      return <JumpDialog />
    default:
      return <FilesOverlay overlay={overlay} />
  }
}

function AddSpaceDialog() {
  const { show } = useApp()
  const texts = useTexts()
  return (
    <Dialog title={texts.space.add} onClose={() => show({ kind: 'none' })}>
      <StartChoices
        onStart={() => show({ kind: 'new-space' })}
        onJoin={() => show({ kind: 'join', link: '' })}
      />
    </Dialog>
  )
}
