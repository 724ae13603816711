/** Where two people changed a bill without knowing of each other: both versions side by side, and a choice. */

import type { ExpenseVersion } from '@hamlet/http/api'
import { useApp, useTexts } from '../app-context.tsx'
import { Button } from '../ui/button.tsx'
import { Time } from '../ui/time.tsx'
import styles from './bill-drawer.module.css'
import type { DetailProps } from './detail-props.ts'
import { useMayBill } from './may-bill.ts'
import { useLedgerWords } from './use-bills.ts'
import { differingFields, fieldText } from './version-changes.ts'

export function BillChoice({ space, detail }: DetailProps) {
  const { bill: texts } = useTexts()
  const words = useLedgerWords(space)
  const heads = detail.versions
    .filter(({ isHead }) => isHead)
    .toSorted((a, b) => Number(b.isWinner) - Number(a.isWinner))
  const [first, ...others] = heads
  if (detail.choices < 2 || first === undefined || others.length === 0) return null
  const differing = new Set(others.flatMap((other) => differingFields(first, other, words)))
  return (
    <section className={styles.choice} aria-label={texts.chooseTitle(heads.length)}>
      <h3>{texts.chooseTitle(heads.length)}</h3>
      <p>{texts.chooseLead}</p>
      <ul>
        {heads.map((version) => (
          <Candidate
            key={version.version}
            space={space}
            detail={detail}
            version={version}
            fields={[...differing]}
          />
        ))}
      </ul>
    </section>
  )
}

interface CandidateProps extends DetailProps {
  readonly version: ExpenseVersion
  readonly fields: readonly string[]
}

function Candidate({ space, detail, version, fields }: CandidateProps) {
  const { store } = useApp()
  const { bill: texts } = useTexts()
  const words = useLedgerWords(space)
  const mayBill = useMayBill(space)
  return (
    <li data-winner={version.isWinner}>
      <p className={styles.candidate}>
        <strong>{words.names.nameOf(version.by.person)}</strong>
        <Time atMs={version.by.atMs} className={styles.note} />
        {version.isWinner && <span className={styles.counts}>{texts.counts}</span>}
      </p>
      {fields.length === 0 && <p className={styles.note}>{texts.sameAsBefore}</p>}
      <dl className={styles.stacked}>
        {fields.map((field) => (
          <div key={field}>
            <dt>{texts.fields[field] ?? field}</dt>
            <dd>{fieldText(version, field, words)}</dd>
          </div>
        ))}
      </dl>
      {mayBill && (
        <Button
          size="small"
          aria-label={`${texts.keep}: ${words.names.nameOf(version.by.person)}`}
          onClick={() => void store.bills.resolve(space, detail.id, version.version)}
        >
          {texts.keep}
        </Button>
      )}
    </li>
  )
}
