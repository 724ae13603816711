export * from './crypto-checks.ts'
export * from './ed25519-rules.ts'
