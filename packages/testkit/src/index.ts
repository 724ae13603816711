export * from './conformance/check.ts'
export * from './conformance/disk.ts'
export * from './conformance/kv.ts'
