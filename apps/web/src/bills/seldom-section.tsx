/** Drawers and dialogs of the ledger that are seldom looked at, as one script: that is smaller than five. */

export { ActivityDrawer } from './activity-drawer.tsx'
export { ExplainDrawer } from './explain-drawer.tsx'
export { LedgerDialog } from './ledger/ledger-dialog.tsx'
export { SettleDrawer } from './settle-drawer.tsx'
export { StatisticsDialog } from './statistics-dialog.tsx'
