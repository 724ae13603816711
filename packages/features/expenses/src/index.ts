export * from './expense-body.ts'
export * from './limits.ts'
export * from './party.ts'
