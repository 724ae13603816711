export * from './audit-odds.ts'
export * from './durability.ts'
