/**
 * The ports: everything Hamlet's protocol code may ask of the world outside it.
 *
 * The idea: a log, a space, a sync session or a feature is a state machine. It never reads a clock, draws a
 * random number, opens a file or a socket by itself; it is handed these small interfaces. The adapters at the rim
 * implement them over Node, browsers or the simulator, so the same code runs in production and in a seeded world
 * where time, chance, crashes and the network belong to the test.
 *
 * Invariants every implementation keeps (the conformance suites in `@hamlet/testkit` check them):
 * 1. Cryptography is synchronous and deterministic given its inputs: no thread pool decides an order.
 * 2. `DiskFile.append`, `writeAt` and `read` are synchronous and only reach the operating system's cache; bytes are durable
 *    when the promise of `sync` has resolved, never before.
 * 3. `Net` delivers the messages of one peer and protocol in order while that peer stays up, or reports it down.
 */

/** Undoes a subscription or a timer. Calling it twice is harmless. */
export type Cancel = () => void

export interface Clock {
  /** Milliseconds since the Unix epoch, as the device believes; may jump either way. */
  wall(): number
  /** Milliseconds since an arbitrary start; never goes back. */
  monotonic(): number
  after(delayMs: number, callback: () => void): Cancel
}

export interface Random {
  bytes(count: number): Uint8Array
}

/** A secret signing key held by its adapter; only its public half is visible here. */
export interface Signer {
  /** Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array
  /** Ed25519 signature over `message`, 64 bytes. */
  sign(message: Uint8Array): Uint8Array
}

export type AeadName = 'aes-256-gcm' | 'chacha20-poly1305'

/** Synchronous cryptography. Keys and nonces are raw bytes; every length is checked by the adapter. */
export interface Crypto {
  /** SHA-256 of the concatenated parts, 32 bytes. */
  hash(...parts: readonly Uint8Array[]): Uint8Array
  /** HMAC-SHA-256 of the concatenated parts, 32 bytes. */
  hmac(key: Uint8Array, ...parts: readonly Uint8Array[]): Uint8Array
  /** HKDF-SHA-256 (RFC 5869), `length` up to 8,160 bytes. */
  hkdf(secret: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array
  /** The Ed25519 signer of a 32-byte seed (RFC 8032 5.1.5). */
  signer(seed: Uint8Array): Signer
  /** Strict RFC 8032 verification; small-order and malformed keys give `false`. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** ECDSA P-256 with SHA-256; `signature` is R || S, 64 bytes; `publicKey` an uncompressed point, 65 bytes. */
  verifyP256(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
  /** X25519 public key of a 32-byte private scalar. */
  agreementKey(privateKey: Uint8Array): Uint8Array
  /** X25519 shared secret (RFC 7748), or `undefined` when it would be all zero. */
  agree(privateKey: Uint8Array, publicKey: Uint8Array): Uint8Array | undefined
  /** Ciphertext followed by a 16-byte tag. `key`: 32 bytes, `nonce`: 12 bytes. */
  encrypt(
    name: AeadName,
    key: Uint8Array,
    nonce: Uint8Array,
    plaintext: Uint8Array,
    aad: Uint8Array,
  ): Uint8Array
  /** The plaintext, or `undefined` when the tag does not match. */
  decrypt(
    name: AeadName,
    key: Uint8Array,
    nonce: Uint8Array,
    ciphertext: Uint8Array,
    aad: Uint8Array,
  ): Uint8Array | undefined
}

/** An open file of a {@link Disk}. Reads and writes are synchronous; only durability is awaited. */
export interface DiskFile {
  /** Bytes in the file now, synced or not. */
  readonly sizeBytes: number
  /**
   * Reads exactly `length` bytes. They may be put at the beginning of `into` if they fit there: then the result is a view of it, else
   * it is memory of its own.
   * @throws StoreError `STORE_SHORT_READ` past the end.
   */
  read(offset: number, length: number, into?: Uint8Array): Uint8Array
  /** Appends the parts, in order, as one write; returns the offset of the first byte. A failed append leaves the size as it was. */
  append(...parts: readonly Uint8Array[]): number
  /**
   * Writes the parts, in order, from `offset` on, over what is there; past the end it leaves a hole that reads as zeros. Until a sync
   * has covered it, a power cut may leave any of its sectors old or new. A failed write leaves the size as it was, and what it was to
   * replace old or new.
   */
  writeAt(offset: number, ...parts: readonly Uint8Array[]): void
  truncate(sizeBytes: number): void
  /** Resolves when everything written before the call is durable. A failed sync poisons the file: later writes throw `STORE_SYNC_FAILED`. */
  sync(): Promise<void>
  close(): void
}

/** A directory tree of append-mostly files. Paths are relative, `/`-separated, made of `[a-z0-9._-]`. */
export interface Disk {
  /** Opens for reading and appending, creating the file and its directories when absent. */
  open(path: string): Promise<DiskFile>
  /** Names of files directly inside `directory`, sorted; empty when it does not exist. */
  list(directory: string): Promise<readonly string[]>
  /** Atomically replaces the whole file, durable when resolved (temporary file, sync, rename, directory sync). */
  write(path: string, bytes: Uint8Array): Promise<void>
  /** The whole file, or `undefined` when absent. */
  readAll(path: string): Promise<Uint8Array | undefined>
  rename(from: string, to: string): Promise<void>
  remove(path: string): Promise<void>
  /** Makes creations, renames and removals inside `directory` durable. */
  syncDirectory(directory: string): Promise<void>
}

export interface KvRange {
  /** Inclusive lower bound. */
  readonly gte?: Uint8Array
  /** Exclusive lower bound. */
  readonly gt?: Uint8Array
  /** Exclusive upper bound. */
  readonly lt?: Uint8Array
  /** Inclusive upper bound. */
  readonly lte?: Uint8Array
  readonly reverse?: boolean
  readonly limit?: number
}

export type KvWrite =
  | { readonly type: 'put'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly type: 'del'; readonly key: Uint8Array }

/** An ordered key-value store (bytewise order) for derived indexes only: it may be deleted and rebuilt at any time. */
export interface Kv {
  get(key: Uint8Array): Promise<Uint8Array | undefined>
  getMany(keys: readonly Uint8Array[]): Promise<readonly (Uint8Array | undefined)[]>
  put(key: Uint8Array, value: Uint8Array): Promise<void>
  delete(key: Uint8Array): Promise<void>
  /** All or nothing. */
  batch(writes: readonly KvWrite[]): Promise<void>
  range(range: KvRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>
  clear(range?: KvRange): Promise<void>
  close(): Promise<void>
}

/** What a {@link Net} tells its subscriber. `peer` is the device id proven by the transport's handshake. */
export interface NetHandler {
  peerUp(peer: string): void
  peerDown(peer: string): void
  message(peer: string, protocol: string, bytes: Uint8Array): void
  /** The send queue of `peer` fell below its low-water mark after `send` had returned `false`. */
  drain(peer: string): void
}

/** Ordered messages of at most `FRAME_BYTES_MAX` between authenticated peers. */
export interface Net {
  /** This device's id: the hex of its Ed25519 public key. */
  readonly self: string
  /** Queues a message. `false`: queued, but wait for `drain` before sending more. Messages to absent peers are dropped. */
  send(peer: string, protocol: string, bytes: Uint8Array): boolean
  /**
   * As `send` of the parts joined, without joining them. `sent` is called once nobody needs the parts any more, so that their memory can
   * be used again; where nobody can say, never.
   */
  sendParts?(
    peer: string,
    protocol: string,
    parts: readonly Uint8Array[],
    sent?: () => void,
  ): boolean
  subscribe(handler: NetHandler): Cancel
  /** Peers that are up now. */
  peers(): readonly string[]
  /** Closes the connection; `banMs` refuses the peer for that long, or longer if it was refused before. */
  disconnect(peer: string, reason: string, banMs?: number): void
}

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>

/** Structured logging; never given secrets, plaintext or whole payloads. */
export interface Logger {
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  /** A logger whose lines carry the component's name. */
  forComponent(name: string): Logger
}

/** Low-cardinality metrics: names and labels come from code, never from peers. */
export interface Metrics {
  count(name: string, by?: number): void
  gauge(name: string, value: number): void
  observe(name: string, value: number): void
}
