export * from './directory-lock.ts'
export * from './level-kv.ts'
export * from './node-disk.ts'
