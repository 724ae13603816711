/** Limits of stored states; a decoder checks them before it builds anything. */

/** Replicas in one vector clock, register or element. */
export const REPLICAS_MAX = 10_000
/** Name of a replica, an element or a key, in UTF-8. */
export const CRDT_NAME_BYTES_MAX = 1024
/** Elements of a set, keys of a map. */
export const CRDT_ELEMENTS_MAX = 1_000_000
/** Concurrent values of one register. */
export const CRDT_SIBLINGS_MAX = 100
