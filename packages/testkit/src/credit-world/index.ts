export * from './credit-person.ts'
export * from './credit-scenarios.ts'
export * from './credit-table.ts'
export * from './credit-world.ts'
