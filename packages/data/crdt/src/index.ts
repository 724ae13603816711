export * from './enable-wins-flag.ts'
export * from './errors.ts'
export * from './hybrid-clock.ts'
export * from './hybrid-time.ts'
