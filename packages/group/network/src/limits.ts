/** Limits of the network package, each enforced where its comment says; `docs/limits.md` lists them. */

const KIB = 1024
const MIB = 1024 * KIB
const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** `send` returns `false` from here on: bytes queued for one peer over all protocols. */
export const SEND_QUEUE_HIGH_BYTES = 4 * MIB
/** `drain` is announced below this. */
export const SEND_QUEUE_LOW_BYTES = MIB
/** A sender that ignores `false` loses the peer here, so that a slow reader cannot eat the memory. */
export const SEND_QUEUE_BYTES_MAX = 32 * MIB
/** Frames are joined up to this size before they go to the stream: the knee of the transfer curve. */
export const SEND_BATCH_BYTES = 64 * KIB

/** Connections in all. */
export const CONNECTIONS_MAX = 100
/** Of those, kept for wanted peers: a stranger is refused beyond `CONNECTIONS_MAX - CONNECTIONS_RESERVED`. */
export const CONNECTIONS_RESERVED = 20
/** Connections of strangers from one public address. */
export const STRANGERS_PER_ADDRESS_MAX = 3
/** Connections of strangers from one private or loopback address: a whole household or test may sit behind it. */
export const STRANGERS_PER_LOCAL_ADDRESS_MAX = 16
/** New connections per second from one address. */
export const INBOUND_CONNECTIONS_PER_SECOND_MAX = 50
/** Connections that have not finished their handshake. */
export const PENDING_CONNECTIONS_MAX = 32

/** Inbound streams of one message protocol on one connection: one in use, the rest while connections settle. */
export const MESSAGE_STREAMS_MAX = 4
/** Inbound raw streams of one protocol on one connection. */
export const RAW_STREAMS_MAX = 32
/** Bytes read ahead of a raw stream's consumer before the sender is held back. */
export const RAW_READ_AHEAD_BYTES = MIB
/** Receive window of one stream: what a peer may have in flight before it must wait. */
export const STREAM_WINDOW_BYTES_MAX = 4 * MIB
/** How long a new inbound stream waits for its predecessor on an older connection to end. */
export const PREDECESSOR_MS_MAX = 2 * SECOND_MS

/** One address of a peer may take this long before the next is tried. */
export const ADDRESS_DIAL_MS_MAX = 5 * SECOND_MS
/** Dials running at a time. */
export const DIALS_MAX = 5
/** Saying goodbye when the network closes; whatever is open then is cut off. */
export const CLOSE_MS_MAX = 3 * SECOND_MS
/** Remembered addresses of one peer. */
export const ADDRESSES_PER_PEER_MAX = 8
/** Peers with remembered addresses; the longest unseen go first. */
export const REMEMBERED_PEERS_MAX = 1000
/** A remembered address not seen for this long is forgotten. */
export const REMEMBERED_MS_MAX = 60 * DAY_MS
/** Characters of one address in text form. */
export const ADDRESS_CHARS_MAX = 512
/** Peers of the local network that are joined without being wanted, so that their DHT is found. */
export const LAN_NEIGHBOURS_MAX = 8
/** First and longest pause between two attempts to reach a wanted peer. */
export const REDIAL_FIRST_MS = 500
export const REDIAL_MS_MAX = 60 * SECOND_MS

/** How long a peer that broke a protocol stays refused, the first time; twice as long each time after that. */
export const VIOLATION_BAN_MS = 10 * MINUTE_MS
/** The longest ban of a device that nobody here wants to be connected to, and of a member's. */
export const STRANGER_BAN_MS_MAX = DAY_MS
export const FRIEND_BAN_MS_MAX = HOUR_MS
/** One offence is forgiven with every such time since the last. */
export const BAN_FORGIVEN_MS = DAY_MS
/** Devices whose offences are remembered; the soonest to be forgiven go first. */
export const BANS_MAX = 1000

/** Slots of a rendezvous topic: that many devices can be seen at once. */
export const RENDEZVOUS_SLOTS = 8
/** Holders of one key that a lookup names. */
export const PROVIDERS_MAX = 32
/** Payload of a DHT record. */
export const RECORD_PAYLOAD_BYTES_MAX = KIB
/** Lifetime of a DHT record from the moment it is judged. */
export const RECORD_MS_MAX = 25 * HOUR_MS
/** DHT records, provider records and peers kept for others, each; the oldest go first. */
export const STORED_RECORDS_MAX = 4096
/** Pause between two announcements of the same topic. */
export const ANNOUNCE_MS = 6 * HOUR_MS
/** Pauses after an announcement that reached nobody. */
export const ANNOUNCE_RETRY_FIRST_MS = SECOND_MS
export const ANNOUNCE_RETRY_MS_MAX = 10 * MINUTE_MS
/** One read or write of the DHT. */
export const DHT_QUERY_MS_MAX = 20 * SECOND_MS

/** Looking for a free slot before an announcement: an answer that takes longer is not worth the wait. */
export const SLOT_SEARCH_MS_MAX = 3 * SECOND_MS

/** Reservations a relay holds for others. */
export const RELAY_RESERVATIONS_MAX = 64
/** Bytes and time of one relayed connection. */
export const RELAY_BYTES_MAX = 128 * MIB
export const RELAY_MS_MAX = 2 * HOUR_MS

/** Bytes a named stream holds each way before it asks to wait. */
export const STREAM_BUFFER_BYTES = 256 * KIB
/** How long `connect` looks for the holder of a key, unless told otherwise. */
export const CONNECT_MS_MAX = 30 * SECOND_MS
/** The longest pause between two attempts of it. */
export const CONNECT_PAUSE_MS_MAX = 2 * SECOND_MS
/** How long a direct connection has to come about before a relayed one is used. */
export const HOLE_PUNCH_MS_MAX = 1500
/** Own outer addresses that others saw, to be reached at through a NAT, and connections on which they may see one. */
export const OBSERVED_ADDRESSES_MAX = 16
/** Addresses that change are announced anew once they have settled. */
export const ADDRESSES_SETTLE_MS = SECOND_MS
/** From the end of a walk through the DHT to the next. */
export const WALK_PAUSE_MS = SECOND_MS
