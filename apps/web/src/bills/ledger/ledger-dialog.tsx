/** The settings of a ledger, in tabs: the most used first. */

import { Tabs } from 'radix-ui'
import type { ReactNode } from 'react'
import { useEffect } from 'react'
import { useApp, useTexts } from '../../app-context.tsx'
import { Dialog } from '../../ui/dialog.tsx'
import { BudgetsTab } from './budgets-tab.tsx'
import { CategoriesTab } from './categories-tab.tsx'
import { FilesTab } from './files-tab.tsx'
import { GeneralTab } from './general-tab.tsx'
import styles from './ledger.module.css'
import { PeopleTab } from './people-tab.tsx'
import { PeriodsTab } from './periods-tab.tsx'
import { SeriesTab } from './series-tab.tsx'

type Tab = 'general' | 'people' | 'categories' | 'series' | 'budgets' | 'periods' | 'files'

const TABS: readonly Tab[] = [
  'general',
  'people',
  'categories',
  'series',
  'budgets',
  'periods',
  'files',
]

export function LedgerDialog({ space }: { readonly space: string }) {
  const { store, show } = useApp()
  const { ledger: texts } = useTexts()
  useEffect(() => {
    store.bills.ask(space, ['parties', 'settings', 'extras', 'series', 'locks', 'imports'])
  }, [store, space])
  return (
    <Dialog shape="wide" title={texts.title} onClose={() => show({ kind: 'none' })}>
      <Tabs.Root defaultValue="general" className={styles.tabs}>
        <Tabs.List className={styles.tabList} aria-label={texts.title}>
          {TABS.map((tab) => (
            <Tabs.Trigger key={tab} value={tab} className={styles.tab}>
              {texts.tabs[tab]}
            </Tabs.Trigger>
          ))}
        </Tabs.List>
        {TABS.map((tab) => (
          <Tabs.Content key={tab} value={tab} className={styles.panel}>
            {contentOf(tab, space)}
          </Tabs.Content>
        ))}
      </Tabs.Root>
    </Dialog>
  )
}

function contentOf(tab: Tab, space: string): ReactNode {
  switch (tab) {
    case 'general':
      return <GeneralTab space={space} />
    case 'people':
      return <PeopleTab space={space} />
    case 'categories':
      return <CategoriesTab space={space} />
    case 'series':
      return <SeriesTab space={space} />
    case 'budgets':
      return <BudgetsTab space={space} />
    case 'periods':
      return <PeriodsTab space={space} />
    case 'files':
      return <FilesTab space={space} />
  }
}
