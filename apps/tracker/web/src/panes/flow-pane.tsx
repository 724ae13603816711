/** The flow of credits: a picture of those who gave most and all others, and every person in a list. */

import { ArrowLeftRight, SearchX } from 'lucide-react'
import { Empty } from '@hamlet/web/ui'
import { useCallback, useMemo, useState } from 'react'
import { balanceText, countText, sizeText } from '../format/figures.ts'
import { useNow, usePage } from '../page-context.tsx'
import { Block, Pane } from '../shell/pane.tsx'
import type { FlowPicture, PersonRow } from '../state/board-client.ts'
import { useLoaded, usePages } from '../state/use-loaded.ts'
import { DataTable } from '../ui/data-table.tsx'
import type { Column } from '../ui/data-table.tsx'
import { FlowFigure } from '../ui/flow-figure.tsx'
import { Failure, Loading, PersonName } from '../ui/pieces.tsx'
import { SearchField } from '../ui/search-field.tsx'
import styles from './flow-pane.module.css'
import { hexOf } from './peers-pane.tsx'

type Sort = 'gave' | 'received' | 'balance'

export function FlowPane() {
  const { texts } = usePage()
  const minute = Math.floor(useNow() / 60_000)
  const { value, error, retry } = useLoaded<FlowPicture>('flows', {}, minute)
  return (
    <Pane title={texts.sections.flow} detail={texts.flow.lead}>
      {value === undefined && error === undefined && <Loading />}
      {value === undefined && <Failure error={error} retry={retry} />}
      {value !== undefined && value.flows.length === 0 && (
        <Empty icon={<ArrowLeftRight />} title={texts.flow.empty} hint={texts.flow.emptyHint} />
      )}
      {value !== undefined && value.flows.length > 0 && (
        <>
          <Block title={texts.flow.picture}>
            <FlowFigure flows={value.flows} othersCount={value.others.people} />
          </Block>
          <People />
        </>
      )}
    </Pane>
  )
}

function People() {
  const { texts } = usePage()
  const [search, setSearch] = useState('')
  const [by, setBy] = useState<Sort>('gave')
  const pages = usePages<PersonRow>('people', { sort: by, search })
  const columns = usePeopleColumns()
  return (
    <Block
      title={texts.flow.people}
      tools={
        <SearchField
          label={texts.flow.search}
          hint={texts.flow.searchHint}
          onSearch={useCallback((text: string) => setSearch(hexOf(text)), [])}
        />
      }
    >
      <div className={styles.people}>
        <DataTable
          label={texts.flow.people}
          columns={columns}
          pages={pages}
          keyOf={(row) => row.person}
          to={(row) => ({ section: 'flow', id: row.person })}
          sort={{ by, order: 'down' }}
          onSort={setBy}
          empty={
            <Empty icon={<SearchX />} title={texts.flow.noMatch} hint={texts.flow.searchHint} />
          }
        />
      </div>
    </Block>
  )
}

function usePeopleColumns(): readonly Column<PersonRow, Sort>[] {
  const { texts, locale } = usePage()
  return useMemo(
    () => [
      {
        key: 'person',
        label: texts.flow.person,
        width: 'minmax(0, 2fr)',
        cell: (row) => <PersonName id={row.person} />,
      },
      {
        key: 'devices',
        label: texts.flow.devices,
        width: '80px',
        align: 'end',
        isWideOnly: true,
        cell: (row) => countText(row.devices, locale),
      },
      {
        key: 'gave',
        label: texts.flow.gaveColumn,
        sort: 'gave',
        width: '110px',
        align: 'end',
        cell: (row) => sizeText(row.gaveBytes, locale),
      },
      {
        key: 'received',
        label: texts.flow.receivedColumn,
        sort: 'received',
        width: '110px',
        align: 'end',
        cell: (row) => sizeText(row.receivedBytes, locale),
      },
      {
        key: 'balance',
        label: texts.flow.balance,
        sort: 'balance',
        width: '110px',
        align: 'end',
        cell: (row) => balanceText(row, locale),
      },
    ],
    [texts, locale],
  )
}
