/** Whether a key file or its directory is safe from other users of the machine, judged from what `stat` says. */

export interface FileFacts {
  readonly isPlainFile: boolean
  /** POSIX mode bits. */
  readonly mode: number
  /** Owner. */
  readonly uid: number
}

const OTHERS_MASK = 0o077
const OTHERS_WRITE_MASK = 0o022
const ROOT_UID = 0

/**
 * Why a key file must not be used, or `undefined`. Root may own it, as in a container image: root can read it anyway.
 * `ownUid` is `undefined` where there are no such modes (Windows); then only the kind of file counts.
 */
export function insecureFileReason(
  facts: FileFacts,
  ownUid: number | undefined,
): string | undefined {
  if (!facts.isPlainFile) return 'is not a plain file'
  if (ownUid === undefined) return undefined
  if ((facts.mode & OTHERS_MASK) !== 0) return 'is open to others; expected mode 0600'
  if (facts.uid !== ROOT_UID && facts.uid !== ownUid) return 'belongs to another user'
  return undefined
}

/** Whoever may write to the directory can put another file in the place of ours. */
export function insecureDirectoryReason(
  mode: number,
  ownUid: number | undefined,
): string | undefined {
  if (ownUid === undefined || (mode & OTHERS_WRITE_MASK) === 0) return undefined
  return 'lies in a directory that others may write to'
}
