export * from './enable-wins-flag.ts'
export * from './errors.ts'
export * from './hybrid-clock.ts'
export * from './hybrid-time.ts'
export * from './limits.ts'
export * from './lww-map.ts'
export * from './lww-register.ts'
export * from './mv-register.ts'
export * from './or-set.ts'
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
