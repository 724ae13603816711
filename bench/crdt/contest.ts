/** What contestants of this suite can do. */

export type Kind = 'map' | 'set'

/** Of a set, an addition has the value true. `undefined`: a deletion. */
export interface Edit {
  readonly key: string
  readonly value: string | true | undefined
}

export interface Replica {
  /** All of them in one transaction. */
  edit(edits: readonly Edit[]): unknown
  /** A transaction each, and its bytes for other replicas; how many bytes. */
  editEach(edits: readonly Edit[]): number
  /** By one, so many times, in one transaction. */
  increment(times: number): unknown
  total(): number
  get(key: string): string | true | undefined
  size(): number
  save(): Uint8Array
  /** Makes edits, a transaction per batch; what other replicas need of them. */
  changesOf(batches: readonly (readonly Edit[])[]): Promise<readonly Uint8Array[]>
  /** The same, with a transaction and an update for each. Of the fastest rival only. */
  updatesOf?(edits: readonly Edit[]): Promise<readonly Uint8Array[]>
  take(changes: readonly Uint8Array[]): unknown
}

export interface Contestant {
  create(kind: Kind, number: number): Replica | Promise<Replica>
  load(kind: Kind, number: number, bytes: Uint8Array): Replica | Promise<Replica>
}
