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
  /** The file of certified clients cannot be read. */
  | 'CLIENTS_CORRUPT'
  /** This device remembers no more clients. */
  | 'CLIENTS_FULL'
  /** The person has no client with that public key. */
  | 'CLIENT_NOT_FOUND'
  /** A public key is not one that a client can have, or was revoked. */
  | 'CLIENT_KEY_REFUSED'
  /** The certificate that came with an operation is not one. */
  | 'OPERATION_CERTIFICATE_BAD'
  | 'OPERATION_CERTIFICATE_EXPIRED'
  /** The client that signed an operation was revoked. */
  | 'OPERATION_CLIENT_REVOKED'
  /** An operation is in the name of somebody other than this peer's person. */
  | 'OPERATION_WRONG_PERSON'
  /** An operation is meant for another device. */
  | 'OPERATION_WRONG_DEVICE'
  /** What was signed is something else, or by another key. */
  | 'OPERATION_BAD_SIGNATURE'
  /** An operation was signed too long ago, or ahead of the clock. */
  | 'OPERATION_STALE'
  /** An operation was done already. */
  | 'OPERATION_REPLAYED'
  /** Bytes that are not a listing of a space, or one that nobody signed, or not of now. */
  | 'LISTING_MALFORMED'
  /** A topic or a description of another form. */
  | 'LISTING_INVALID'
  /** This person may not publish the space. */
  | 'LISTING_FORBIDDEN'
  /** The space is not published from this device. */
  | 'LISTING_NOT_FOUND'
  /** This device publishes no more spaces. */
  | 'LISTINGS_FULL'
  /** The file of published spaces cannot be read. */
  | 'LISTINGS_CORRUPT'
  /** No share of that id is known here. */
  | 'SHARE_NOT_FOUND'
  /** The list of files of a share makes no sense. */
  | 'SHARE_DAMAGED'
  /** The share, the message or the bill has no such file. */
  | 'FILE_NOT_FOUND'
  /** Nobody who has the file can be reached. */
  | 'FILE_NOT_HERE'
  /** A name that not every system takes. */
  | 'FILE_NAME_INVALID'
  /** The upload has a file of that name, or may have one only. */
  | 'FILE_EXISTS'
  /** There is no such upload. */
  | 'UPLOAD_NOT_FOUND'
  /** An upload without files is no share. */
  | 'UPLOAD_EMPTY'
  /** Too many uploads at a time, or files in one. */
  | 'UPLOADS_FULL'
  /** Nothing of the share is being loaded. */
  | 'TRANSFER_NOT_FOUND'
  /** The file of shares of this device cannot be read. */
  | 'FILES_CORRUPT'
  /** What this device keeps of files could not be opened. */
  | 'FILES_UNAVAILABLE'
  /** Not the web address of a tracker. */
  | 'TRACKER_URL_INVALID'
  | 'BLOB_NOT_FOUND'
  | 'WEB_SEED_INVALID'
  /** This device does not use that tracker. */
  | 'TRACKER_NOT_FOUND'
  /** This device uses no more trackers. */
  | 'TRACKERS_FULL'
  /** A tracker did not answer, or not as it should; `fields.reason` is the code. */
  | 'TRACKER_FAILED'
  /** The file of trackers cannot be read. */
  | 'TRACKERS_CORRUPT'
  /** Something was asked for while the peer was closing. */
  | 'PEER_CLOSED'
  /** There is no link that waits for this. */
  | 'LINK_NOT_WAITING'
  /** An address is not one at which a device can be asked. */
  | 'ADDRESS_INVALID'

export class PeerError extends HamletError<PeerErrorCode> {
  override readonly name = 'PeerError'
}
