export * from './portable-crypto.ts'
