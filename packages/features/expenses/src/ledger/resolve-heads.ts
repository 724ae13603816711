/** What the heads of a record come to: the body, and whether somebody has to choose. A pure function of heads and base. */

import type { ExpenseBody } from '../expense-body.ts'
import type { VersionId } from '../party.ts'
import type { AnyVersion } from './content.ts'
import { mergeBodies } from './merge.ts'
import type { RecordBodies, RecordKind } from './record-bodies.ts'
import type { StoredVersion } from './records.ts'

export interface Head extends StoredVersion {
  readonly id: VersionId
}

export interface ResolvedHeads {
  readonly body: RecordBodies[RecordKind]
  /** Whether the body is made of all heads, and not that of the winner alone. */
  readonly isMerged: boolean
  /** Heads somebody should choose among; 1 when there is nothing to choose. */
  readonly choices: number
}

/** `heads`: at least one, the winner last. `readBase`: a version of the same expense. */
export function resolveHeads(
  heads: readonly Head[],
  readBase: (id: VersionId) => AnyVersion | undefined,
): ResolvedHeads {
  const merged = mergeHeads(heads, readBase)
  if (merged !== undefined) return { body: merged, isMerged: true, choices: 1 }
  const body = heads.at(-1)!.version.body as RecordBodies[RecordKind]
  return { body, isMerged: false, choices: choicesOf(heads) }
}

function choicesOf(heads: readonly Head[]): number {
  const written = heads.filter(({ version }) => !isMadeBySeries(version))
  return Math.max(1, written.length)
}

function isMadeBySeries(version: AnyVersion): boolean {
  return (
    version.record === 'expense' && version.depth === 0 && version.body.origin?.kind === 'series'
  )
}

/** What several heads of an expense say together, if they all replace the same one version and get along. */
function mergeHeads(
  heads: readonly Head[],
  readBase: (id: VersionId) => AnyVersion | undefined,
): ExpenseBody | undefined {
  const [first] = heads
  if (heads.length < 2 || first?.version.record !== 'expense') return undefined
  const [base, ...others] = first.version.replaces
  if (base === undefined || others.length > 0) return undefined
  const isOnBase = ({ version }: Head) =>
    version.replaces.length === 1 && version.replaces[0] === base
  if (!heads.every(isOnBase)) return undefined
  const version = readBase(base)
  if (version === undefined) return undefined
  return mergeBodies(
    version.body as ExpenseBody,
    heads.map((head) => head.version.body as ExpenseBody),
  )
}
