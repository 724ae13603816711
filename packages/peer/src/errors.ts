/** What can go wrong when a peer is started or asked for something. */

import { HamletError } from '@hamlet/core'

export type PeerErrorCode =
  /** The file of settings and spaces cannot be read. */
  | 'PEER_STATE_CORRUPT'
  /** No space has that id. */
  | 'SPACE_NOT_FOUND'
  /** The space is here and its files are damaged; `fields.reason` is the code. */
  | 'SPACE_UNUSABLE'
  /** The entry is durable; only the index of this device could not take it in. */
  | 'SAVED_NOT_SHOWN'
  /** No message has that id. */
  | 'MESSAGE_NOT_FOUND'
  /** No invitation has that id. */
  | 'INVITE_NOT_FOUND'
  /** No join request has that id. */
  | 'REQUEST_NOT_FOUND'
  /** A name is empty, too long or holds characters that cannot be shown. */
  | 'NAME_INVALID'
  /** The person has not given a name and this needs one. */
  | 'NAME_MISSING'
  /** This person is a member of the space already. */
  | 'JOIN_ALREADY_MEMBER'
  /** The invitation has expired. */
  | 'JOIN_EXPIRED'

export class PeerError extends HamletError<PeerErrorCode> {
  override readonly name = 'PeerError'
}
