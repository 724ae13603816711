/** All peers: what they gave and received, what they hold, when they were here. */

import { Network, SearchX, ShieldAlert } from 'lucide-react'
import { Empty } from '@hamlet/web/ui'
import { useCallback, useMemo, useState } from 'react'
import { countText, dayText, sizeText } from '../format/figures.ts'
import { useLive, useNow, usePage } from '../page-context.tsx'
import { Pane } from '../shell/pane.tsx'
import type { PeerRow } from '../state/board-client.ts'
import { usePages } from '../state/use-loaded.ts'
import { DataTable } from '../ui/data-table.tsx'
import type { Column, Order } from '../ui/data-table.tsx'
import { Moment, PersonName } from '../ui/pieces.tsx'
import { SearchField } from '../ui/search-field.tsx'
import styles from './peers-pane.module.css'

type Sort = 'seen' | 'gave' | 'received' | 'known'

export function PeersPane() {
  const { texts, locale } = usePage()
  const { overview } = useLive()
  const [search, setSearch] = useState('')
  const [sort, setSort] = useState<{ by: Sort; order: Order }>({ by: 'seen', order: 'down' })
  const query = { sort: sort.by, order: sort.order, search }
  const pages = usePages<PeerRow>('peers', query, useNow())
  const columns = usePeerColumns()
  return (
    <Pane
      title={texts.sections.peers}
      detail={overview && texts.table.rows(countText(overview.peers, locale))}
      tools={
        <SearchField
          label={texts.peers.search}
          hint={texts.peers.searchHint}
          onSearch={useCallback((text: string) => setSearch(hexOf(text)), [])}
        />
      }
      isTable
    >
      <DataTable
        label={texts.sections.peers}
        columns={columns}
        pages={pages}
        keyOf={(row) => row.peer}
        to={(row) => ({ section: 'peers', id: row.peer })}
        sort={sort}
        onSort={(by, order) => setSort({ by, order })}
        empty={
          search === '' ? (
            <Empty icon={<Network />} title={texts.peers.empty} hint={texts.peers.emptyHint} />
          ) : (
            <Empty icon={<SearchX />} title={texts.peers.noMatch} hint={texts.peers.searchHint} />
          )
        }
      />
    </Pane>
  )
}

/** Ids are shown in groups and may be typed so. What no id can begin with finds none. */
export function hexOf(text: string): string {
  const digits = text.replaceAll(/\s/g, '').toLowerCase()
  if (digits === '') return ''
  return /^[0-9a-f]{1,64}$/.test(digits) ? digits : 'f'.repeat(64)
}

function usePeerColumns(): readonly Column<PeerRow, Sort>[] {
  const { texts, locale } = usePage()
  return useMemo(
    () => [
      {
        key: 'peer',
        label: texts.peers.peer,
        width: 'minmax(0, 2fr)',
        cell: (row) => (
          <span className={styles.peer}>
            <PersonName id={row.peer} />
            {row.frauds > 0 && (
              <span className={styles.fraud}>
                <ShieldAlert aria-hidden="true" />
                {texts.peers.frauds(countText(row.frauds, locale))}
              </span>
            )}
          </span>
        ),
      },
      {
        key: 'gave',
        label: texts.peers.gave,
        sort: 'gave',
        width: '100px',
        align: 'end',
        cell: (row) => sizeText(row.gaveBytes, locale),
      },
      {
        key: 'received',
        label: texts.peers.received,
        sort: 'received',
        width: '100px',
        align: 'end',
        cell: (row) => sizeText(row.receivedBytes, locale),
      },
      {
        key: 'holds',
        label: texts.peers.holds,
        width: 'minmax(0, 1.4fr)',
        align: 'end',
        isWideOnly: true,
        cell: (row) =>
          texts.peers.holdsCount(countText(row.holds, locale), sizeText(row.heldBytes, locale)),
      },
      {
        key: 'known',
        label: texts.peers.known,
        sort: 'known',
        width: '120px',
        align: 'end',
        isWideOnly: true,
        cell: (row) => dayText(row.knownSinceMs, locale),
      },
      {
        key: 'seen',
        label: texts.peers.seen,
        sort: 'seen',
        width: '150px',
        align: 'end',
        isWideOnly: true,
        cell: (row) => <Moment atMs={row.seenAtMs} />,
      },
    ],
    [texts, locale],
  )
}
