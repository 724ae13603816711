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
  /** No member has that id. */
  | 'PERSON_NOT_FOUND'
  /** No policy has that name. */
  | 'POLICY_UNKNOWN'
  /** The policy has no such value. */
  | 'POLICY_VALUE_INVALID'
  /** A space is deleted from a device only after leaving it. */
  | 'SPACE_STILL_MEMBER'
  /** The person has not given a name and this needs one. */
  | 'NAME_MISSING'
  /** This person is a member of the space already. */
  | 'JOIN_ALREADY_MEMBER'
  /** The invitation has expired. */
  | 'JOIN_EXPIRED'
  /** This device does not keep the recovery words, and what was asked for needs them. */
  | 'WORDS_NEEDED'
  /** The recovery words are those of another person. */
  | 'WORDS_OTHER_PERSON'
  /** This device has spaces or joins of its own and cannot become another person's. */
  | 'DEVICE_IN_USE'
  /** The person has no such device. */
  | 'DEVICE_NOT_FOUND'
  | 'DEVICE_NOT_HALTED'
  /** There is no link that waits for this. */
  | 'LINK_NOT_WAITING'
  /** An address is not one at which a device can be asked. */
  | 'ADDRESS_INVALID'

export class PeerError extends HamletError<PeerErrorCode> {
  override readonly name = 'PeerError'
}
