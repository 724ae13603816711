export * from './folder-backend.ts'
export * from './serve.ts'
export * from './system-ports.ts'
