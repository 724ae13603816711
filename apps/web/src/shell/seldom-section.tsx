/** What is seldom looked at and belongs to no space's sections, as one script. */

export { JoinDialog } from '../join/join-dialog.tsx'
export { JoinsPane } from '../join/joins-pane.tsx'
export { RecoveryDialog } from '../settings/recovery-dialog.tsx'
export { SettingsDialog } from '../settings/settings-dialog.tsx'
export { Inspector } from './inspector.tsx'
