/**
 * A brute-force check of linearisability (Wing and Gong, 1993) for a register that only grows: is there one order of
 * all operations that respects real time and explains every answer?
 *
 * Exponential in the worst case, so histories are short. An operation that never ended may have taken effect at any
 * time after it began, or not at all.
 */

export interface RegisterOperation {
  readonly kind: 'write' | 'read'
  /** Of a write: what it makes the register. Of a read: what it returned. */
  readonly value: number
  readonly fromMs: number
  /** `undefined`: it never ended. */
  readonly toMs: number | undefined
}

/** The register is 0 at first. At most 30 operations. */
export function isLinearizable(history: readonly RegisterOperation[]): boolean {
  if (history.length > 30) throw new Error(`expected at most 30 operations, got ${history.length}`)
  const needed = history.filter(({ kind, toMs }) => kind === 'write' || toMs !== undefined)
  const dead = new Set<string>()
  const search = (done: number, value: number): boolean => {
    const open = needed.filter((_, i) => (done & (1 << i)) === 0)
    if (open.every(({ toMs }) => toMs === undefined)) return true
    const key = `${done} ${value}`
    if (dead.has(key)) return false
    const firstEndMs = Math.min(...open.map(({ toMs }) => toMs ?? Infinity))
    for (const [i, operation] of needed.entries()) {
      if ((done & (1 << i)) !== 0 || operation.fromMs > firstEndMs) continue
      if (operation.kind === 'read' && operation.value !== value) continue
      const next = operation.kind === 'write' ? operation.value : value
      if (search(done | (1 << i), next)) return true
    }
    dead.add(key)
    return false
  }
  return search(0, 0)
}
