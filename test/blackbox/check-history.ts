/**
 * The judge of black-box runs: from a history to what is wrong with it.
 *
 * It knows what a chat promises to those who use it and nothing of how Hamlet keeps the promise; it imports no code of
 * Hamlet. Each check is in a module of its own.
 */

import { checkAside } from './check-aside.ts'
import { checkCausality } from './check-causality.ts'
import { CheckContext } from './check-context.ts'
import { checkConvergence } from './check-convergence.ts'
import { checkMembers } from './check-members.ts'
import { checkWrites } from './check-writes.ts'
import type { Anomaly, History } from './history.ts'

/** All anomalies, each once; none when the history is as promised. */
export function checkHistory(history: History): readonly Anomaly[] {
  const context = new CheckContext(history)
  checkConvergence(context)
  checkWrites(context)
  checkCausality(context)
  checkMembers(context)
  checkAside(context)
  return context.anomalies
}
