/** What the operating system's error codes mean for a store. */

import { errorCode } from '@hamlet/core'
import { StoreError } from '../errors.ts'
import type { StoreErrorCode } from '../errors.ts'

const CODES: Readonly<Record<string, StoreErrorCode>> = {
  ENOSPC: 'STORE_FULL',
  EDQUOT: 'STORE_FULL',
  EFBIG: 'STORE_FULL',
  ENOENT: 'STORE_NOT_FOUND',
  ELOOP: 'STORE_PATH',
  ENOTDIR: 'STORE_PATH',
  EISDIR: 'STORE_PATH',
}

export function toStoreError(error: unknown, action: string, path: string): StoreError {
  if (error instanceof StoreError) return error
  const system = errorCode(error)
  const code = CODES[system ?? ''] ?? 'STORE_IO'
  return new StoreError(code, `could not ${action} ${path}: ${system ?? 'unknown error'}`, {
    cause: error,
    fields: { path, system },
  })
}
