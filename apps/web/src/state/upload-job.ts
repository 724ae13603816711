/** What a person is sharing or adding: what it is, and how far the peer has taken it in. */

import type { Dropped, DroppedFile } from '../files/dropped.ts'

export interface UploadPlan {
  /** Absent: by link alone. */
  readonly space?: string
  readonly name: string
  readonly isFolder: boolean
  readonly isPublic: boolean
  readonly files: readonly DroppedFile[]
}

export interface UploadJob {
  readonly id: number
  readonly space?: string
  readonly name: string
  readonly fileCount: number
  readonly totalBytes: number
  readonly sentBytes: number
  /** A `failed` one waits for Retry, with all that was taken in. */
  readonly state: 'waiting' | 'sending' | 'finishing' | 'failed' | 'done'
  /** Code of the error. */
  readonly reason?: string
  /** Paths whose names were refused; the rest is shared without them. */
  readonly left: readonly string[]
}

/** What was dropped, until the person has said how it is to be shared. */
export interface ShareOffer extends Dropped {
  readonly space?: string
}

/** A receipt on its way to its bill. */
export interface AttachJob {
  readonly id: number
  readonly space: string
  readonly expense: string
  readonly file: File
  readonly state: 'sending' | 'failed'
  /** Code of the error. */
  readonly reason?: string
}
