/**
 * What is set aside was written by somebody who had lost the right to, and nobody who took it away had been shown it
 * before: what a remover has seen stays.
 */

import { short } from './check-context.ts'
import type { CheckContext } from './check-context.ts'
import type { ChangeOperation, SeenMessage } from './history.ts'

export function checkAside(context: CheckContext): void {
  if (context.asideById.size === 0) return
  const shownMs = whenShown(context)
  for (const { id, kind, device, person } of context.asideById.values()) {
    const host = context.history.hosts.find((each) => each.device === device)
    const cuts = host === undefined ? [] : context.cutsAgainst(host.name)
    const isOfOne = host?.person === person
    const isCaused = cuts.some((cut) => kind !== 'message' || isUnaware(cut, id, shownMs))
    if (isOfOne && isCaused) continue
    const why = cuts.length === 0 ? 'nobody took a right away' : 'they had been shown it before'
    context.report('set aside without cause', `${short(id)} of ${host?.name}: ${why}`)
  }
}

/** When each message that is set aside was first shown on a host, by `host id`. */
function whenShown(context: CheckContext): ReadonlyMap<string, number> {
  const shownMs = new Map<string, number>()
  for (const operation of context.history.operations) {
    for (const { id } of shownBy(operation)) {
      const key = `${operation.host} ${id}`
      const isFirst = operation.endMs < (shownMs.get(key) ?? Infinity)
      if (isFirst && context.asideById.has(id)) shownMs.set(key, operation.endMs)
    }
  }
  return shownMs
}

function shownBy(operation: CheckContext['history']['operations'][number]): readonly SeenMessage[] {
  if (operation.kind === 'read') return operation.page?.messages ?? []
  return 'shown' in operation && operation.shown !== undefined ? [operation.shown] : []
}

function isUnaware(
  cut: ChangeOperation,
  id: string,
  shownMs: ReadonlyMap<string, number>,
): boolean {
  // Who stays a writer, or becomes one, goes on to write.
  if (cut.act === 'hand over' || (cut.act === 'role' && cut.role !== 'reader')) return false
  return (shownMs.get(`${cut.host} ${id}`) ?? Infinity) >= cut.startMs
}
