/** The dialogs about devices as one piece, loaded when one of them is first shown: one script is smaller than six. */

export { AddDeviceDialog } from './add-device-dialog.tsx'
export { ComeBackDialog } from './come-back-dialog.tsx'
export { DevicesDialog } from './devices-dialog.tsx'
export { UseCodeDialog } from './use-code-dialog.tsx'
