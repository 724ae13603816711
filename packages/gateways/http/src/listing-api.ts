/** The part of `HamletApi` about spaces that anybody may find. Nothing is listed unless an owner or admin asked for it. */

export interface PublishOptions {
  /** Under which it is found: 1 to 64 of `a-z`, `0-9` and `-`. Default `public`. */
  readonly topic?: string
  /** At most 1,000 bytes. */
  readonly description?: string
}

/** What everybody who looks for the topic can read. */
export interface PublishedSpace {
  readonly space: string
  readonly name: string
  readonly description: string
  readonly topic: string
  /** An invitation to ask to be let in. */
  readonly link: string
  readonly createdAtMs: number
  /** It is renewed before, while a peer of the publisher runs. */
  readonly expiresAtMs: number
}

export interface DiscoveredSpace extends PublishedSpace {
  /** Who published it, as the signature proves; that they are a member shows when somebody joins. */
  readonly person: string
  /** Whether this person is in it. */
  readonly isMember: boolean
}

export interface ListingApi {
  /** Makes a space known to everybody, or renews what is known of it. */
  publishSpace(space: string, options?: PublishOptions): Promise<PublishedSpace>
  /** Takes the listing and its invitation back. */
  unpublishSpace(space: string): Promise<void>
  publication(space: string): Promise<PublishedSpace>
  /** Asks the network; takes up to 15 seconds. Default topic: `public`. */
  discover(topic?: string): Promise<readonly DiscoveredSpace[]>
}
