/** What of the section is seldom looked at, as a script of its own: the front of a space needs none of it. */

export { FileSettingsDialog } from './file-settings-dialog.tsx'
export { StandingDialog } from './standing-dialog.tsx'
export { TrackersDialog } from './trackers-dialog.tsx'
