/** `@hamlet/files/names`: what is needed to read and write the files of a share, without what shares are made of. */
export { SHARE_FILES_MAX } from '../shares/limits.ts'
export * from './errors.ts'
export * from './file-name.ts'
export * from './file-path.ts'
export * from './limits.ts'
