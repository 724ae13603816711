/** Limits of attachments; they are part of the formats that carry them. */

/** What a file is called, in UTF-8. */
export const ATTACHMENT_NAME_BYTES_MAX = 255
/** What a file is said to be, such as `image/png`. */
export const MEDIA_TYPE_BYTES_MAX = 100
/** Plain bytes of one attachment: sealed it is below the largest blob. */
export const ATTACHMENT_BYTES_MAX = 2 ** 39
