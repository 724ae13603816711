/** Limits of catalogs, grants and links; all but those of what is kept in memory are part of the format. */

/** Operations of one entry before they are sealed: with all that is added they stay below 60,000. */
export const BATCH_BYTES_MAX = 58_000
/** Items in the CBOR of a batch. */
export const BATCH_ITEMS_MAX = 60_000
/** Operations of one batch. */
export const BATCH_OPERATIONS_MAX = 2_000
/** Parts of one operation; more of one file follow in further operations. */
export const PARTS_PER_OPERATION_MAX = 1_000
/** Parts of one file: 16,777,216 of 64 MiB are a pebibyte. */
export const FILE_PARTS_MAX = 2 ** 24
/** Bytes of one file: a pebibyte. */
export const FILE_BYTES_MAX = 2 ** 50
/** Files up to here lie in the catalog itself. */
export const LITERAL_BYTES_MAX = 1024
/** Versions that one version replaces, and that one word deletes, revives or purges. */
export const VERSIONS_PER_OPERATION_MAX = 256
/** Keys of objects in one operation. */
export const OBJECT_KEYS_MAX = 800
/** Pairs of metadata of one version, and their names and values together in UTF-8, as S3 has it. */
export const META_PAIRS_MAX = 64
export const META_BYTES_MAX = 2048
/** An ETag and a media type. */
export const ETAG_BYTES_MAX = 64
export const MEDIA_TYPE_BYTES_MAX = 255
/** A file's or folder's name, and a snapshot's, in UTF-8. */
export const CATALOG_NAME_BYTES_MAX = 255
/** Devices in the vector of a snapshot. */
export const SNAPSHOT_DEVICES_MAX = 256
/** Whom one record seals the key to: 64 devices and the recovery words. */
export const KEY_SEALS_MAX = 65
/** Keys that one key replaces. */
export const KEY_REPLACES_MAX = 64
/** States of the past kept in memory at a time. */
export const CHECKOUTS_MAX = 2
