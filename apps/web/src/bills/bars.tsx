/** Bars of what was spent, as small inline drawings: the figures stand beside them as text. */

import { useApp, useTexts } from '../app-context.tsx'
import { monthName, shortMonth } from './bill-days.ts'
import { moneyText } from './money-text.ts'
import { fillMonths } from './statistics-lines.ts'
import type { BarGroup } from './statistics-lines.ts'
import styles from './statistics.module.css'

interface BarsProps {
  readonly title: string
  readonly groups: readonly BarGroup[]
  readonly label: (key: string) => string
}

export function Bars({ title, groups, label }: BarsProps) {
  const { words } = useApp()
  const { statistics: texts } = useTexts()
  if (groups.length === 0) return null
  return (
    <section className={styles.block}>
      <h3>{title}</h3>
      {groups.map(({ currency, total, bars }) => (
        <ul key={currency.code} className={styles.bars}>
          {bars.map(({ key, minor, count, part }) => (
            <li key={key}>
              <span className={styles.label}>
                {label(key)}
                <small> {texts.count(count)}</small>
              </span>
              <span className={styles.figure}>{moneyText(minor, currency, words.locale)}</span>
              <ShareBar part={part} />
            </li>
          ))}
          <li className={styles.total}>
            <span className={styles.label}>{texts.total}</span>
            <span className={styles.figure}>{moneyText(total, currency, words.locale)}</span>
          </li>
        </ul>
      ))}
    </section>
  )
}

export function ShareBar({
  part,
  over = false,
}: {
  readonly part: number
  readonly over?: boolean
}) {
  return (
    <svg className={styles.bar} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect width="100" height="4" />
      <rect data-part="" data-over={over} width={100 * part} height="4" />
    </svg>
  )
}

const MONTHS_MAX = 24
const [COLUMN, GAP, HEIGHT] = [14, 6, 72]

/** A column a month; each is named in the list below, which also is what is read out. */
export function MonthBars({ groups }: { readonly groups: readonly BarGroup[] }) {
  const { statistics: texts } = useTexts()
  if (groups.length === 0) return null
  return (
    <section className={styles.block}>
      <h3>{texts.byMonth}</h3>
      {groups.map((group) => (
        <Months key={group.currency.code} group={group} />
      ))}
    </section>
  )
}

function Months({ group: { currency, bars } }: { readonly group: BarGroup }) {
  const { words } = useApp()
  const months = fillMonths(bars).slice(-MONTHS_MAX)
  return (
    <>
      <svg
        className={styles.columns}
        viewBox={`0 0 ${Math.max(months.length, 12) * (COLUMN + GAP)} ${HEIGHT}`}
        preserveAspectRatio="xMinYMax meet"
        aria-hidden="true"
      >
        {months.map(({ key, part }, index) => (
          <g key={key} transform={`translate(${index * (COLUMN + GAP)} 0)`}>
            <rect
              y={HEIGHT - 12 - part * (HEIGHT - 16)}
              width={COLUMN}
              height={part * (HEIGHT - 16)}
              rx="2"
            />
            <text x={COLUMN / 2} y={HEIGHT - 2}>
              {shortMonth(key, words.locale)}
            </text>
          </g>
        ))}
      </svg>
      <ul className={styles.months}>
        {months
          .filter(({ count }) => count > 0)
          .toReversed()
          .map(({ key, minor }) => (
            <li key={key}>
              <span>{monthName(key, words.locale)}</span>
              <span className={styles.figure}>{moneyText(minor, currency, words.locale)}</span>
            </li>
          ))}
      </ul>
    </>
  )
}
