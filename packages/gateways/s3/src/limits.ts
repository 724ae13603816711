/** Every limit of the gateway: `docs/limits.md` lists them, with what happens past each. */

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB
const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS

/** Request line and headers of one request: metadata, a long key and a long copy source fit. */
export const S3_HEADER_BYTES_MAX = 32 * KIB
export const S3_HEADERS_MAX = 200
export const S3_HEADERS_MS_MAX = 10 * SECOND_MS
/** Time a connection may stay silent, in a body as between requests. */
export const S3_IDLE_MS_MAX = 2 * MINUTE_MS
/** Connections at once, for each address listened on. */
export const S3_CONNECTIONS_MAX = 256
/** How long `close` waits for requests under way. */
export const S3_DRAIN_MS_MAX = 5 * SECOND_MS
/** Of a body that nobody wants any more, read so that the client gets to see why. */
export const REFUSED_BODY_BYTES_MAX = 64 * MIB

/** UTF-8 bytes of a key. */
export const KEY_BYTES_MAX = 1024
export const BUCKET_NAME_LENGTH_MIN = 3
export const BUCKET_NAME_LENGTH_MAX = 63
/** Names and values of `x-amz-meta-*` together. */
export const USER_METADATA_BYTES_MAX = 2 * KIB
/** Parameters of one query. */
export const QUERY_PARAMETERS_MAX = 100

/** What one PutObject, UploadPart or copied part may bring. */
export const PUT_BYTES_MAX = 5 * GIB
export const OBJECT_BYTES_MAX = 5 * KIB * GIB
export const PART_BYTES_MIN = 5 * MIB
export const PARTS_MAX = 10_000
/** Entries of one page of any listing. */
export const PAGE_ENTRIES_MAX = 1000
/** Keys of one DeleteObjects. */
export const DELETE_KEYS_MAX = 1000

/** The XML of one request: 10,000 parts with a checksum each, or 1,000 keys of full length, escaped. */
export const XML_BYTES_MAX = 8 * MIB
export const XML_DEPTH_MAX = 8
export const XML_ELEMENTS_MAX = 100_000

/** Difference of the client's clock and ours. */
export const CLOCK_SKEW_MS_MAX = 15 * MINUTE_MS
/** Life of a presigned address. */
export const PRESIGNED_SECONDS_MAX = 7 * 24 * 3600
/** Headers that one signature covers. */
export const SIGNED_HEADERS_MAX = 100

/** Size line of a chunk, with its signature. */
export const CHUNK_LINE_BYTES_MAX = 256
/** Trailer of a body, all lines. */
export const TRAILER_BYTES_MAX = 4 * KIB

/** Fields of a browser's form in front of its file. */
export const FORM_FIELD_BYTES_MAX = 64 * KIB
export const FORM_FIELDS_MAX = 100

/** A long completion or copy sends a blank this often, so that nobody on the way gives up. */
export const KEEP_ALIVE_MS = 10 * SECOND_MS
