export * from './audit/index.ts'
export * from './entries/index.ts'
export * from './keeping/decide-shards.ts'
export * from './objects/index.ts'
