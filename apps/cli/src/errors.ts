/** Why a command failed, as far as the command line itself decides it; everything else keeps the code of its origin. */

import { HamletError } from '@hamlet/core'

export type CliErrorCode =
  /** No peer runs on the data directory. */
  | 'PEER_NOT_RUNNING'
  /** A name or the beginning of an id fits nothing. */
  | 'NOTHING_MATCHES'
  /** A name or the beginning of an id fits more than one thing. */
  | 'AMBIGUOUS'
  /** An argument is not of the form the command takes; exit code 2. */
  | 'USAGE'
  /** A link with another device did not come through; `fields.reason` is the code. */
  | 'LINK_ENDED'
  /** A file given on the command line cannot be read or written. */
  | 'FILE_FAILED'
  /** A file that was to be made exists already. */
  | 'FILE_EXISTS'
  /** There is no room for a file that is being written; what has come is kept. */
  | 'DISK_FULL'
  /** Files of a share cannot be loaded; `fields.reason` is the code. */
  | 'TRANSFER_FAILED'
  /** A private key is not one a client can have, or not the one of the certificate. */
  | 'KEY_UNUSABLE'
  /** Others on this machine can read a private key. */
  | 'KEY_EXPOSED'
  /** A log of this name exists already. */
  | 'LOG_EXISTS'
  /** Another process uses the log now. */
  | 'LOG_IN_USE'
  /** The process that holds a log ended before it had answered; what was being written may be there or not. */
  | 'HOLDER_ENDED'
  /** Not everything was appended; `fields.appended` says how much was, `fields.reason` is the code. */
  | 'APPEND_ENDED'
  /** Whoever serves a log was not found in time, or gave no more of it. */
  | 'NOBODY_SERVES'
  /** The user asked the command to end before it was done. */
  | 'STOPPED'
  /** A published log is not what was signed. */
  | 'NOT_SOUND'
  /** The web app is not built, or its build failed. */
  | 'WEB_BUILD_FAILED'

export class CliError extends HamletError<CliErrorCode> {
  override readonly name = 'CliError'
}
