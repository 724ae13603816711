export * from './delta-buffer.ts'
export * from './dot.ts'
export * from './enable-wins-flag.ts'
export * from './errors.ts'
export * from './flag-lane.ts'
export * from './g-counter.ts'
export * from './g-set.ts'
export * from './hybrid-clock.ts'
export * from './hybrid-time.ts'
export * from './lattice.ts'
export * from './limits.ts'
export * from './lww-map.ts'
export { LwwRegister, compareStamps } from './lww-register.ts'
export type { Stamp } from './lww-register.ts'
export * from './mv-register.ts'
export { OrMap } from './or-map.ts'
export type { OrMapKind, OrMapPlace } from './or-map.ts'
export * from './or-set.ts'
export * from './pn-counter.ts'
export {
  EMPTY_CLOCK,
  compareClocks,
  decodeClock,
  dominates,
  encodeClock,
  mergeClocks,
  tickClock,
} from './vector-clock.ts'
export type { ClockOrder, VectorClock } from './vector-clock.ts'
export { ItemList } from './reconcile/item-list.ts'
export type { ReconcileItem } from './reconcile/item-list.ts'
export * from './reconcile/reconciler.ts'
