/**
 * Which rules a space is judged by, and whether this software knows them.
 *
 * The idea: an operation that a device does not know may be the one that puts somebody out, so it is never simply passed
 * over. The owner raises the rules of a space, by the policy `rules`, before anybody may say what older software does not
 * know; without that in its past such an operation counts for nobody, whatever their version. And a device that sees
 * rules it does not know goes on to store, to pass on and to show, and writes nothing: it cannot tell any more who
 * reads what it would write. So no two versions ever differ about who may do what (`docs/design/010-versions.md`).
 *
 * Invariants:
 * 1. The rules are never lowered: of all that counts, the greatest value.
 * 2. A value that is no version counts as not said.
 */

import type { ControlNode } from './control-node.ts'
import type { SpacePorts } from './space-ports.ts'

export const RULES_POLICY = 'rules'
/** The rules that are in `control-rules.ts` and beside it. */
export const RULES_VERSION = 1

/** The newest rules that the software knows. */
export function rulesKnownTo({
  rulesKnown = RULES_VERSION,
}: Pick<SpacePorts, 'rulesKnown'>): number {
  return rulesKnown
}

/** `counted`: the operations that count. */
export function rulesOf(counted: readonly ControlNode[]): number {
  let rules = RULES_VERSION
  for (const { operation } of counted) {
    if (operation.name !== 'policy' || operation.policy !== RULES_POLICY) continue
    const { value } = operation
    if (typeof value === 'number' && Number.isSafeInteger(value)) rules = Math.max(rules, value)
  }
  return rules
}
