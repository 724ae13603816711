/** What a person sees of the shared memory: the replies of `HamletApi`, computed anew from the arrays each time. */

import { utf8 } from '@hamlet/core'

import type * as api from '../src/hamlet-api.ts'
import { byId, RANKS, textOf } from './_memory-store.ts'
import type {
  MemoryStore,
  StoredInvite,
  StoredMessage,
  StoredRequest,
  StoredSpace,
} from './_memory-store.ts'

/** Whose eyes these are. */
export interface Viewer {
  readonly world: MemoryStore
  readonly id: string
  readonly name: string
}

export function viewInvite(viewer: Viewer, invite: StoredInvite): api.Invite {
  const { revoked, ...fields } = invite
  const expired = invite.expiresAtMs <= viewer.world.nowMs()
  const used = invite.uses >= invite.maxUses
  const state = revoked ? 'revoked' : used ? 'used' : expired ? 'expired' : 'open'
  const space = viewer.world.spaces.find(({ invites }) => invites.includes(invite))
  const isOwn = state === 'open' && invite.createdBy === viewer.id && space !== undefined
  return { ...fields, state, ...(isOwn ? { link: `hamlet:join#${space.id}.${invite.id}` } : {}) }
}

export function viewRequest(
  viewer: Viewer,
  space: StoredSpace,
  request: StoredRequest,
): api.JoinRequest {
  return {
    ...request,
    name: viewer.world.nameOf(request.person),
    device: deviceOf(viewer, request.person),
    canApprove: RANKS[roleOf(viewer, space)] >= RANKS.admin,
  }
}

export function viewRoom(
  viewer: Viewer,
  space: StoredSpace,
  room: StoredSpace['rooms'][number],
): api.Room {
  const unread = unreadOf(viewer, space, room.id)
  const last = space.messages.findLast((message) => message.room === room.id)
  return {
    ...room,
    unread: unread.length,
    mentions: unread.filter((message) => mentions(viewer, message)).length,
    ...(last === undefined ? {} : { lastMessage: preview(last) }),
  }
}

export function viewSummary(viewer: Viewer, space: StoredSpace): api.SpaceSummary {
  const rooms = space.rooms.map((room) => viewRoom(viewer, space, room))
  const last = space.messages.at(-1)
  return {
    id: space.id,
    name: space.name,
    role: roleOf(viewer, space),
    members: space.members.size,
    unread: rooms.reduce((sum, { unread }) => sum + unread, 0),
    mentions: rooms.reduce((sum, { mentions }) => sum + mentions, 0),
    requests: space.requests.filter(({ state }) => state === 'waiting').length,
    online: space.members.size - 1,
    ...(last === undefined ? {} : { lastMessage: preview(last) }),
    sync: space.members.size === 1 ? 'alone' : 'synced',
    ...standingOf(viewer, space),
    ...(space.unconfirmed.has(viewer.id) ? { waiting: 'confirmation' as const } : {}),
  }
}

function standingOf(
  viewer: Viewer,
  space: StoredSpace,
): Pick<api.SpaceSummary, 'standing' | 'departure'> {
  const former = space.former.get(viewer.id)
  if (space.members.has(viewer.id) || former === undefined) return { standing: 'member' }
  const { atMs, by, fell } = former
  const departure = { atMs, deviceOnly: false, ...fell }
  if (by === undefined) return { standing: 'left', departure }
  return { standing: 'removed', departure: { ...departure, by, byName: viewer.world.nameOf(by) } }
}

export function viewDetail(viewer: Viewer, space: StoredSpace): api.SpaceDetail {
  const { founder, createdAtMs, history, disappearAfterMs } = space
  const sizeBytes = utf8(space.messages.map(textOf).join('')).length
  const entries = entriesOf(space)
  return {
    ...{ ...viewSummary(viewer, space), createdAtMs, founder, history, entries, sizeBytes },
    ...(disappearAfterMs === undefined ? {} : { disappearAfterMs }),
  }
}

export function unreadOf(
  viewer: Viewer,
  space: StoredSpace,
  room: string,
): readonly StoredMessage[] {
  const inRoom = space.messages.filter((message) => message.room === room)
  const count = space.read.get(viewer.id + room)?.count ?? 0
  return inRoom.slice(count).filter(({ author }) => author !== viewer.id)
}

export function readersOf(
  viewer: Viewer,
  space: StoredSpace,
  message: StoredMessage,
): readonly { person: string; atMs: number }[] {
  const index = space.messages.filter(({ room }) => room === message.room).indexOf(message)
  return [...space.members.keys()].flatMap((person) => {
    const mark = space.read.get(person + message.room)
    const hasRead = mark !== undefined && mark.count > index && person !== message.author
    return hasRead ? [{ person, atMs: mark.atMs }] : []
  })
}

export function mentions(viewer: Viewer, message: StoredMessage): boolean {
  return viewer.name !== '' && textOf(message).includes(`@${viewer.name}`)
}

export function viewMessage(
  viewer: Viewer,
  space: StoredSpace,
  message: StoredMessage,
): api.Message {
  const text = textOf(message)
  const { id, room, author, atMs, deleted, versions } = message
  const replied = message.replyTo === undefined ? undefined : byId(space.messages, message.replyTo)
  const mentioned = viewer.world.people.filter(
    ({ name }) => name !== '' && text.includes(`@${name}`),
  )
  return {
    id,
    room,
    author,
    authorName: viewer.world.nameOf(author),
    device: deviceOf(viewer, author),
    atMs,
    text,
    ...(replied === undefined ? {} : { replyTo: quoteOf(viewer, replied) }),
    ...(versions.length > 1 ? { editedAtMs: versions.at(-1)?.atMs ?? atMs } : {}),
    ...viewFiles(message),
    deleted,
    late: message.late === true,
    own: author === viewer.id,
    mentionsMe: mentions(viewer, message),
    mentions: mentioned.map((person) => person.id),
    reactions: [...message.reactions].map(([emoji, people]) => ({ emoji, people: [...people] })),
    delivery: {
      heldBy: space.members.size,
      devices: space.members.size,
      readBy: readersOf(viewer, space, message).map(({ person }) => person),
    },
  }
}

function viewFiles({ id, deleted, files }: StoredMessage): Pick<api.Message, 'files'> {
  if (files === undefined || deleted) return {}
  return {
    files: files.map(({ name, mediaType, bytes }, index) => {
      return { id: `${id}.${index}`, name, mediaType, sizeBytes: bytes.length }
    }),
  }
}

export function quoteOf(
  viewer: Viewer,
  message: StoredMessage,
): { id: string; authorName: string; text: string } {
  const { id, author } = message
  return { id, authorName: viewer.world.nameOf(author), text: textOf(message) }
}

export function viewMessageDetail(
  viewer: Viewer,
  space: StoredSpace,
  message: StoredMessage,
): api.MessageDetail {
  return {
    ...viewMessage(viewer, space, message),
    versions: message.deleted ? [] : message.versions,
    holders: [...space.members.keys()].map((person) => ({
      device: deviceOf(viewer, person),
      person,
      name: viewer.world.nameOf(person),
      holds: true,
    })),
    readers: readersOf(viewer, space, message).map(({ person, atMs }) => ({
      person,
      name: viewer.world.nameOf(person),
      atMs,
    })),
    entry: { seq: space.messages.indexOf(message), epoch: space.id, hash: message.id },
  }
}

export function roleOf(viewer: Viewer, space: StoredSpace): api.Role {
  return space.members.get(viewer.id)?.role ?? space.former.get(viewer.id)?.role ?? 'reader'
}

export function deviceOf(viewer: Viewer, person: string): string {
  return viewer.world.people.find(({ id }) => id === person)?.device ?? person
}

export function entriesOf(space: StoredSpace): number {
  return space.messages.reduce((sum, { versions }) => sum + versions.length, 1)
}

function preview(message: StoredMessage): { text: string; author: string; atMs: number } {
  return { text: textOf(message), author: message.author, atMs: message.atMs }
}
