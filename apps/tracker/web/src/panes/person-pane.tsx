/** One person's credits: whom they gave to and received from, most first. */

import { balanceText, countText, sizeText } from '../format/figures.ts'
import { usePage } from '../page-context.tsx'
import { Block, Facts, Pane } from '../shell/pane.tsx'
import type { PersonFlows } from '../state/board-client.ts'
import { useLoaded } from '../state/use-loaded.ts'
import { classes } from '@hamlet/web/ui'
import { Failure, Loading, PersonName, PlaceLink } from '../ui/pieces.tsx'
import styles from './list.module.css'

type Flows = PersonFlows['gaveTo']

export function PersonPane({ id }: { readonly id: string }) {
  const { texts, locale } = usePage()
  const { value, error, retry } = useLoaded<PersonFlows>(`people/${id}`)
  return (
    <Pane title={<PersonName id={id} />} detail={texts.flow.picture} back={{ section: 'flow' }}>
      {value === undefined && error === undefined && <Loading />}
      {value === undefined && <Failure error={error} retry={retry} />}
      {value !== undefined && (
        <>
          <Facts
            facts={[
              { label: texts.flow.gaveColumn, value: sizeText(value.person.gaveBytes, locale) },
              {
                label: texts.flow.receivedColumn,
                value: sizeText(value.person.receivedBytes, locale),
              },
              { label: texts.flow.balance, value: balanceText(value.person, locale) },
              { label: texts.flow.devices, value: countText(value.person.devices, locale) },
            ]}
          />
          <div className={styles.pairs}>
            <FlowList title={texts.flow.gaveTo} flows={value.gaveTo} side="to" />
            <FlowList title={texts.flow.receivedFrom} flows={value.receivedFrom} side="from" />
          </div>
        </>
      )}
    </Pane>
  )
}

function FlowList({
  title,
  flows,
  side,
}: {
  readonly title: string
  readonly flows: Flows
  readonly side: 'from' | 'to'
}) {
  const { texts, locale } = usePage()
  const most = flows[0]?.bytes ?? 1
  return (
    <Block title={title}>
      {flows.length === 0 && <p className={styles.muted}>{texts.flow.nobody}</p>}
      <ul className={styles.list}>
        {flows.map((flow) => (
          <li key={flow[side]} className={classes(styles.row, styles.pair)}>
            <PlaceLink to={{ section: 'flow', id: flow[side] }}>
              <PersonName id={flow[side]} />
            </PlaceLink>
            <progress value={flow.bytes} max={most} aria-hidden="true" />
            <span className={styles.bytes}>{sizeText(flow.bytes, locale)}</span>
          </li>
        ))}
      </ul>
    </Block>
  )
}
