/**
 * The schemas of everything `HamletApi` takes and gives: they validate requests, and the OpenAPI document is made
 * from them. `SchemasMatchInterfaces` at the end does not compile when one of them and its interface differ.
 *
 * Inputs are strict objects: a field that is not known is refused, because it was meant to do something. Outputs may
 * gain fields within a major version.
 */

import { z } from '@hono/zod-openapi'
import type * as api from './hamlet-api.ts'

/** Characters of one message as sent; the chat package has the exact limit, in bytes. */
export const TEXT_LENGTH_MAX = 65_536
const MESSAGE_FILES_MAX = 16
const FILE_ID_LENGTH_MAX = 200
export const NAME_LENGTH_MAX = 200
export const LINK_LENGTH_MAX = 8192
export const SEARCH_LENGTH_MAX = 200
export const EMOJI_LENGTH_MAX = 64
export const PAGE_MESSAGES_MAX = 500
export const WORDS_LENGTH_MAX = 1000
export const LINK_CODE_LENGTH_MAX = 4096
export const ADDRESS_LENGTH_MAX = 200
export const ADDRESSES_MAX = 16

export const count = z.int().min(0)
export const timeMs = z.number().openapi({ description: 'Milliseconds since the Unix epoch.' })

/** Text a person typed; half a surrogate pair cannot be written as UTF-8. */
export function text(lengthMax: number, lengthMin = 1) {
  return z
    .string()
    .min(lengthMin)
    .max(lengthMax)
    .refine((value) => value.isWellFormed(), 'expected well-formed Unicode')
}

export const id = z
  .string()
  .regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits')
  .openapi({ example: '0'.repeat(64) })
export const role = z.enum(['owner', 'admin', 'writer', 'reader', 'relay'])
export const inviteRole = z.enum(['admin', 'writer', 'reader', 'relay'])
const inviteMode = z.enum(['approve', 'auto'])
/** How long messages are readable, at least and at most, in a space where they disappear. */
export const DISAPPEAR_MS_MIN = 3_600_000
export const DISAPPEAR_MS_MAX = 366 * 24 * 3_600_000
const historyPolicy = z.enum(['all', 'from-join'])
const coded = z.object({ code: z.string(), message: z.string() })
const lastMessage = z.object({ text: z.string(), author: id, atMs: timeMs })

export const nameInput = z.strictObject({ name: text(NAME_LENGTH_MAX) }).openapi('NameInput')
export const spaceInput = z
  .strictObject({
    name: text(NAME_LENGTH_MAX),
    history: historyPolicy
      .optional()
      .openapi({ description: 'Whether newcomers read what was written before they came.' }),
    disappearAfterMs: z
      .int()
      .min(DISAPPEAR_MS_MIN)
      .max(DISAPPEAR_MS_MAX)
      .optional()
      .openapi({ description: 'How long messages can be read. Newcomers then read what follows.' }),
  })
  .openapi('SpaceInput')
export const linkInput = z.strictObject({ link: text(LINK_LENGTH_MAX) }).openapi('LinkInput')
export const joinInput = z
  .strictObject({ link: text(LINK_LENGTH_MAX), name: text(NAME_LENGTH_MAX).optional() })
  .openapi('JoinInput')
export const inviteOptions = z
  .strictObject({
    role: inviteRole.optional(),
    mode: inviteMode.optional(),
    expiresInSeconds: z.int().min(60).max(31_536_000).optional(),
    maxUses: z.int().min(1).max(1000).optional(),
  })
  .openapi('InviteOptions')
export const sendMessage = z
  .strictObject({
    room: id.optional(),
    text: text(TEXT_LENGTH_MAX, 0),
    replyTo: id.optional(),
    files: z.array(text(FILE_ID_LENGTH_MAX)).max(MESSAGE_FILES_MAX).optional(),
    key: z
      .string()
      .regex(/^[A-Za-z0-9_-]{16,64}$/, 'expected 16 to 64 letters, digits, - or _')
      .openapi({
        description:
          'Chosen at random by the client: the same request again, with the same key, writes nothing.',
      })
      .optional(),
  })
  .openapi('SendMessage')
export const textInput = z.strictObject({ text: text(TEXT_LENGTH_MAX) }).openapi('TextInput')
export const readInput = z.strictObject({ message: id }).openapi('ReadInput')
export const codeInput = z.strictObject({ code: z.string().max(100) }).openapi('CodeInput')
export const emoji = text(EMOJI_LENGTH_MAX)
const wordsText = text(WORDS_LENGTH_MAX)
export const linkCodeInput = z
  .strictObject({ code: text(LINK_CODE_LENGTH_MAX) })
  .openapi('LinkCodeInput')
export const rootInput = z.strictObject({ words: wordsText.optional() }).openapi('RootInput')
export const recoverInput = z
  .strictObject({
    words: wordsText,
    addresses: z.array(text(ADDRESS_LENGTH_MAX)).max(ADDRESSES_MAX).optional(),
  })
  .openapi('RecoverInput')

export const messageQuery = z.strictObject({
  room: id.optional(),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, `expected 1 to ${PAGE_MESSAGES_MAX}`)
    .transform(Number)
    .refine((limit) => limit <= PAGE_MESSAGES_MAX, `expected 1 to ${PAGE_MESSAGES_MAX}`)
    .openapi({ type: 'integer', minimum: 1, maximum: PAGE_MESSAGES_MAX })
    .optional(),
  before: id.optional(),
  after: id.optional(),
  search: text(SEARCH_LENGTH_MAX).optional(),
})

export const errorReply = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
    }),
  })
  .openapi('Error')

export const session = z
  .object({ token: z.string(), scope: z.enum(['read', 'write', 'admin']) })
  .openapi('Session')
export const loginCode = z
  .object({ code: z.string(), expiresInSeconds: count })
  .openapi('LoginCode')
export const words = z.object({ words: z.array(z.string()) }).openapi('RecoveryWords')

export const peerStatus = z
  .object({
    version: z.string(),
    person: id,
    device: id,
    name: z.string(),
    deviceName: z.string(),
    startedAtMs: timeMs,
    addresses: z.array(z.string()),
    connectedPeers: count,
    spaces: count,
    keysEncrypted: z.boolean(),
    warnings: z.array(coded),
  })
  .openapi('PeerStatus')

export const peerInfo = z
  .object({
    device: id,
    person: id.optional(),
    name: z.string().optional(),
    addresses: z.array(z.string()),
    direction: z.enum(['in', 'out']),
    route: z.enum(['direct', 'relay']),
    encryption: z.string(),
    sinceMs: timeMs,
    roundTripMs: z.number().optional(),
    doubt: z.string().optional(),
  })
  .openapi('PeerInfo')

export const refusedPeer = z
  .object({
    device: id,
    person: id.optional(),
    name: z.string().optional(),
    reason: z.string(),
    untilMs: timeMs,
    times: count,
  })
  .openapi('RefusedPeer')

export const spaceSummary = z
  .object({
    id,
    name: z.string(),
    role,
    members: count,
    unread: count,
    mentions: count,
    requests: count,
    online: count,
    lastMessage: lastMessage.optional(),
    sync: z.enum(['alone', 'synced', 'syncing', 'offline']),
    standing: z.enum(['member', 'removed', 'left']),
    departure: z
      .object({
        atMs: timeMs,
        by: id.optional(),
        byName: z.string().optional(),
        deviceOnly: z.boolean(),
        admission: z.enum(['admitter', 'invite', 'seat']).optional(),
        admittedByName: z.string().optional(),
      })
      .optional(),
    waiting: z.enum(['confirmation', 'own-entries', 'update']).optional(),
  })
  .openapi('SpaceSummary')

export const spaceDetail = spaceSummary
  .extend({
    createdAtMs: timeMs,
    founder: id,
    history: historyPolicy,
    disappearAfterMs: count.optional(),
    entries: count,
    sizeBytes: count,
  })
  .openapi('SpaceDetail')

export const deviceInfo = z
  .object({
    id,
    name: z.string(),
    own: z.boolean(),
    online: z.boolean(),
    lastSeenMs: timeMs.optional(),
  })
  .openapi('DeviceInfo')

export const member = z
  .object({
    person: id,
    name: z.string(),
    role,
    self: z.boolean(),
    online: z.boolean(),
    joinedAtMs: timeMs,
    incarnation: count,
    devices: z.array(deviceInfo),
    canRemove: z.boolean(),
    canBecome: z.array(inviteRole),
  })
  .openapi('Member')

export const invite = z
  .object({
    id,
    role: inviteRole,
    mode: inviteMode,
    createdAtMs: timeMs,
    createdBy: id,
    expiresAtMs: timeMs,
    maxUses: count,
    uses: count,
    state: z.enum(['open', 'used', 'expired', 'revoked']),
    link: z.string().optional(),
  })
  .openapi('Invite')

export const invitePreview = z
  .object({
    space: id,
    spaceName: z.string(),
    inviter: id,
    inviterName: z.string(),
    role: inviteRole,
    mode: inviteMode,
    expiresAtMs: timeMs,
    expired: z.boolean(),
    alreadyMember: z.boolean(),
  })
  .openapi('InvitePreview')

export const join = z
  .object({
    space: id,
    spaceName: z.string(),
    state: z.enum(['connecting', 'asked', 'admitted', 'joined', 'declined', 'failed']),
    startedAtMs: timeMs,
    error: coded.optional(),
  })
  .openapi('Join')

export const joinRequest = z
  .object({
    id,
    invite: id,
    person: id,
    name: z.string(),
    device: id,
    role: inviteRole,
    atMs: timeMs,
    canApprove: z.boolean(),
    state: z.enum(['waiting', 'approved', 'declined']),
  })
  .openapi('JoinRequest')

export const room = z
  .object({
    id,
    name: z.string(),
    createdAtMs: timeMs,
    unread: count,
    mentions: count,
    lastMessage: lastMessage.optional(),
  })
  .openapi('Room')

export const message = z
  .object({
    id,
    room: id,
    author: id,
    authorName: z.string(),
    device: id,
    atMs: timeMs,
    text: z.string(),
    replyTo: z.object({ id, authorName: z.string(), text: z.string() }).optional(),
    editedAtMs: timeMs.optional(),
    deleted: z.boolean(),
    newer: z.literal(true).optional(),
    late: z.boolean(),
    own: z.boolean(),
    mentionsMe: z.boolean(),
    mentions: z.array(id),
    reactions: z.array(z.object({ emoji: z.string(), people: z.array(id) })),
    files: z
      .array(
        z.object({ id: z.string(), name: z.string(), mediaType: z.string(), sizeBytes: count }),
      )
      .optional(),
    delivery: z.object({ heldBy: count, devices: count, readBy: z.array(id) }),
  })
  .openapi('Message')

export const messageDetail = message
  .extend({
    versions: z.array(z.object({ text: z.string(), atMs: timeMs })),
    holders: z.array(z.object({ device: id, person: id, name: z.string(), holds: z.boolean() })),
    readers: z.array(z.object({ person: id, name: z.string(), atMs: timeMs })),
    entry: z.object({ seq: count, epoch: z.string(), hash: z.string() }),
  })
  .openapi('MessageDetail')

export const messagePage = z
  .object({
    messages: z.array(message),
    hasOlder: z.boolean(),
    hasNewer: z.boolean(),
    firstUnread: id.optional(),
  })
  .openapi('MessagePage')

export const spaceInspection = z
  .object({
    frontier: z.string(),
    entries: count,
    pending: count,
    quarantined: count,
    epoch: z.string(),
    devices: z.array(
      z.object({
        device: id,
        person: id,
        name: z.string(),
        own: z.boolean(),
        online: z.boolean(),
        entriesHere: count,
        entriesKnown: count,
        entriesHeld: count,
        lastSeenMs: timeMs.optional(),
        note: z.string(),
      }),
    ),
    forks: z.array(z.object({ device: id, length: count })),
    rejected: z.array(z.object({ device: id, seq: count, reason: z.string() })),
    newer: z.object({
      count,
      latest: z.array(
        z.object({ id, type: z.string(), author: id, authorName: z.string(), atMs: timeMs }),
      ),
    }),
  })
  .openapi('SpaceInspection')

export const ownDevice = z
  .object({
    id,
    name: z.string(),
    thisDevice: z.boolean(),
    online: z.boolean(),
    spaces: count,
    halted: count,
    lastSeenMs: timeMs.optional(),
  })
  .openapi('OwnDevice')

export const deviceLink = z
  .object({
    state: z.enum(['none', 'waiting', 'connecting', 'comparing', 'finishing', 'done', 'failed']),
    role: z.enum(['old', 'new']).optional(),
    code: z.string().optional(),
    expiresAtMs: timeMs.optional(),
    number: z.string().optional(),
    name: z.string().optional(),
    wordsNeeded: z.boolean().optional(),
    error: coded.optional(),
  })
  .openapi('DeviceLink')

export const deviceRevocation = z
  .object({ device: id, spaces: count, failed: count })
  .openapi('DeviceRevocation')

export const deviceReset = z
  .object({ device: id, spaces: count, failed: count })
  .openapi('DeviceReset')

export const recovery = z
  .object({
    state: z.enum(['none', 'searching']),
    startedAtMs: timeMs.optional(),
    helpers: count,
    arriving: count,
  })
  .openapi('Recovery')

const plainEvent = z.object({
  type: z.enum(['status', 'peers', 'spaces', 'joins', 'devices', 'transfers', 'resync']),
})
const filesEvent = z.object({ type: z.literal('files'), space: id.optional() })
const spaceEvent = z.object({
  type: z.enum(['space', 'members', 'requests', 'invites', 'rooms', 'delivery', 'ledger']),
  space: id,
})
const messagesEvent = z.object({
  type: z.literal('messages'),
  space: id,
  room: id,
  messages: z.array(message),
})
export const hamletEvent = z
  .union([plainEvent, filesEvent, spaceEvent, messagesEvent])
  .openapi('HamletEvent')

/** The same type without `readonly` and without explicit `undefined`, which JSON cannot carry. */
type Plain<T> = T extends readonly (infer Item)[]
  ? Plain<Item>[]
  : T extends object
    ? { -readonly [Key in keyof T]: Plain<Exclude<T[Key], undefined>> }
    : T
type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
export type Same<Schema extends z.ZodType, Interface> = Equal<
  Plain<z.output<Schema>>,
  Plain<Interface>
>
export type AllTrue<Checks extends readonly true[]> = Checks

/** An event per type, as the interface has them, from the grouped ones of the schema. */
type EventsByType<Event extends { type: string }> = Event extends unknown
  ? { [Type in Event['type']]: Omit<Event, 'type'> & { type: Type } }[Event['type']]
  : never

export type SchemasMatchInterfaces = AllTrue<
  [
    Same<typeof peerStatus, api.PeerStatus>,
    Same<typeof peerInfo, api.PeerInfo>,
    Same<typeof refusedPeer, api.RefusedPeer>,
    Same<typeof spaceSummary, api.SpaceSummary>,
    Same<typeof spaceDetail, api.SpaceDetail>,
    Same<typeof spaceInput, { readonly name: string } & api.SpaceOptions>,
    Same<typeof deviceInfo, api.DeviceInfo>,
    Same<typeof member, api.Member>,
    Same<typeof ownDevice, api.OwnDevice>,
    Same<typeof deviceLink, api.DeviceLink>,
    Same<typeof deviceRevocation, api.DeviceRevocation>,
    Same<typeof deviceReset, api.DeviceReset>,
    Same<typeof recovery, api.Recovery>,
    Same<typeof invite, api.Invite>,
    Same<typeof inviteOptions, api.InviteOptions>,
    Same<typeof invitePreview, api.InvitePreview>,
    Same<typeof join, api.Join>,
    Same<typeof joinRequest, api.JoinRequest>,
    Same<typeof room, api.Room>,
    Same<typeof message, api.Message>,
    Same<typeof messageDetail, api.MessageDetail>,
    Same<typeof messageQuery, api.MessageQuery>,
    Same<typeof messagePage, api.MessagePage>,
    Same<typeof sendMessage, api.SendMessage>,
    Same<typeof spaceInspection, api.SpaceInspection>,
    Equal<Plain<EventsByType<z.output<typeof hamletEvent>>>, Plain<api.HamletEvent>>,
    Same<typeof words, Awaited<ReturnType<api.HamletApi['recoveryWords']>>>,
  ]
>
