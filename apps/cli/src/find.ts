/**
 * From what a person types to the one thing they mean.
 *
 * A name in full, or the beginning of an id (four digits or more for what is listed in full, six for messages). If
 * more than one thing fits, none is taken: acting on the wrong space is worse than asking again.
 */

import type { HamletApi, Member, Message, Room, SpaceSummary } from '@hamlet/http'

import { CliError } from './errors.ts'
import { printable } from './text.ts'

interface Named {
  readonly id: string
  readonly name: string
}

const ID_START = /^[0-9a-f]{4,64}$/
const MESSAGE_ID_START = /^[0-9a-f]{6,64}$/
const PAGE_MESSAGES = 500
/** Messages of one room that are searched for the beginning of an id, newest first. */
export const SEARCHED_MESSAGES_MAX = 10_000
const CANDIDATES_SHOWN_MAX = 10

export async function findSpace(api: HamletApi, text: string): Promise<SpaceSummary> {
  return findNamed('space', text, await api.spaces())
}

export async function findRoom(api: HamletApi, space: string, text: string): Promise<Room> {
  return findNamed('room', text.replace(/^#/, ''), await api.rooms(space))
}

/** A member by name or by the beginning of their id. */
export function findPerson(text: string, members: readonly Member[]): Member {
  const named = members.map((member) => ({ ...member, id: member.person }))
  const { person } = findNamed('member', text, named)
  return members.find((member) => member.person === person)!
}

export function findById<T extends { readonly id: string }>(
  kind: string,
  text: string,
  items: readonly T[],
  nameOf: (item: T) => string,
): T {
  return only(
    kind,
    text,
    items.filter((item) => isIdStart(text, item.id)),
    nameOf,
  )
}

/** The full id of a message. Beginnings are looked for in every room, newest messages first. */
export async function findMessage(api: HamletApi, space: string, text: string): Promise<string> {
  if (text.length === 64) return (await api.message(space, text)).id
  if (!MESSAGE_ID_START.test(text)) {
    throw new CliError('USAGE', `expected the id of a message, 6 digits or more, got "${text}"`)
  }
  const found: Message[] = []
  for (const room of await api.rooms(space)) {
    for await (const message of newestFirst(api, space, room.id)) {
      if (message.id.startsWith(text)) found.push(message)
    }
  }
  return only('message', text, found, ({ text: words }) => words.slice(0, 40)).id
}

async function* newestFirst(api: HamletApi, space: string, room: string): AsyncGenerator<Message> {
  let before: string | undefined
  for (let seen = 0; seen < SEARCHED_MESSAGES_MAX;) {
    const query = { room, limit: PAGE_MESSAGES, ...(before === undefined ? {} : { before }) }
    const { messages, hasOlder } = await api.messages(space, query)
    yield* messages.toReversed()
    seen += messages.length
    before = messages[0]?.id
    if (!hasOlder || before === undefined) return
  }
}

/** By name, or by the beginning of the id. @throws CliError `NOTHING_MATCHES`, `AMBIGUOUS` */
export function findNamed<T extends Named>(kind: string, text: string, items: readonly T[]): T {
  const exact = items.filter((item) => item.name === text || isIdStart(text, item.id))
  const wanted = text.toLowerCase()
  const found = exact.length > 0 ? exact : items.filter(({ name }) => name.toLowerCase() === wanted)
  return only(kind, text, found, ({ name }) => name)
}

export function isIdStart(text: string, id: string): boolean {
  return ID_START.test(text) && id.startsWith(text)
}

/** The one that was found. @throws CliError `NOTHING_MATCHES`, `AMBIGUOUS` */
export function only<T extends { readonly id: string }>(
  kind: string,
  text: string,
  found: readonly T[],
  nameOf: (item: T) => string,
): T {
  const [first] = found
  if (first === undefined) {
    throw new CliError('NOTHING_MATCHES', `there is no ${kind} "${printable(text)}"`)
  }
  if (found.length === 1) return first
  const shown = found.slice(0, CANDIDATES_SHOWN_MAX).map((item) => {
    return `  ${item.id.slice(0, 12)}  ${printable(nameOf(item))}`
  })
  const message = `"${printable(text)}" fits more than one ${kind}; give more of the id:`
  throw new CliError('AMBIGUOUS', `${message}\n${shown.join('\n')}`)
}
