/** Searching, filtering and ordering the shares; the filters fold away. */

import { ListFilter, Search } from 'lucide-react'
import { useState } from 'react'
import { useApp, useTexts } from '../app-context.tsx'
import { Button } from '../ui/button.tsx'
import { SelectField } from '../ui/field.tsx'
import styles from './files.module.css'
import { isFilteredShares, NO_SHARE_FILTER } from './share-filter.ts'
import type { ShareFilter } from './share-filter.ts'
import { useShareList } from './use-files.ts'

export function ShareFilterBar({ space }: { readonly space: string }) {
  const { store } = useApp()
  const { files: texts } = useTexts()
  const { filter } = useShareList(space)
  const [isOpen, setIsOpen] = useState(false)
  const set = (patch: Partial<ShareFilter>) => store.files.setFilter(space, { ...filter, ...patch })
  const isActive = filter.kind !== 'all' || filter.shown !== 'live'
  return (
    <div className={styles.filterBar}>
      <div className={styles.searchLine}>
        <div className={styles.search}>
          <Search />
          <input
            type="search"
            aria-label={texts.filter.search}
            placeholder={texts.filter.search}
            value={filter.search}
            onChange={(event) => set({ search: event.target.value })}
          />
        </div>
        <Button
          icon={<ListFilter />}
          aria-expanded={isOpen}
          data-active={isActive}
          onClick={() => setIsOpen(!isOpen)}
        >
          {texts.filter.open}
        </Button>
      </div>
      {isOpen && <Selects filter={filter} onChange={set} />}
      {isFilteredShares(filter) && (
        <Button
          size="small"
          tone="quiet"
          onClick={() => store.files.setFilter(space, { ...NO_SHARE_FILTER, sort: filter.sort })}
        >
          {texts.clear}
        </Button>
      )}
    </div>
  )
}

interface SelectsProps {
  readonly filter: ShareFilter
  readonly onChange: (patch: Partial<ShareFilter>) => void
}

function Selects({ filter, onChange }: SelectsProps) {
  const { filter: words } = useTexts().files
  return (
    <div className={styles.filters}>
      <SelectField
        label={words.sort}
        value={filter.sort}
        options={optionsOf(words.sorts)}
        onChange={(sort) => onChange({ sort })}
      />
      <SelectField
        label={words.kind}
        value={filter.kind}
        options={optionsOf(words.kinds)}
        onChange={(kind) => onChange({ kind })}
      />
      <SelectField
        label={words.shown}
        value={filter.shown}
        options={optionsOf(words.states)}
        onChange={(shown) => onChange({ shown })}
      />
    </div>
  )
}

function optionsOf<Key extends string>(labels: Readonly<Record<Key, string>>) {
  return (Object.keys(labels) as Key[]).map((value) => ({ value, label: labels[value] }))
}
