export * from './entries/index.ts'
export * from './objects/index.ts'
