/** Limits of the HTTP gateway; `docs/limits.md` lists them. Units are last in the names. */

const KIB = 1024
const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const DAY_MS = 24 * 60 * MINUTE_MS

/** Body of one request. */
export const BODY_BYTES_MAX = 1024 * KIB
/** Base64 of the largest file there is to import, 32 MiB; the ledger, which has that limit, is not loaded here. */
export const IMPORT_TEXT_LENGTH_MAX = 4 * Math.ceil((32 * 1024 * KIB) / 3)
/** Body of a request that brings such a file: the file, and what any other request may have. */
export const IMPORT_BODY_BYTES_MAX = IMPORT_TEXT_LENGTH_MAX + BODY_BYTES_MAX
/** Time such a request takes at most, on both sides. */
export const IMPORT_MS_MAX = 10 * MINUTE_MS
/** Time without a byte of a file that is read, while the peer looks for it or the reader takes its time. */
export const FILE_IDLE_MS_MAX = 10 * MINUTE_MS
/** Time without a byte of a file that is put in: a computer that slept for a moment goes on. */
export const UPLOAD_IDLE_MS_MAX = 5 * MINUTE_MS
/** Request line and headers of one request. */
export const HEADER_BYTES_MAX = 16 * KIB
/** Headers of one request. */
export const HEADERS_MAX = 64
/** Time a client has to send its headers. */
export const HEADERS_MS_MAX = 10 * SECOND_MS
/** Time a client has to send a whole request. */
export const REQUEST_MS_MAX = 30 * SECOND_MS
/** Time a connection may stay silent. */
export const IDLE_MS_MAX = 60 * SECOND_MS
/** Connections at once, for each address listened on. */
export const CONNECTIONS_MAX = 100
/** Requests on one connection before it is closed. */
export const REQUESTS_PER_CONNECTION_MAX = 10_000

/** Requests per second of one token, and how many it may save up. */
export const REQUESTS_PER_SECOND_MAX = 50
export const REQUEST_BURST_MAX = 50
/** Requests per second of one token that bring or take a file, and of all tickets together; as many may be saved up. */
export const FILE_REQUESTS_PER_SECOND_MAX = 1000
/** Failed logins per minute that are answered at once, all clients together. */
export const AUTH_FAILURES_PER_MINUTE_MAX = 5
/** Delay of the answer to every further failed login. */
export const AUTH_FAILURE_DELAY_MS = SECOND_MS

/** Operations of API clients per second, all clients together, and how many they may save up. */
export const OPERATIONS_PER_SECOND_MAX = 10
export const OPERATION_BURST_MAX = 50

/** A token, a session or a login code: random bytes, base64url in transit. */
export const TOKEN_BYTES = 32
/** Life of a login code. */
export const LOGIN_CODE_MS_MAX = MINUTE_MS
/** Login codes that wait at once; the oldest goes first. */
export const LOGIN_CODES_MAX = 16
/** A session that was not used for this long ends. */
export const SESSION_IDLE_MS_MAX = 7 * DAY_MS
/** Sessions at once; the one unused for longest goes first. */
export const SESSIONS_MAX = 64

/** A ticket that was not used for this long ends. */
export const TICKET_IDLE_MS_MAX = 30 * MINUTE_MS
/** Life of a ticket, however much it is used. */
export const TICKET_MS_MAX = 12 * 60 * MINUTE_MS
/** Tickets at once; the oldest goes first. */
export const TICKETS_MAX = 1000

/** Events waiting for one slow listener; beyond it the queue is dropped for a `resync`. */
export const EVENTS_QUEUED_MAX = 256
/** Bytes waiting for one slow listener. */
export const EVENT_BYTES_QUEUED_MAX = 1024 * KIB
/** A comment is sent this often on an event stream that is otherwise silent. */
export const HEARTBEAT_MS = 15 * SECOND_MS
/** One event, as read by the client. */
export const EVENT_BYTES_MAX = 4 * 1024 * KIB

/** Files of the web app that are served. */
export const STATIC_FILES_MAX = 10_000
/** How long `close` waits for requests under way. */
export const DRAIN_MS_MAX = 5 * SECOND_MS
/** Of an unexpected error's stack in the log. */
export const LOGGED_STACK_LENGTH_MAX = 2000
