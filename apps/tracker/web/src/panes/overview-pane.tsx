/** One look: how many are here, how the files are doing, what passed on in the last day, and what is most wanted. */

import { ShieldAlert, ShieldCheck } from 'lucide-react'
import { countText, shortCount, sizeText } from '../format/figures.ts'
import { useLive, usePage } from '../page-context.tsx'
import { Block, Pane } from '../shell/pane.tsx'
import type { Overview, Swarms } from '../state/board-client.ts'
import { useLoaded } from '../state/use-loaded.ts'
import { Failure, Loading, PlaceLink } from '../ui/pieces.tsx'
import { HealthMark } from '../ui/health-mark.tsx'
import styles from './overview-pane.module.css'
import { ThroughputFigure } from './throughput-figure.tsx'

const BUSIEST_ROWS = 6

export function OverviewPane() {
  const { texts } = usePage()
  const { overview: live } = useLive()
  // The live figures come at once too; this is for when their stream does not.
  const { value, error, retry } = useLoaded<Overview>('overview')
  const overview = live ?? value
  return (
    <Pane title={texts.sections.overview}>
      {overview === undefined && error === undefined && <Loading />}
      {overview === undefined && <Failure error={error} retry={retry} />}
      {overview !== undefined && <Figures overview={overview} />}
      {overview !== undefined && <Health overview={overview} />}
      <Block
        title={texts.overview.day}
        tools={<PlaceLink to={{ section: 'throughput' }}>{texts.overview.showAll}</PlaceLink>}
      >
        <ThroughputFigure span="day" heightPx={190} />
      </Block>
      <Busiest />
    </Pane>
  )
}

function Figures({ overview }: { readonly overview: Overview }) {
  const { texts, locale } = usePage()
  const count = (value: number) => countText(value, locale)
  const size = (value: number) => sizeText(value, locale)
  const figures = [
    {
      label: texts.overview.peers,
      value: shortCount(overview.peers, locale),
      detail: texts.overview.peersDetail(count(overview.peersHere), count(overview.people)),
    },
    {
      label: texts.overview.swarms,
      value: shortCount(overview.swarms, locale),
      detail: texts.overview.swarmsDetail(size(overview.sizeBytes)),
    },
    {
      label: texts.overview.passed,
      value: size(overview.passedBytes),
      detail: texts.overview.passedDetail(count(overview.receipts)),
    },
    {
      label: texts.overview.rate,
      value: `${size(overview.bytesPerSecond)}/s`,
      detail: texts.overview.rateDetail,
    },
  ]
  return (
    <dl className={styles.figures}>
      {figures.map(({ label, value, detail }) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className={styles.value}>{value}</dd>
          <dd className={styles.detail}>{detail}</dd>
        </div>
      ))}
    </dl>
  )
}

function Health({ overview }: { readonly overview: Overview }) {
  const { texts, locale } = usePage()
  const parts = [
    { key: 'more', count: overview.swarmsWithMore, text: texts.overview.more },
    { key: 'one', count: overview.swarmsWithOne, text: texts.overview.one },
    { key: 'none', count: overview.swarmsWithout, text: texts.overview.none },
  ] as const
  const [more = '', one = '', none = ''] = parts.map(({ count }) => countText(count, locale))
  return (
    <Block title={texts.overview.health} tools={<FraudNote count={overview.frauds} />}>
      {overview.swarms > 0 && (
        <div
          className={styles.bar}
          role="img"
          aria-label={texts.overview.healthLabel(more, one, none)}
        >
          {parts.map(({ key, count }) => (
            <span key={key} className={styles[key]} style={{ flexGrow: count }} />
          ))}
        </div>
      )}
      <ul className={styles.legend}>
        {parts.map(({ key, count, text }) => (
          <li key={key}>
            <span className={styles[key]} data-swatch />
            <strong>{countText(count, locale)}</strong> {text}
          </li>
        ))}
      </ul>
    </Block>
  )
}

function FraudNote({ count }: { readonly count: number }) {
  const { texts, locale } = usePage()
  return (
    <PlaceLink to={{ section: 'frauds' }} className={styles.frauds}>
      {count > 0 ? <ShieldAlert aria-hidden="true" /> : <ShieldCheck aria-hidden="true" />}
      {count > 0 ? texts.overview.frauds(countText(count, locale)) : texts.overview.noFrauds}
    </PlaceLink>
  )
}

function Busiest() {
  const { texts, locale } = usePage()
  const { value } = useLoaded<Swarms>('swarms', { sort: 'peers', limit: BUSIEST_ROWS })
  if (value === undefined || value.rows.length === 0) return null
  return (
    <Block
      title={texts.overview.busiest}
      tools={<PlaceLink to={{ section: 'swarms' }}>{texts.overview.showAll}</PlaceLink>}
    >
      <ul className={styles.busiest}>
        {value.rows.map((swarm) => (
          <li key={swarm.handle}>
            <PlaceLink to={{ section: 'swarms', id: swarm.handle }}>
              {swarm.name ?? texts.swarms.private}
            </PlaceLink>
            <span>{sizeText(swarm.sizeBytes, locale)}</span>
            <HealthMark swarm={swarm} />
          </li>
        ))}
      </ul>
    </Block>
  )
}
