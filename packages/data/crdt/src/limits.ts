/** Limits of stored states; a decoder checks them before it builds anything. */

/** Replicas in one vector clock or counter. */
export const REPLICAS_MAX = 10_000
/** Name of a replica, an element or a key, in UTF-8. */
export const CRDT_NAME_BYTES_MAX = 1024
/** Elements of a set, keys of a map, rows of a context. */
export const CRDT_ELEMENTS_MAX = 1_000_000
/** One state as bytes. */
export const CRDT_STATE_BYTES_MAX = 64 * 1024 * 1024
/** Items in the CBOR of one state. */
export const CRDT_STATE_ITEMS_MAX = 5_000_000
/** One text or byte string in a value. */
export const CRDT_VALUE_BYTES_MAX = 1024 * 1024
/** Keys on the way to a value in a map of replicated types. */
export const OR_MAP_DEPTH_MAX = 16
