export * from './bundle-format.ts'
export type { BundleInput } from './make-bundle.ts'
export * from './open-bundle.ts'
