/**
 * `HamletApi`: everything a face of Hamlet can ask of a peer, as plain data.
 *
 * The idea: the web app, the CLI and scripts speak to this one interface. A peer implements it directly; the HTTP
 * gateway carries it over loopback, and `createHttpClient` gives the same interface back on the other side. So a face
 * never knows, nor cares, whether the peer lives in its own process.
 *
 * Conventions: ids are 64 hex digits; times are milliseconds since the Unix epoch; everything is JSON. Nothing here
 * waits for the network: reads answer from local state, writes resolve when they are durable on this device.
 *
 * Errors: every method rejects with an `ApiError` whose `code` is listed in `docs/errors.md`.
 */

import type { MessageFile } from './attached-file.ts'
import type { ClientApi, OperationReplyOf } from './client-api.ts'
import type { Expense, ExpensePage, LedgerBalance, LedgerParty } from './ledger-api.ts'
import type { LedgerApi } from './ledger-api.ts'
import type { ListingApi } from './listing-api.ts'
import type { Departure, InviteRole, MembershipApi, Role, Standing } from './membership-api.ts'

export type * from './attached-file.ts'
export type * from './attachments-api.ts'
export type * from './client-api.ts'
export type * from './files-api.ts'
export type * from './ledger-api.ts'
export type * from './listing-api.ts'
export type * from './membership-api.ts'

export type InviteMode = 'approve' | 'auto'

export interface PeerStatus {
  readonly version: string
  readonly person: string
  readonly device: string
  /** The name this person goes by, empty until they gave one. */
  readonly name: string
  readonly deviceName: string
  readonly startedAtMs: number
  /** Dialable multiaddrs, each ending in `/p2p/…`; loopback last. */
  readonly addresses: readonly string[]
  readonly connectedPeers: number
  readonly spaces: number
  readonly keysEncrypted: boolean
  /** Things the user should know or do, in plain words; empty when all is well. */
  readonly warnings: readonly { readonly code: string; readonly message: string }[]
}

export interface PeerInfo {
  readonly device: string
  /** Set when the device belongs to a member of a common space. */
  readonly person?: string
  readonly name?: string
  readonly addresses: readonly string[]
  readonly direction: 'in' | 'out'
  readonly route: 'direct' | 'relay'
  readonly encryption: string
  readonly sinceMs: number
  readonly roundTripMs?: number
  /** What speaks against the device, in plain words; absent when nothing does. It only means that others are asked first. */
  readonly doubt?: string
}

/** A device that is refused for a while, because of what it sent. */
export interface RefusedPeer {
  readonly device: string
  /** Set when the device belongs to a member of a common space. */
  readonly person?: string
  readonly name?: string
  /** In plain words. */
  readonly reason: string
  readonly untilMs: number
  /** How often it was refused lately; each time is longer than the one before. */
  readonly times: number
}

export interface SpaceSummary {
  readonly id: string
  readonly name: string
  /** The one last held, when this person is not a member any more. */
  readonly role: Role
  readonly members: number
  readonly unread: number
  readonly mentions: number
  /** Requests waiting for an approval this person may give. */
  readonly requests: number
  /** Members with a device connected now, this person not counted. */
  readonly online: number
  readonly lastMessage?: { readonly text: string; readonly author: string; readonly atMs: number }
  /** `syncing` while entries known to exist have not all arrived. */
  readonly sync: 'alone' | 'synced' | 'syncing' | 'offline'
  /** Unless `member`, the space can be read here as it was, and not be written to. */
  readonly standing: Standing
  /** How the membership ended; absent for a member. */
  readonly departure?: Departure
  /** What this device waits for before it writes again; absent as a rule, see {@link Waiting}. */
  readonly waiting?: Waiting
}

/**
 * Why a device does not write for now: mostly that it was copied or put back from a backup.
 *
 * `confirmation`: it may have written more than it has; another device of the space has to say that nothing is missing,
 * or the person that they do not want to wait (`writeAnyway`). `own-entries`: others hold entries of its own that it has
 * to fetch first. `update`: the owner has raised the space to rules of a newer version of Hamlet.
 */
export type Waiting = 'confirmation' | 'own-entries' | 'update'

export interface SpaceDetail extends SpaceSummary {
  readonly createdAtMs: number
  readonly founder: string
  readonly history: 'all' | 'from-join'
  /** Present where messages disappear: after how long. */
  readonly disappearAfterMs?: number
  readonly entries: number
  readonly sizeBytes: number
}

export interface SpaceOptions {
  /** Whether newcomers read what was written before they came. Default `all`. */
  readonly history?: 'all' | 'from-join'
  /** How long messages can be read, an hour to 366 days; newcomers then read what follows. Default: they stay. */
  readonly disappearAfterMs?: number
}

/** A device of this person. */
export interface OwnDevice {
  readonly id: string
  readonly name: string
  readonly thisDevice: boolean
  readonly online: boolean
  /** Spaces here that know it. */
  readonly spaces: number
  /** Of these, those in which it wrote two histories, and writes nothing until it is reset. */
  readonly halted: number
  readonly lastSeenMs?: number
}

/** The linking of a device, as this device sees it; there is one at a time. */
export interface DeviceLink {
  /** `comparing`: both screens show `number`. `finishing`: the person has confirmed. */
  readonly state: 'none' | 'waiting' | 'connecting' | 'comparing' | 'finishing' | 'done' | 'failed'
  /** Which of the two devices this one is. */
  readonly role?: 'old' | 'new'
  /** While `waiting`: what the new device reads. */
  readonly code?: string
  readonly expiresAtMs?: number
  /** Six digits. */
  readonly number?: string
  /** What the other device, or on the new one the person, is called. */
  readonly name?: string
  /** Whether confirming takes the recovery words, because this device does not keep them. */
  readonly wordsNeeded?: boolean
  /** Present when `failed`. */
  readonly error?: { readonly code: string; readonly message: string }
}

export interface DeviceRevocation {
  readonly device: string
  /** Spaces in which it is revoked now. */
  readonly spaces: number
  /** Spaces in which it could not be written. */
  readonly failed: number
}

export interface DeviceReset {
  readonly device: string
  /** Spaces in which it may write again. */
  readonly spaces: number
  /** Spaces in which that could not be written. */
  readonly failed: number
}

/** The search for a person's spaces after recovering or linking. */
export interface Recovery {
  readonly state: 'none' | 'searching'
  readonly startedAtMs?: number
  /** Devices that knew the person, since this peer started. */
  readonly helpers: number
  /** Spaces on their way here. */
  readonly arriving: number
}

export interface Invite {
  readonly id: string
  readonly role: InviteRole
  readonly mode: InviteMode
  readonly createdAtMs: number
  readonly createdBy: string
  readonly expiresAtMs: number
  readonly maxUses: number
  readonly uses: number
  readonly state: 'open' | 'used' | 'expired' | 'revoked'
  /** Only on the device that made it, while it is open. */
  readonly link?: string
}

export interface InviteOptions {
  /** Default `writer`. */
  readonly role?: InviteRole
  /** Default `approve`. */
  readonly mode?: InviteMode
  /** Default 604,800 (7 days); 60 to 31,536,000. */
  readonly expiresInSeconds?: number
  /** Default 1; 1 to 1,000. */
  readonly maxUses?: number
}

/** What a link says before anyone has been contacted. */
export interface InvitePreview {
  readonly space: string
  readonly spaceName: string
  readonly inviter: string
  readonly inviterName: string
  readonly role: InviteRole
  readonly mode: InviteMode
  readonly expiresAtMs: number
  readonly expired: boolean
  readonly alreadyMember: boolean
}

/** A join under way; kept across restarts until it ends. */
export interface Join {
  readonly space: string
  readonly spaceName: string
  readonly state: 'connecting' | 'asked' | 'admitted' | 'joined' | 'declined' | 'failed'
  readonly startedAtMs: number
  /** Present when `failed`: an error code and its words. */
  readonly error?: { readonly code: string; readonly message: string }
}

export interface JoinRequest {
  readonly id: string
  readonly invite: string
  readonly person: string
  readonly name: string
  readonly device: string
  readonly role: InviteRole
  readonly atMs: number
  /** Whether this person's role lets them approve it. */
  readonly canApprove: boolean
  readonly state: 'waiting' | 'approved' | 'declined'
}

export interface Room {
  readonly id: string
  readonly name: string
  readonly createdAtMs: number
  readonly unread: number
  readonly mentions: number
  readonly lastMessage?: { readonly text: string; readonly author: string; readonly atMs: number }
}

/** How far a message has come, told from what other devices have signed. */
export interface Delivery {
  /** Devices of the space that hold it, this one included. */
  readonly heldBy: number
  readonly devices: number
  /** People (not the author) who read it. */
  readonly readBy: readonly string[]
}

export interface Reaction {
  readonly emoji: string
  readonly people: readonly string[]
}

export interface Message {
  readonly id: string
  readonly room: string
  readonly author: string
  readonly authorName: string
  readonly device: string
  readonly atMs: number
  /** Markdown subset; empty when deleted, and in a message of a newer version. */
  readonly text: string
  readonly replyTo?: { readonly id: string; readonly authorName: string; readonly text: string }
  readonly editedAtMs?: number
  readonly deleted: boolean
  /** Present on what a newer version of Hamlet has written in this room: it is shown once this one is updated. */
  readonly newer?: true
  /** It reached this device after newer messages were already here. */
  readonly late: boolean
  readonly own: boolean
  readonly mentionsMe: boolean
  readonly mentions: readonly string[]
  readonly reactions: readonly Reaction[]
  /** Pictures and other files, where there are any. */
  readonly files?: readonly MessageFile[]
  readonly delivery: Delivery
}

export interface MessageDetail extends Message {
  /** Earlier and present texts, oldest first. */
  readonly versions: readonly { readonly text: string; readonly atMs: number }[]
  readonly holders: readonly {
    readonly device: string
    readonly person: string
    readonly name: string
    readonly holds: boolean
  }[]
  readonly readers: readonly {
    readonly person: string
    readonly name: string
    readonly atMs: number
  }[]
  readonly entry: { readonly seq: number; readonly epoch: string; readonly hash: string }
}

export interface MessageQuery {
  /** Default: the space's first room. */
  readonly room?: string
  /** Default 50; 1 to 500. */
  readonly limit?: number
  /** Messages older than this message. */
  readonly before?: string
  /** Messages newer than this message. */
  readonly after?: string
  /** Words that must all occur; searches every room unless `room` is given. */
  readonly search?: string
}

export interface MessagePage {
  /** Oldest first. */
  readonly messages: readonly Message[]
  readonly hasOlder: boolean
  readonly hasNewer: boolean
  /** The id of the first unread message of the room, when there is one. */
  readonly firstUnread?: string
}

export interface SendMessage {
  readonly room?: string
  readonly text: string
  readonly replyTo?: string
  /** Ids of files prepared for it; with any, the text may be empty. */
  readonly files?: readonly string[]
  /**
   * Chosen by the client, at random: 16 to 64 of `[A-Za-z0-9_-]`. The same request again, with the same key, writes
   * nothing and gives the message that was written first, also after a crash of the peer.
   */
  readonly key?: string
}

/** What one device has of a space, and why not more. */
export interface DeviceProgress {
  readonly device: string
  readonly person: string
  readonly name: string
  readonly own: boolean
  readonly online: boolean
  /** Entries of this device's log that are here, and how many are known to exist. */
  readonly entriesHere: number
  readonly entriesKnown: number
  /** Entries of the whole space that the device is known to hold. */
  readonly entriesHeld: number
  readonly lastSeenMs?: number
  /** Plain words, empty when nothing is missing. */
  readonly note: string
}

export interface SpaceInspection {
  readonly frontier: string
  readonly entries: number
  readonly pending: number
  readonly quarantined: number
  readonly epoch: string
  readonly devices: readonly DeviceProgress[]
  readonly forks: readonly { readonly device: string; readonly length: number }[]
  readonly rejected: readonly {
    readonly device: string
    readonly seq: number
    readonly reason: string
  }[]
  readonly newer: NewerContent
}

/** What was written by a newer version of Hamlet: kept and passed on here, and shown once this one is updated. */
export interface NewerContent {
  readonly count: number
  /** The newest of them, newest first, at most 20. */
  readonly latest: readonly {
    readonly id: string
    /** What the newer version calls it. */
    readonly type: string
    readonly author: string
    readonly authorName: string
    readonly atMs: number
  }[]
}

export type HamletEvent =
  | { readonly type: 'status' }
  | { readonly type: 'peers' }
  | { readonly type: 'spaces' }
  | { readonly type: 'space'; readonly space: string }
  | { readonly type: 'members'; readonly space: string }
  | { readonly type: 'requests'; readonly space: string }
  | { readonly type: 'invites'; readonly space: string }
  | { readonly type: 'rooms'; readonly space: string }
  | { readonly type: 'joins' }
  /** The person's devices, a link or a recovery changed. */
  | { readonly type: 'devices' }
  /** New or changed messages of a room, as they now are. */
  | {
      readonly type: 'messages'
      readonly space: string
      readonly room: string
      readonly messages: readonly Message[]
    }
  /** Delivery or read marks moved; ask again for what is on the screen. */
  | { readonly type: 'delivery'; readonly space: string }
  /** Something of the ledger changed; ask again for what is on the screen. */
  | { readonly type: 'ledger'; readonly space: string }
  /** What is shared, or who holds how much of it, changed: in a space, or by link. */
  | { readonly type: 'files'; readonly space?: string }
  /** A transfer moved on; at most twice a second. */
  | { readonly type: 'transfers' }
  /** The stream begins here, or events were dropped because they were read too slowly: ask again for everything. */
  | { readonly type: 'resync' }

/** What came of an operation; which field is there depends on what was asked for. */
export interface OperationResult {
  readonly space?: SpaceDetail
  readonly spaces?: readonly SpaceSummary[]
  readonly join?: Join
  readonly request?: JoinRequest
  readonly requests?: readonly JoinRequest[]
  readonly expense?: Expense
  readonly expenses?: ExpensePage
  readonly balances?: readonly LedgerBalance[]
  readonly parties?: readonly LedgerParty[]
}

export type OperationReply = OperationReplyOf<OperationResult>

export interface HamletApi
  extends MembershipApi, LedgerApi, ListingApi, ClientApi<OperationResult> {
  status(): Promise<PeerStatus>
  setName(name: string): Promise<PeerStatus>
  setDeviceName(name: string): Promise<PeerStatus>
  /** The 24 recovery words of this person; none when this device does not keep them. */
  recoveryWords(): Promise<{ readonly words: readonly string[] }>
  peers(): Promise<readonly PeerInfo[]>
  refusedPeers(): Promise<readonly RefusedPeer[]>
  /** Lets a refused device in again and forgets what spoke against it. */
  forgivePeer(device: string): Promise<void>

  /** This person's devices, this one first. */
  devices(): Promise<readonly OwnDevice[]>
  /** Takes a device out of every space. `words`: to revoke one that is older than this. */
  revokeDevice(device: string, words?: string): Promise<DeviceRevocation>
  /** Lets a device that wrote two histories write again, wherever it did. `words`: where this device may not decide it. */
  resetDevice(device: string, words?: string): Promise<DeviceReset>
  /** On the old device: shows a code for a new one, in place of any other link. */
  startLink(): Promise<DeviceLink>
  /** On the new device, which has no space yet: calls the device that shows the code. */
  useLinkCode(code: string): Promise<DeviceLink>
  deviceLink(): Promise<DeviceLink>
  /** On the old device: the number is the same on both. */
  confirmLink(words?: string): Promise<DeviceLink>
  /** Gives a link up, on either side, or forgets one that has ended. */
  cancelLink(): Promise<void>
  /** Makes this device, which has no space yet, one of the person of these words, and looks for their spaces. */
  recover(words: string, addresses?: readonly string[]): Promise<Recovery>
  recovery(): Promise<Recovery>
  /** Ends the search. */
  endRecovery(): Promise<void>

  spaces(): Promise<readonly SpaceSummary[]>
  createSpace(name: string, options?: SpaceOptions): Promise<SpaceDetail>
  space(space: string): Promise<SpaceDetail>
  inspect(space: string): Promise<SpaceInspection>

  /**
   * Writes on without waiting for a confirmation, see `SpaceSummary.waiting`. If something this device wrote is missing
   * after all, others will set one of the two aside.
   */
  writeAnyway(space: string): Promise<SpaceDetail>
  /** The space stays readable on this device, see `SpaceSummary.standing`. */
  leaveSpace(space: string): Promise<SpaceDetail>

  createInvite(space: string, options?: InviteOptions): Promise<Invite>
  invites(space: string): Promise<readonly Invite[]>
  revokeInvite(space: string, invite: string): Promise<Invite>
  previewInvite(link: string): Promise<InvitePreview>
  /** `name`: sets this person's name first, when given. */
  join(link: string, name?: string): Promise<Join>
  joins(): Promise<readonly Join[]>
  /** Forgets a join that has ended, or gives up one under way. */
  cancelJoin(space: string): Promise<void>
  requests(space: string): Promise<readonly JoinRequest[]>
  approve(space: string, request: string): Promise<JoinRequest>
  decline(space: string, request: string): Promise<JoinRequest>

  rooms(space: string): Promise<readonly Room[]>
  createRoom(space: string, name: string): Promise<Room>
  messages(space: string, query?: MessageQuery): Promise<MessagePage>
  message(space: string, id: string): Promise<MessageDetail>
  send(space: string, message: SendMessage): Promise<Message>
  edit(space: string, id: string, text: string): Promise<Message>
  delete(space: string, id: string): Promise<Message>
  /** `on: false` takes the reaction back. */
  react(space: string, id: string, emoji: string, on: boolean): Promise<Message>
  /** Marks everything up to this message as read. */
  markRead(space: string, room: string, message: string): Promise<void>
  /** JSON Lines: one message with its history per line, oldest first. */
  exportMessages(space: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<string>

  /** Ends when `signal` aborts or the peer stops. */
  events(options?: { readonly signal?: AbortSignal }): AsyncIterable<HamletEvent>
}
