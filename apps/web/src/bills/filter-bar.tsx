/** Searching and filtering the bills. Words are looked for as they are typed; the filters fold away. */

import { ListFilter, Search } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useApp, useNow, useTexts } from '../app-context.tsx'
import { Button } from '../ui/button.tsx'
import { SelectField } from '../ui/field.tsx'
import { monthName, today } from './bill-days.ts'
import { filterCount, NO_FILTER, recentMonths } from './bill-filter.ts'
import type { BillFilter, BillsShown } from './bill-filter.ts'
import styles from './bills.module.css'
import { categoryChoices } from './category-name.ts'
import { choosable } from './party-names.ts'
import { useBills, useLedgerWords } from './use-bills.ts'

const WAIT_MS = 120
const MONTHS = 24
const STATES: readonly BillsShown[] = ['live', 'pending', 'conflict', 'deleted']

export function FilterBar({ space }: { readonly space: string }) {
  const { store } = useApp()
  const { bills: texts } = useTexts()
  const { filter } = useBills(space)
  const [open, setOpen] = useState(filterCount(filter) > 0)
  const set = (patch: Partial<BillFilter>) => {
    store.bills.setFilter(space, { ...filter, ...patch })
  }
  const count = filterCount(filter)
  return (
    <div className={styles.filterBar}>
      <div className={styles.searchLine}>
        <SearchBox search={filter.search} onSearch={(search) => set({ search })} />
        <Button
          icon={<ListFilter />}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          data-active={count > 0}
        >
          {count === 0 ? texts.filter.open : `${texts.filter.open} (${count})`}
        </Button>
      </div>
      {open && <Filters space={space} filter={filter} onChange={set} />}
      {count > 0 && (
        <Button size="small" tone="quiet" onClick={() => store.bills.setFilter(space, NO_FILTER)}>
          {texts.clear}
        </Button>
      )}
    </div>
  )
}

interface SearchBoxProps {
  readonly search: string
  readonly onSearch: (search: string) => void
}

/** Keeps what is typed by itself; a search that is cleared from elsewhere clears it too. */
function SearchBox({ search, onSearch }: SearchBoxProps) {
  const { bills: texts } = useTexts()
  const [text, setText] = useState(search)
  const [sent, setSent] = useState(search)
  if (search !== sent) {
    setSent(search)
    setText(search)
  }
  useEffect(() => {
    if (text === sent) return
    const timer = setTimeout(() => {
      setSent(text)
      onSearch(text)
    }, WAIT_MS)
    return () => clearTimeout(timer)
  })
  return (
    <div className={styles.search}>
      <Search />
      <input
        type="search"
        aria-label={texts.filter.search}
        placeholder={texts.filter.search}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </div>
  )
}

interface FiltersProps {
  readonly space: string
  readonly filter: BillFilter
  readonly onChange: (patch: Partial<BillFilter>) => void
}

function Filters({ space, filter, onChange }: FiltersProps) {
  const texts = useTexts()
  const { filter: words } = texts.bills
  const { names, locale } = useLedgerWords(space)
  const { parties, extras } = useBills(space)
  const nowMs = useNow()
  const people = choosable(parties ?? []).map(({ id }) => ({ value: id, label: names.nameOf(id) }))
  const categories = categoryChoices(extras?.categories ?? [], texts, locale)
  const months = recentMonths(today(nowMs), MONTHS)
  return (
    <div className={styles.filters}>
      <SelectField
        label={words.person}
        value={filter.party}
        options={[{ value: '', label: words.everybody }, ...people]}
        onChange={(party) => onChange({ party })}
      />
      <SelectField
        label={words.category}
        value={filter.category}
        options={[
          { value: '', label: words.allCategories },
          ...categories.map(({ id, name }) => ({ value: id, label: name })),
        ]}
        onChange={(category) => onChange({ category })}
      />
      <SelectField
        label={words.month}
        value={filter.month}
        options={[
          { value: '', label: words.allMonths },
          ...months.map((month) => ({ value: month, label: monthName(month, locale) })),
        ]}
        onChange={(month) => onChange({ month })}
      />
      <SelectField
        label={words.shown}
        value={filter.shown}
        options={STATES.map((state) => ({ value: state, label: words.states[state] }))}
        onChange={(shown) => onChange({ shown })}
      />
    </div>
  )
}
