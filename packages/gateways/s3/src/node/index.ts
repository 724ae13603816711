export * from './folder-backend.ts'
