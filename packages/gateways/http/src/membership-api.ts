/**
 * The part of `HamletApi` that changes who belongs to a space: roles, removals, leaving, owners, what was set aside.
 *
 * Whatever takes rights away says what it did, and what it will do can be asked first (`previewRemoval`). Nothing here
 * waits for the network: a change counts on this device at once and reaches the others when they are met.
 */

export type Role = 'owner' | 'admin' | 'writer' | 'reader' | 'relay'
/** Roles an invitation can give. */
export type InviteRole = 'admin' | 'writer' | 'reader' | 'relay'
export interface DeviceInfo {
  readonly id: string
  readonly name: string
  readonly own: boolean
  readonly online: boolean
  readonly lastSeenMs?: number
}

export interface Member {
  readonly person: string
  readonly name: string
  readonly role: Role
  readonly self: boolean
  readonly online: boolean
  readonly joinedAtMs: number
  /** 0 at first; one more each time they were let in again. */
  readonly incarnation: number
  readonly devices: readonly DeviceInfo[]
  /** Whether this person may remove them. */
  readonly canRemove: boolean
  /** Other roles this person may give them, highest first. */
  readonly canBecome: readonly InviteRole[]
}

/** What this person, on this device, is to a space. */
export type Standing = 'member' | 'removed' | 'left'

/** How a membership ended. */
export interface Departure {
  readonly atMs: number
  /** Who removed them; absent when they left. */
  readonly by?: string
  readonly byName?: string
  /** Only this device lost its place, not the person. */
  readonly deviceOnly: boolean
  /**
   * Nobody removed this person: their admission does not count, see {@link AdmissionFall}. They ask again by a new
   * invitation.
   */
  readonly admission?: AdmissionFall
  /** Who had let them in, when their admission does not count. */
  readonly admittedByName?: string
}

/**
 * Why an admission does not count. `admitter`: who made it had lost the right to, without knowing. `invite`: the
 * invitation had been taken back. `seat`: others had used the invitation up.
 */
export type AdmissionFall = 'admitter' | 'invite' | 'seat'

export interface FormerMember {
  readonly person: string
  readonly name: string
  /** The role last held. */
  readonly role: Role
  readonly self: boolean
  readonly how: 'removed' | 'left'
  readonly atMs: number
  /** Who removed them; absent when they left. */
  readonly by?: string
  readonly byName?: string
  /** How often they had come back before. */
  readonly incarnation: number
}

/** What removing somebody will do and cannot undo, as far as this device knows. */
export interface RemovalPreview {
  readonly person: string
  readonly name: string
  readonly role: Role
  /** Whether this person may do it. */
  readonly allowed: boolean
  /** Devices that lose access. */
  readonly devices: readonly DeviceInfo[]
  /** Entries of theirs that are here and stay. */
  readonly entriesKept: number
  /** Entries of theirs that others are known to have and this device has not: they would be set aside. */
  readonly entriesElsewhere: number
  /** Whether what is written from then on is under a new key at once. */
  readonly newKey: boolean
  /** Invitations still open, through which they could ask to come back. */
  readonly openInvites: number
  /** Devices of the others not connected now, which hear of it later and may write for the removed person until then. */
  readonly devicesToHear: number
}

export interface OwnerCandidate {
  readonly person: string
  readonly name: string
  readonly votes: readonly { readonly person: string; readonly name: string }[]
}

/** Votes of the admins for a new owner, as they count now. */
export interface OwnerVotes {
  /** Votes it takes; absent when there are fewer than three admins, so that no number is enough. */
  readonly needed?: number
  readonly admins: number
  /** Whether this person has a vote. */
  readonly canVote: boolean
  /** For whom this person has voted. */
  readonly own?: string
  /** Those with votes, most first. */
  readonly candidates: readonly OwnerCandidate[]
}

/** Something written by somebody who had lost the right to, as a rule without knowing it yet. */
export interface SetAsideEntry {
  readonly id: string
  readonly person: string
  readonly name: string
  readonly device: string
  readonly atMs: number
  /** `other`: an edit, a reaction and the like; `locked`: this device lacks its key. */
  readonly kind: 'message' | 'room' | 'bill' | 'other' | 'locked'
  /** A message's text, a room's name or a bill's title, else empty. */
  readonly text: string
  /** Where a message was written, when that room is here. */
  readonly roomName?: string
  readonly reason: 'removed' | 'lowered' | 'left' | 'ownership' | 'device-revoked'
  /** Who decided that, and when. */
  readonly by?: string
  readonly byName?: string
  readonly decidedAtMs?: number
  /** Whether this person can write it again under their own name. */
  readonly canAdopt: boolean
  readonly adoptedBy?: string
  readonly adoptedByName?: string
}

export interface MembershipEvent {
  readonly id: string
  readonly kind:
    | 'founded'
    | 'joined'
    | 'returned'
    | 'left'
    | 'removed'
    | 'removed-again'
    | 'raised'
    | 'lowered'
    | 'handed-over'
    | 'owner-replaced'
    | 'device-added'
    | 'device-revoked'
    | 'device-reset'
    | 'device-forked'
    | 'policy'
  readonly atMs: number
  /** Who did it. */
  readonly by?: string
  readonly byName?: string
  /** Whom it is about. */
  readonly person?: string
  readonly personName?: string
  readonly device?: string
  readonly deviceName?: string
  readonly role?: Role
  readonly formerRole?: Role
  readonly policy?: { readonly name: string; readonly value: string }
  /** `false`: somebody of higher rank decided otherwise, so it has no effect. */
  readonly counts: boolean
}

export interface SpacePolicy {
  readonly name: string
  readonly value: string
  readonly choices: readonly string[]
  /** What would suit a group of this size better. */
  readonly suggested?: string
}

/** What is lost by deleting a space from this device. */
export interface ForgetPreview {
  readonly standing: Standing
  /** Only possible after leaving or being removed. */
  readonly allowed: boolean
  readonly entries: number
  readonly sizeBytes: number
  /** Own entries that no other device has said to hold: they would be gone for good. */
  readonly onlyHere: number
}

export interface MembershipApi {
  members(space: string): Promise<readonly Member[]>
  formerMembers(space: string): Promise<readonly FormerMember[]>
  /** What happened to members, devices, owner and policies, oldest first. */
  membershipLog(space: string): Promise<readonly MembershipEvent[]>
  setRole(space: string, person: string, role: InviteRole): Promise<Member>
  previewRemoval(space: string, person: string): Promise<RemovalPreview>
  removeMember(space: string, person: string): Promise<FormerMember>
  /** Makes another member the owner; the present one becomes an admin. */
  transferOwnership(space: string, person: string): Promise<Member>
  ownerVotes(space: string): Promise<OwnerVotes>
  /** An admin's vote that another admin, or they themselves, own the space. Enough votes take effect by themselves. */
  voteForOwner(space: string, person: string): Promise<OwnerVotes>
  setAside(space: string): Promise<readonly SetAsideEntry[]>
  /** Writes them again under this person's name; gives the list as it then is. */
  adopt(space: string, ids: readonly string[]): Promise<readonly SetAsideEntry[]>
  policies(space: string): Promise<readonly SpacePolicy[]>
  setPolicy(space: string, name: string, value: string): Promise<readonly SpacePolicy[]>
  previewForget(space: string): Promise<ForgetPreview>
  /** Deletes a space that was left, or from which this person was removed, from this device. */
  forgetSpace(space: string): Promise<void>
}
