/** A space with a past: three people, three days, every kind of message the page can draw. */

import type { TestServer } from '@hamlet/http/testing'

export type MemoryApi = TestServer['api']
type StoredMessage = TestServer['world']['spaces'][number]['messages'][number]

export interface FilledSpace {
  readonly id: string
  readonly rooms: { readonly general: string; readonly garden: string }
  readonly ben: MemoryApi
  readonly cleo: MemoryApi
}

const HOUR_MS = 3_600_000

export async function fillSpace(server: TestServer): Promise<FilledSpace> {
  const { api, world } = server
  const ben = world.addPerson('Ben Carter')
  const cleo = world.addPerson('Cleo')
  const { id } = await api.createSpace('Maple Street 12')
  const invite = await api.createInvite(id, { mode: 'auto', maxUses: 2 })
  for (const person of [ben, cleo]) await person.join(invite.link ?? '')
  const garden = await api.createRoom(id, 'Garden')
  const general = (await api.rooms(id))[0]?.id ?? ''
  const space = { id, rooms: { general, garden: garden.id }, ben, cleo }
  await talk(server, space)
  return space
}

async function talk(server: TestServer, { id, rooms, ben, cleo }: FilledSpace): Promise<void> {
  const { api } = server
  const room = rooms.general
  const say = (person: MemoryApi, text: string, hoursAgo: number, replyTo?: string) =>
    addMessage(server, { room, author: person.id, text, hoursAgo, replyTo })
  say(ben, 'The boiler man comes **Thursday at nine**. Who can be here?', 50)
  const offer = say(cleo, 'I work from home that day, I can let him in.', 49.9)
  say(cleo, 'He will need the key for the cellar though.', 49.88)
  say(api, 'Perfect, thank you. The key hangs behind the door.', 49.5, offer)
  say(ben, 'Costs so far:\n\n- call-out 60\n- new valve 84\n- *maybe* a pump', 27)
  say(
    ben,
    'Their site is https://example.org/boilers and the code is\n\n```\nVX-200 / 7\n```',
    26.9,
  )
  const vote = say(api, 'I would rather have the pump checked twice before we pay for one.', 26)
  say(cleo, '@Ana agreed', 25.9, vote)
  say(cleo, '🎉', 2)
  const slip = say(ben, 'wrong room, sorry', 1.9)
  const edited = say(api, 'See you all at eight then.', 1.5)
  await ben.delete(id, slip)
  await api.edit(id, edited, 'See you all at **eight** then, and bring a torch.')
  await ben.react(id, vote, '👍', true)
  await cleo.react(id, vote, '👍', true)
  await api.react(id, vote, '🙏', true)
}

interface PastMessage {
  readonly room: string
  readonly author: string
  readonly text: string
  readonly hoursAgo: number
  readonly replyTo?: string | undefined
  readonly late?: boolean
}

export function addMessage(server: TestServer, past: PastMessage): string {
  const { world } = server
  const atMs = Date.now() - past.hoursAgo * HOUR_MS
  const message: StoredMessage = {
    id: world.newId(),
    room: past.room,
    author: past.author,
    atMs,
    replyTo: past.replyTo,
    key: undefined,
    versions: [{ text: past.text, atMs }],
    reactions: new Map(),
    deleted: false,
    late: past.late === true,
  }
  world.spaces[0]?.messages.push(message)
  return message.id
}
