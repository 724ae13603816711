/** The simulated ports alone, for tests of protocols that need no world of spaces around them. */

export * from './scheduler.ts'
export * from './seeded-random.ts'
export * from './sim-clock.ts'
export * from './sim-net.ts'
export * from './sim-network.ts'
