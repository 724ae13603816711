/** Limits of links to shares; they are part of the format. */

/** A link as text. */
export const SHARE_LINK_TEXT_MAX = 16_384
/** Devices that have the share, and addresses at which they may be reached. */
export const SHARE_LINK_DEVICES_MAX = 8
export const SHARE_LINK_ADDRESSES_MAX = 16
/** Trackers, and web servers with the files. */
export const SHARE_LINK_WEB_MAX = 8
/** One address or web address. */
export const SHARE_LINK_ADDRESS_BYTES_MAX = 300
