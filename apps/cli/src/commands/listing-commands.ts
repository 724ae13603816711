/** Commands about spaces that anybody may find: publishing one's own, finding those of others. */

import type { Command } from 'commander'
import type { DiscoveredSpace } from '@hamlet/http'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { findSpace } from '../find.ts'
import type { Io } from '../io.ts'
import { printable } from '../text.ts'

interface PublishFlags {
  readonly topic?: string
  readonly description?: string
  readonly off?: boolean
}

/** `space`: the command that those about spaces are under. */
export function addListingCommands(program: Command, space: Command, io: Io): void {
  addCommand<PublishFlags>(
    space,
    io,
    'publish <space>',
    'let everybody find a space, and ask to be let in',
    publish,
    (command) =>
      command
        .option('--topic <topic>', 'under which it is found: a-z, 0-9 and - (default "public")')
        .option('--description <text>', 'what it is about, for strangers')
        .option('--off', 'take it back'),
  )
  addCommand(program, io, 'discover [topic]', 'find public spaces; takes some seconds', discover)
}

async function publish(
  session: Session,
  [text = '']: readonly string[],
  { topic, description, off }: PublishFlags,
): Promise<void> {
  const api = await session.connect()
  const { id, name } = await findSpace(api, text)
  if (off === true) {
    await api.unpublishSpace(id)
    const words = `${printable(name)} is not published from here any more.`
    return session.answer({ space: id, published: false }, () => words)
  }
  const published = await api.publishSpace(id, {
    ...(topic === undefined ? {} : { topic }),
    ...(description === undefined ? {} : { description }),
  })
  session.note(
    'Strangers can read its name, this description and your id. You let each of them in.',
  )
  session.answer(published, () => {
    return `${printable(name)} can be found now: hamlet discover ${published.topic}`
  })
}

async function discover(session: Session, [topic]: readonly string[]): Promise<void> {
  const found = await (await session.connect()).discover(topic)
  session.answer(found, () => {
    if (found.length === 0) return 'Nobody who can be reached publishes a space under this topic.'
    return found.map(toLines).join('\n\n')
  })
}

function toLines(found: DiscoveredSpace): string {
  const { name, description, person, isMember, link } = found
  const about = description === '' ? [] : [`  ${printable(description)}`]
  const next = isMember ? '  You are in it.' : `  hamlet join '${link}'`
  return [`${printable(name)}  (by ${person.slice(0, 8)})`, ...about, next].join('\n')
}
