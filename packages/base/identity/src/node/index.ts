export * from './node-clock.ts'
export * from './node-crypto.ts'
export * from './node-random.ts'
