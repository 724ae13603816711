/** Limits of shares; those of manifests and links are part of the formats. */

const KIB = 1024
const MIB = 1024 * KIB

/** Files in a share, and blobs that hold them. */
export const SHARE_FILES_MAX = 100_000
/** A manifest before it is sealed. */
export const MANIFEST_BYTES_MAX = 16 * MIB
/** Items in the CBOR of a manifest: five for each file, four for each blob, and some for the rest. */
export const MANIFEST_ITEMS_MAX = 10 * SHARE_FILES_MAX
/** Plain bytes of one blob in a manifest, and of a share: sealed they are below the largest blob. */
export const SHARE_BYTES_MAX = 2 ** 39
/** Files up to this size are put into one blob with others. */
export const PACKED_FILE_BYTES_MAX = 64 * KIB
/** Such a blob is closed once it has this many bytes. */
export const PACK_BYTES_MIN = 4 * MIB
