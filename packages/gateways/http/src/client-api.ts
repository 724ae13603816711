/**
 * The part of `HamletApi` about programs with keys of their own: certifying and revoking them, and taking the operations
 * they have signed. Formats: `docs/formats/client-operations.md`.
 */

/** A program or browser that may sign for this person. */
export interface ApiClient {
  /** Hex: 64 digits for Ed25519, 130 for a P-256 point. */
  readonly publicKey: string
  readonly algorithm: 'ed25519' | 'p256'
  readonly label: string
  readonly createdAtMs: number
  readonly expiresAtMs?: number
  readonly state: 'valid' | 'expired' | 'revoked'
  /** When it last asked for something that is on record in a space here. */
  readonly lastUsedMs?: number
}

export interface ClientInput {
  readonly publicKey: string
  readonly label: string
  /** Default: never. */
  readonly expiresAtMs?: number
  /** The person's 24 words, where this device does not keep them. */
  readonly words?: string
}

/** What the program needs to sign: it goes into its file. */
export interface CertifiedClient {
  readonly publicKey: string
  readonly label: string
  readonly person: string
  /** The device whose peer takes its operations. */
  readonly device: string
  /** Base64. */
  readonly certificate: string
  readonly expiresAtMs?: number
}

/** Each in base64. */
export interface SignedOperationInput {
  readonly certificate: string
  readonly operation: string
  readonly signature: string
}

/** `Result`: what came of it, `OperationResult` in `hamlet-api.ts`. */
export interface OperationReplyOf<Result> {
  /** SHA-256 of the operation's text. */
  readonly id: string
  /** Whether the log of this device says that the client asked for it. Reads and joins are not on record. */
  readonly recorded: boolean
  readonly result: Result
}

/** An operation of a member's client, verified by this device. */
export interface RecordedOperation {
  readonly id: string
  readonly operation: string
  readonly person: string
  readonly publicKey: string
  readonly label: string
  readonly atMs: number
  /** Entries that came of it. */
  readonly entries: readonly string[]
}

export interface RecordedOperationPage {
  /** Newest first. */
  readonly operations: readonly RecordedOperation[]
  /** For the page after this one. */
  readonly before?: string
}

export interface ClientApi<Result> {
  /** This person's clients, as far as this device knows them. */
  clients(): Promise<readonly ApiClient[]>
  certifyClient(input: ClientInput): Promise<CertifiedClient>
  /** For good: a key that was revoked is not certified again. */
  revokeClient(publicKey: string): Promise<ApiClient>
  /** Does what a client signed, once. Needs no token: the signature is what counts. */
  submitOperation(request: SignedOperationInput): Promise<OperationReplyOf<Result>>
  /** What clients of members asked for in a space. `limit`: default 50; 1 to 500. */
  clientOperations(
    space: string,
    query?: { readonly limit?: number; readonly before?: string },
  ): Promise<RecordedOperationPage>
}
