export * from './errors.ts'
export * from './hybrid-clock.ts'
export * from './hybrid-time.ts'
