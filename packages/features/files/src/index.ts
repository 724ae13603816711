export * from './credits/index.ts'
