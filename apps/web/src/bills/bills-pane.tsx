/** The bills of a space: where everybody stands, and every bill by day. */

import {
  ChartColumn,
  Ellipsis,
  FileUp,
  History,
  Plus,
  Receipt,
  Settings2,
  Trash2,
} from 'lucide-react'
import { useEffect } from 'react'
import { useApp, useSelect, useTexts } from '../app-context.tsx'
import { PaneHeader } from '../shell/pane-header.tsx'
import { Button, IconButton } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { Menu, MenuItem } from '../ui/menu.tsx'
import { NO_FILTER } from './bill-filter.ts'
import { BillList } from './bill-list.tsx'
import styles from './bills.module.css'
import { useMayBill } from './may-bill.ts'
import { useBillKey } from './use-bill-key.ts'
import { useBills } from './use-bills.ts'

export function BillsPane({ space }: { readonly space: string }) {
  const { store, show } = useApp()
  const { bills: texts } = useTexts()
  const mayBill = useMayBill(space)
  const total = useBills(space).found?.total
  const online = useSelect((state) => state.connection === 'online')
  useEffect(() => {
    if (online) store.bills.open(space)
  }, [store, space, online])
  useBillKey(space, mayBill)
  return (
    <>
      <PaneHeader
        icon={<Receipt />}
        title={texts.title}
        detail={total === undefined ? '' : texts.total(total)}
      >
        <MoreMenu space={space} />
        {mayBill && (
          <Button
            tone="primary"
            icon={<Plus />}
            aria-keyshortcuts="b"
            onClick={() => show({ kind: 'bill-form', space })}
          >
            {texts.addHere}
          </Button>
        )}
      </PaneHeader>
      <Body space={space} />
    </>
  )
}

function MoreMenu({ space }: { readonly space: string }) {
  const { store, show } = useApp()
  const { activity, bills: texts, ledger } = useTexts()
  const mayBill = useMayBill(space)
  return (
    <Menu
      trigger={
        <IconButton label={texts.more}>
          <Ellipsis />
        </IconButton>
      }
    >
      <MenuItem icon={<ChartColumn />} onSelect={() => show({ kind: 'bill-statistics', space })}>
        {texts.statistics}
      </MenuItem>
      <MenuItem icon={<History />} onSelect={() => show({ kind: 'ledger-activity', space })}>
        {activity.title}
      </MenuItem>
      <MenuItem
        icon={<Trash2 />}
        onSelect={() => store.bills.setFilter(space, { ...NO_FILTER, shown: 'deleted' })}
      >
        {texts.filter.states.deleted}
      </MenuItem>
      {mayBill && (
        <MenuItem icon={<FileUp />} onSelect={() => show({ kind: 'bill-import', space })}>
          {ledger.importFile}
        </MenuItem>
      )}
      <MenuItem icon={<Settings2 />} onSelect={() => show({ kind: 'ledger-settings', space })}>
        {texts.ledgerSettings}
      </MenuItem>
    </Menu>
  )
}

function Body({ space }: { readonly space: string }) {
  const { store } = useApp()
  const texts = useTexts()
  const { found, failed } = useBills(space)
  if (found !== undefined) return <BillList key={space} space={space} />
  if (!failed) return <div className={styles.blank} />
  return (
    <Empty icon={<Receipt />} title={texts.bills.failed} hint={texts.bills.failedHint}>
      <Button onClick={() => store.bills.open(space)}>{texts.common.retry}</Button>
    </Empty>
  )
}
