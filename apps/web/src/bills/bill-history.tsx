/** Every version of a bill, newest first: who signed it, and what it changed. */

import type { ExpenseVersion } from '@hamlet/http/api'
import { useTexts } from '../app-context.tsx'
import { Time } from '../ui/time.tsx'
import styles from './bill-drawer.module.css'
import type { DetailProps } from './detail-props.ts'
import { useLedgerWords } from './use-bills.ts'
import { baseOf, changesOf } from './version-changes.ts'

export function BillHistory({ space, detail }: DetailProps) {
  const { bill: texts } = useTexts()
  return (
    <section className={styles.block}>
      <h3>{texts.history}</h3>
      <ol className={styles.versions}>
        {detail.versions.toReversed().map((version) => (
          <Version key={version.version} space={space} detail={detail} version={version} />
        ))}
      </ol>
    </section>
  )
}

interface VersionProps extends DetailProps {
  readonly version: ExpenseVersion
}

function Version({ space, detail, version }: VersionProps) {
  const { bill: texts } = useTexts()
  const words = useLedgerWords(space)
  const base = baseOf(detail, version)
  const changes = base === undefined ? [] : changesOf(base, version, version.changed, words)
  return (
    <li>
      <p>
        {headline(version, base, texts, authorOf(version, words.names.nameOf(version.by.person)))}{' '}
        <Time atMs={version.by.atMs} className={styles.note} />
      </p>
      {changes.length > 0 && (
        <dl className={styles.changes}>
          {changes.map(({ field, label, before, after }) => (
            <div key={field}>
              <dt>{label}</dt>
              <dd>
                <del>{before}</del> <span aria-hidden="true">→</span> <ins>{after}</ins>
              </dd>
            </div>
          ))}
        </dl>
      )}
      {version.isHead && !version.isWinner && <p className={styles.note}>{texts.notCounted}</p>}
      <Technical version={version} />
    </li>
  )
}

/** A program of theirs may have asked for it. */
function authorOf({ by: { client } }: ExpenseVersion, name: string): string {
  return client === undefined ? name : `${name} (${client})`
}

type BillTexts = ReturnType<typeof useTexts>['bill']

function headline(
  version: ExpenseVersion,
  base: ExpenseVersion | undefined,
  texts: BillTexts,
  name: string,
): string {
  if (base === undefined) return texts.first(name)
  if (base.deleted === version.deleted) return texts.change(name)
  return version.deleted ? texts.deletion(name) : texts.restoration(name)
}

function Technical({ version }: { readonly version: ExpenseVersion }) {
  const { bill: texts } = useTexts()
  return (
    <details className={styles.technical}>
      <summary>{texts.technical}</summary>
      <dl>
        <dt>{texts.entry}</dt>
        <dd>{version.by.entry}</dd>
        <dt>{texts.device}</dt>
        <dd>{version.by.device}</dd>
        <dt>{texts.version}</dt>
        <dd>{version.version}</dd>
      </dl>
    </details>
  )
}
