/**
 * Who gave whom how much, as bands from left to right. Names are links to a person's own flows; each band says its figure
 * on hover, and all of them stand in the list below for who does not see the picture.
 */

import { personStyle } from '@hamlet/web/ui'
import { useState } from 'react'
import { countText, shortId, sizeText } from '../format/figures.ts'
import { usePage } from '../page-context.tsx'
import type { FlowPicture } from '../state/board-client.ts'
import { layOutFlows } from './flow-layout.ts'
import type { Block } from './flow-layout.ts'
import styles from './flow-figure.module.css'
import { PersonName, PlaceLink } from './pieces.tsx'

const WIDTH = 400

interface FlowFigureProps {
  readonly flows: FlowPicture['flows']
  /** How many people are behind "others". */
  readonly othersCount: number
}

export function FlowFigure({ flows, othersCount }: FlowFigureProps) {
  const { texts, locale } = usePage()
  const [pointed, setPointed] = useState<string | undefined>(undefined)
  const people = new Set(flows.flatMap(({ from, to }) => [from, to])).size
  const height = Math.max(160, people * 46)
  const { givers, takers, bands } = layOutFlows(flows, WIDTH, height)
  const nameOf = (id: string) =>
    id === 'others' ? texts.flow.others(countText(othersCount, locale)) : shortId(id)
  const textOf = (flow: FlowPicture['flows'][number]) =>
    texts.flow.flowText(nameOf(flow.from), nameOf(flow.to), sizeText(flow.bytes, locale))
  const largest = flows.toSorted((a, b) => b.bytes - a.bytes)[0]
  if (largest === undefined) return null
  const label = texts.flow.pictureLabel(
    nameOf(largest.from),
    nameOf(largest.to),
    sizeText(largest.bytes, locale),
  )
  const isFaded = (...ids: readonly string[]) => pointed !== undefined && !ids.includes(pointed)
  return (
    <figure className={styles.figure}>
      <Side blocks={givers} side="left" height={height} nameOf={nameOf} onPoint={setPointed} />
      <svg
        role="img"
        aria-label={label}
        className={styles.bands}
        viewBox={`0 0 ${WIDTH} ${height}`}
        preserveAspectRatio="none"
        style={{ height }}
      >
        {bands.map((band) => (
          <path
            key={`${band.from}-${band.to}`}
            d={band.path}
            className={styles.band}
            data-faded={isFaded(band.from, band.to)}
            data-others={band.from === 'others'}
            style={personStyle(band.from)}
          >
            <title>{textOf(band)}</title>
          </path>
        ))}
      </svg>
      <Side blocks={takers} side="right" height={height} nameOf={nameOf} onPoint={setPointed} />
      <figcaption className="visually-hidden">
        <ul>
          {bands.map((band) => (
            <li key={`${band.from}-${band.to}`}>{textOf(band)}</li>
          ))}
        </ul>
      </figcaption>
    </figure>
  )
}

interface SideProps {
  readonly blocks: readonly Block[]
  readonly side: 'left' | 'right'
  readonly height: number
  readonly nameOf: (id: string) => string
  readonly onPoint: (id: string | undefined) => void
}

function Side({ blocks, side, height, nameOf, onPoint }: SideProps) {
  const { texts, locale } = usePage()
  return (
    <div className={styles.side} data-side={side} style={{ height: height + 26 }}>
      <p className={styles.title}>{side === 'left' ? texts.flow.gave : texts.flow.received}</p>
      {blocks.map(({ id, bytes, top, height: blockHeight }) => (
        <div
          key={id}
          className={styles.block}
          style={{ ...personStyle(id), top: top + 26, height: blockHeight }}
          data-others={id === 'others'}
          onPointerEnter={() => onPoint(id)}
          onPointerLeave={() => onPoint(undefined)}
        >
          <span className={styles.name}>
            {id === 'others' ? (
              nameOf(id)
            ) : (
              <PlaceLink to={{ section: 'flow', id }}>
                <PersonName id={id} />
              </PlaceLink>
            )}
            <span className={styles.bytes}>{sizeText(bytes, locale)}</span>
          </span>
        </div>
      ))}
    </div>
  )
}
