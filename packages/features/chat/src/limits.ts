/** Limits of chat. The first six decide whether an entry counts and are therefore part of the format. */

/** Text of a message or an edit, in UTF-8. */
export const CHAT_TEXT_BYTES_MAX = 16_384
/** An emoji of a reaction, in UTF-8. */
export const CHAT_EMOJI_BYTES_MAX = 32
/** People mentioned by one message. */
export const CHAT_MENTIONS_MAX = 64
/** Files in one message. */
export const CHAT_ATTACHMENTS_MAX = 16
/** Switches of the person's other devices that one reaction ends. */
export const CHAT_OBSERVED_MAX = 16
/** Sequence of an entry named in a reaction. */
export const CHAT_SEQ_MAX = 2 ** 48 - 1

/** Messages on one page. */
export const CHAT_PAGE_MAX = 500
/** Different words of one message that search finds. */
export const CHAT_WORDS_MAX = 1000
/** One word of the index, in UTF-16 units. */
export const CHAT_WORD_LENGTH_MAX = 32
/** Words of one search. */
export const CHAT_SEARCH_WORDS_MAX = 16
/** Text of one search, in UTF-16 units. */
export const CHAT_SEARCH_LENGTH_MAX = 1000
/** Stored reactions read for one message; what lies beyond is not shown. */
export const CHAT_REACTIONS_READ_MAX = 4000
