/** Everything the page shows, as one immutable value; and the small changes made to it. */

import type {
  DeviceLink,
  FormerMember,
  Invite,
  Join,
  JoinRequest,
  Member,
  OwnDevice,
  MembershipEvent,
  OwnerVotes,
  PeerInfo,
  PeerStatus,
  Recovery,
  Room,
  SetAsideEntry,
  SpaceInspection,
  SpacePolicy,
  SpaceSummary,
} from '@hamlet/http/api'
import type { Route } from './route.ts'
import { EMPTY_BILLS } from './bills-state.ts'
import type { BillsState } from './bills-state.ts'
import { EMPTY_FILES } from './files-state.ts'
import type { FilesState } from './files-state.ts'
import { EMPTY_ROOM } from './room-state.ts'
import type { RoomState } from './room-state.ts'

export type Connection = 'connecting' | 'online' | 'lost' | 'refused'

export interface SpaceState {
  readonly members?: readonly Member[]
  readonly rooms?: readonly Room[]
  readonly requests?: readonly JoinRequest[]
  readonly invites?: readonly Invite[]
  readonly inspection?: SpaceInspection
  readonly former?: readonly FormerMember[]
  readonly log?: readonly MembershipEvent[]
  readonly aside?: readonly SetAsideEntry[]
  readonly votes?: OwnerVotes
  readonly policies?: readonly SpacePolicy[]
  readonly missing?: boolean
}

export interface Notice {
  readonly id: number
  readonly tone: 'plain' | 'danger'
  readonly text: string
  readonly undo?: () => void
}

export interface AppState {
  readonly connection: Connection
  readonly status: PeerStatus | undefined
  readonly spaces: readonly SpaceSummary[] | undefined
  readonly joins: readonly Join[]
  readonly peers: readonly PeerInfo[]
  /** Undefined until a page has asked for them. */
  readonly devices: readonly OwnDevice[] | undefined
  readonly link: DeviceLink
  readonly recovery: Recovery
  readonly spaceStates: Readonly<Record<string, SpaceState>>
  readonly rooms: Readonly<Record<string, RoomState>>
  /** By space. */
  readonly bills: Readonly<Record<string, BillsState>>
  readonly files: FilesState
  /** Messages deleted here whose time for undoing has not run out. */
  readonly deleting: ReadonlySet<string>
  readonly notices: readonly Notice[]
  readonly route: Route
}

export const EMPTY_SPACE: SpaceState = {}

export function initialState(route: Route): AppState {
  return {
    connection: 'connecting',
    status: undefined,
    spaces: undefined,
    joins: [],
    peers: [],
    devices: undefined,
    link: { state: 'none' },
    recovery: { state: 'none', helpers: 0, arriving: 0 },
    spaceStates: {},
    rooms: {},
    bills: {},
    files: EMPTY_FILES,
    deleting: new Set(),
    notices: [],
    route,
  }
}

export function roomKey(space: string, room: string): string {
  return `${space}/${room}`
}

export function withSpace(state: AppState, space: string, patch: Partial<SpaceState>): AppState {
  const old = state.spaceStates[space] ?? EMPTY_SPACE
  return { ...state, spaceStates: { ...state.spaceStates, [space]: { ...old, ...patch } } }
}

export function withRoom(
  state: AppState,
  key: string,
  change: (room: RoomState) => RoomState,
): AppState {
  const old = state.rooms[key] ?? EMPTY_ROOM
  const next = change(old)
  return next === old ? state : { ...state, rooms: { ...state.rooms, [key]: next } }
}

export function withBills(
  state: AppState,
  space: string,
  change: (bills: BillsState) => BillsState,
): AppState {
  const old = state.bills[space] ?? EMPTY_BILLS
  const next = change(old)
  return next === old ? state : { ...state, bills: { ...state.bills, [space]: next } }
}

/** Unread messages over all spaces, for the title of the page. */
export function unreadTotal(state: AppState): number {
  return (state.spaces ?? []).reduce((total, space) => total + space.unread, 0)
}

/** Messages of a space that are not durable yet. */
export function savingCount(state: AppState, space: string): number {
  return Object.entries(state.rooms)
    .filter(([key]) => key.startsWith(`${space}/`))
    .reduce((total, [, room]) => total + room.pending.filter((p) => p.state === 'saving').length, 0)
}
