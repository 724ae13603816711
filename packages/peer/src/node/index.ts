export * from './folder-seal.ts'
export * from './open-keys.ts'
export * from './pino-logger.ts'
export * from './run-peer.ts'
