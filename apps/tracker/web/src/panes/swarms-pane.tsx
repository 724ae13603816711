/** All swarms: searched by their public words, in the order one wants. */

import { Files, SearchX } from 'lucide-react'
import { Empty } from '@hamlet/web/ui'
import { useMemo, useState } from 'react'
import { copiesText, countText, sizeText } from '../format/figures.ts'
import { useLive, useNow, usePage } from '../page-context.tsx'
import { Pane } from '../shell/pane.tsx'
import type { SwarmRow } from '../state/board-client.ts'
import { usePages } from '../state/use-loaded.ts'
import { DataTable } from '../ui/data-table.tsx'
import type { Column, Order } from '../ui/data-table.tsx'
import { HealthMark } from '../ui/health-mark.tsx'
import { Moment } from '../ui/pieces.tsx'
import { SearchField } from '../ui/search-field.tsx'

type Sort = 'peers' | 'seeds' | 'size' | 'seen'

export function SwarmsPane() {
  const { texts, locale } = usePage()
  const { overview } = useLive()
  const [search, setSearch] = useState('')
  const [sort, setSort] = useState<{ by: Sort; order: Order }>({ by: 'peers', order: 'down' })
  const query = { sort: sort.by, order: sort.order, search }
  const pages = usePages<SwarmRow>('swarms', query, useNow())
  const columns = useSwarmColumns()
  return (
    <Pane
      title={texts.sections.swarms}
      detail={overview && texts.table.rows(countText(overview.swarms, locale))}
      tools={
        <SearchField
          label={texts.swarms.search}
          hint={texts.swarms.searchHint}
          onSearch={setSearch}
        />
      }
      isTable
    >
      <DataTable
        label={texts.sections.swarms}
        columns={columns}
        pages={pages}
        keyOf={(row) => row.handle}
        to={(row) => ({ section: 'swarms', id: row.handle })}
        sort={sort}
        onSort={(by, order) => setSort({ by, order })}
        empty={
          search === '' ? (
            <Empty icon={<Files />} title={texts.swarms.empty} hint={texts.swarms.emptyHint} />
          ) : (
            <Empty icon={<SearchX />} title={texts.swarms.noMatch} hint={texts.swarms.searchHint} />
          )
        }
      />
    </Pane>
  )
}

function useSwarmColumns(): readonly Column<SwarmRow, Sort>[] {
  const { texts, locale } = usePage()
  return useMemo(
    () => [
      {
        key: 'name',
        label: texts.swarms.name,
        width: 'minmax(0, 3fr)',
        cell: (row) => row.name ?? `${texts.swarms.private} ${row.handle.slice(0, 8)}`,
      },
      {
        key: 'size',
        label: texts.swarms.size,
        sort: 'size',
        width: '90px',
        align: 'end',
        isBare: true,
        cell: (row) => sizeText(row.sizeBytes, locale),
      },
      {
        key: 'seeds',
        label: texts.swarms.seeds,
        sort: 'seeds',
        width: '120px',
        align: 'end',
        isWideOnly: true,
        cell: (row) => countText(row.seeds, locale),
      },
      {
        key: 'peers',
        label: texts.swarms.peers,
        sort: 'peers',
        width: '100px',
        align: 'end',
        isBare: true,
        cell: (row) => <HealthMark swarm={row} />,
      },
      {
        key: 'copies',
        label: texts.swarms.copies,
        hint: texts.swarms.copiesHint,
        width: '110px',
        align: 'end',
        cell: (row) => copiesText(row, locale),
      },
      {
        key: 'seen',
        label: texts.swarms.seen,
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
