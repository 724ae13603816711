/**
 * Values of the chat view. Only this device reads them, so they are arrays in the order below with ids as text; the
 * version of the view's definition changes with their form.
 */

import { attachmentToCbor, readAttachment } from '@hamlet/blobs'
import type { Attachment } from '@hamlet/blobs'
import { assert, readFields } from '@hamlet/core'
import type { CborValue, DeviceId, EntryId, EpochId, PersonId } from '@hamlet/core'
import type { FlagLane, HybridTime } from '@hamlet/crdt'
import type { ContentEntry, Role } from '@hamlet/space'
import type { ChatPosition } from './content.ts'

/** In the place of a message that is not here but that some operation is about. */
export const AWAITED = true

export interface RoomRecord {
  readonly name: string
  readonly creator: PersonId
  readonly time: HybridTime
  /** The entry that gave the name: the room's own, or the newest rename. */
  readonly named: ChatPosition
}

/** A room as others tell of it. */
export interface RoomAgainRecord {
  readonly name: string
  /** The entry that gave the name. */
  readonly named: ChatPosition
  /** When it was made, and the entry that said so; `undefined` while only a rename is known. */
  readonly made: { readonly atMs: number; readonly said: ChatPosition } | undefined
}

export interface MessageRecord {
  readonly room: EntryId
  readonly author: PersonId
  readonly device: DeviceId
  readonly seq: number
  readonly epoch: EpochId
  readonly time: HybridTime
  /** The text as it now is; empty when deleted. */
  readonly text: string
  readonly replyTo: EntryId | undefined
  readonly mentions: readonly PersonId[]
  /** None when deleted. */
  readonly attachments: readonly Attachment[]
  /** The edit that gave the text; `undefined` when the message itself did. */
  readonly written: ChatPosition | undefined
  /** Some edit is known, so versions are stored. */
  readonly edited: boolean
  readonly reacted: boolean
  readonly deleted: Deletion | undefined
  /** Of a later version: what it says is not known here. */
  readonly newer: boolean
}

export interface Deletion extends ChatPosition {
  readonly person: PersonId
}

export interface ReadRecord {
  readonly upTo: ChatPosition
  /** When the person said so first. */
  readonly saidAt: ChatPosition
}

export function encodeRoom(room: RoomRecord): CborValue {
  return [room.name, room.creator, ...timeFields(room.time), positionFields(room.named)]
}

export function decodeRoom(value: CborValue): RoomRecord {
  const [name, creator, milliseconds, counter, named] = fieldsOf(value, 5)
  return {
    name: name as string,
    creator: creator as PersonId,
    time: { milliseconds: milliseconds as number, counter: counter as number },
    named: toPosition(named!),
  }
}

export function encodeRoomAgain({ name, named, made }: RoomAgainRecord): CborValue {
  const madeFields = made && [made.atMs, positionFields(made.said)]
  return [name, positionFields(named), madeFields ?? null]
}

export function decodeRoomAgain(value: CborValue): RoomAgainRecord {
  const [name, named, made] = fieldsOf(value, 3)
  return { name: name as string, named: toPosition(named!), made: toMade(made!) }
}

function toMade(value: CborValue): RoomAgainRecord['made'] {
  if (value === null) return undefined
  const [atMs, said] = fieldsOf(value, 2)
  return { atMs: atMs as number, said: toPosition(said!) }
}

export function encodeMessage(message: MessageRecord): CborValue {
  const { deleted } = message
  return [
    message.room,
    message.author,
    message.device,
    message.seq,
    message.epoch,
    ...timeFields(message.time),
    message.text,
    message.replyTo ?? null,
    message.mentions,
    message.written === undefined ? null : positionFields(message.written),
    message.edited,
    message.reacted,
    deleted === undefined ? null : [...positionFields(deleted), deleted.person],
    message.newer,
    message.attachments.map(attachmentToCbor),
  ]
}

export function decodeMessage(value: CborValue): MessageRecord {
  const fields = fieldsOf(value, 16)
  const deleted = fields[13] as readonly CborValue[] | null
  return {
    room: fields[0] as EntryId,
    author: fields[1] as PersonId,
    device: fields[2] as DeviceId,
    seq: fields[3] as number,
    epoch: fields[4] as EpochId,
    time: { milliseconds: fields[5] as number, counter: fields[6] as number },
    text: fields[7] as string,
    replyTo: (fields[8] ?? undefined) as EntryId | undefined,
    mentions: fields[9] as readonly PersonId[],
    written: fields[10] === null ? undefined : toPosition(fields[10]!),
    edited: fields[11] as boolean,
    reacted: fields[12] as boolean,
    deleted: deleted ? { ...toPosition(deleted), person: deleted[3] as PersonId } : undefined,
    newer: fields[14] as boolean,
    attachments: toAttachments(fields[15]!),
  }
}

function toAttachments(value: CborValue): readonly Attachment[] {
  return (value as readonly CborValue[]).map((each) => {
    const attachment = readFields(each, 'attachment', readAttachment)
    assert(attachment.ok, 'a stored attachment')
    return attachment.value
  })
}

export function encodeRead(record: ReadRecord): CborValue {
  return [positionFields(record.upTo), positionFields(record.saidAt)]
}

export function decodeRead(value: CborValue): ReadRecord {
  const [upTo, saidAt] = fieldsOf(value, 2)
  return { upTo: toPosition(upTo!), saidAt: toPosition(saidAt!) }
}

export function encodeLane(lane: FlagLane): CborValue {
  return [lane.seq, lane.on, lane.endedBelow]
}

export function decodeLane(value: CborValue): FlagLane {
  const [seq, on, endedBelow] = fieldsOf(value, 3)
  return { seq: seq as number, on: on as boolean, endedBelow: endedBelow as number }
}

/** An entry kept until what it is about arrives; its id is in the key. */
export function encodePending(entry: ContentEntry): CborValue {
  const { device, person, seq, time, epoch, role, type, value } = entry
  return [device, person, seq, ...timeFields(time), epoch, role, type, value]
}

export function decodePending(id: EntryId, stored: CborValue): ContentEntry {
  const fields = fieldsOf(stored, 9)
  return {
    id,
    device: fields[0] as DeviceId,
    person: fields[1] as PersonId,
    seq: fields[2] as number,
    time: { milliseconds: fields[3] as number, counter: fields[4] as number },
    epoch: fields[5] as EpochId,
    role: fields[6] as Role,
    type: fields[7] as string,
    value: fields[8]!,
  }
}

function timeFields(time: HybridTime): readonly number[] {
  return [time.milliseconds, time.counter]
}

function positionFields({ time, id }: ChatPosition): readonly CborValue[] {
  return [time.milliseconds, time.counter, id]
}

function toPosition(value: CborValue): ChatPosition {
  const [milliseconds, counter, id] = value as readonly CborValue[]
  return {
    time: { milliseconds: milliseconds as number, counter: counter as number },
    id: id as EntryId,
  }
}

function fieldsOf(value: CborValue, count: number): readonly CborValue[] {
  assert(Array.isArray(value) && value.length === count, `a record of ${count} fields`)
  return value as readonly CborValue[]
}
