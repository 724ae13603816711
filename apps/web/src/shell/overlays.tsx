/** The one dialog or drawer that is open. What is seldom needed is loaded when it is. */

import { Suspense } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import type { Overlay } from '../app-context.tsx'
import { NewRoomDialog } from '../chat/new-room-dialog.tsx'
import { NewSpaceDialog } from '../start/new-space-dialog.tsx'
import { StartChoices } from '../start/first-run.tsx'
import { Dialog } from '../ui/dialog.tsx'
import { later } from '../ui/later.ts'

const MessageDrawer = later(async () => (await import('../chat/message-drawer.tsx')).MessageDrawer)
const InviteDialog = later(async () => (await import('../people/people-section.tsx')).InviteDialog)
const RemoveDialog = later(async () => (await import('../people/people-section.tsx')).RemoveDialog)
const HandOverDialog = later(
  async () => (await import('../people/people-section.tsx')).HandOverDialog,
)
const VoteDialog = later(async () => (await import('../people/people-section.tsx')).VoteDialog)
const LeaveDialog = later(async () => (await import('../people/people-section.tsx')).LeaveDialog)
const ForgetDialog = later(async () => (await import('../people/people-section.tsx')).ForgetDialog)
const JoinDialog = later(async () => (await import('./seldom-section.tsx')).JoinDialog)
const BillDrawer = later(async () => (await import('../bills/bill-drawer.tsx')).BillDrawer)
const BillForm = later(async () => (await import('../bills/bill-form.tsx')).BillForm)
const BillImport = later(async () => (await import('../bills/bill-import.tsx')).BillImport)
const SettleDrawer = later(async () => (await import('../bills/seldom-section.tsx')).SettleDrawer)
const ExplainDrawer = later(async () => (await import('../bills/seldom-section.tsx')).ExplainDrawer)
const StatisticsDialog = later(
  async () => (await import('../bills/seldom-section.tsx')).StatisticsDialog,
)
const ActivityDrawer = later(
  async () => (await import('../bills/seldom-section.tsx')).ActivityDrawer,
)
const LedgerDialog = later(async () => (await import('../bills/seldom-section.tsx')).LedgerDialog)
const FilesOverlay = later(async () => (await import('../files/files-section.tsx')).FilesOverlay)
const Inspector = later(async () => (await import('./seldom-section.tsx')).Inspector)
const JumpDialog = later(async () => (await import('./jump-dialog.tsx')).JumpDialog)
const AddDeviceDialog = later(
  async () => (await import('../devices/devices-section.tsx')).AddDeviceDialog,
)
const ComeBackDialog = later(
  async () => (await import('../devices/devices-section.tsx')).ComeBackDialog,
)
const DevicesDialog = later(
  async () => (await import('../devices/devices-section.tsx')).DevicesDialog,
)
const UseCodeDialog = later(
  async () => (await import('../devices/devices-section.tsx')).UseCodeDialog,
)
const SettingsDialog = later(async () => (await import('./seldom-section.tsx')).SettingsDialog)
const RecoveryDialog = later(async () => (await import('./seldom-section.tsx')).RecoveryDialog)

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
