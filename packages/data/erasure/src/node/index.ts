export * from './erasure-pool.ts'
