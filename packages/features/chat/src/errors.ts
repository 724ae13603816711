/** Why something a person asked of a chat cannot be done. `docs/errors.md` says what to do about each. */

import { HamletError } from '@hamlet/core'

export type ChatErrorCode =
  | 'CHAT_TEXT_EMPTY'
  | 'CHAT_TEXT_TOO_LONG'
  | 'CHAT_BAD_NAME'
  | 'CHAT_BAD_EMOJI'
  | 'CHAT_BAD_QUERY'
  | 'CHAT_TOO_MANY_MENTIONS'
  | 'CHAT_TOO_MANY_FILES'
  | 'CHAT_UNKNOWN_MESSAGE'
  | 'CHAT_UNKNOWN_ROOM'
  | 'CHAT_MESSAGE_DELETED'
  | 'CHAT_NOT_AUTHOR'
  | 'CHAT_NOT_ALLOWED'
  | 'CHAT_NEWER_VERSION'

export class ChatError extends HamletError<ChatErrorCode> {
  override readonly name = 'ChatError'
}
