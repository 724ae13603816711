/** What every command shares: `--json`, `--data`, a connection to the peer, and one way to answer. */

import type { Command } from 'commander'
import type { HttpClient } from '@hamlet/http'

import { connectToPeer, dataDirectoryOf } from './data-directory.ts'
import { hasColour } from './io.ts'
import type { Io } from './io.ts'
import { paint, table } from './text.ts'
import type { Style } from './text.ts'

export interface CommonOptions {
  readonly json?: boolean
  readonly data?: string
}

/** One run of one command. */
export class Session {
  readonly io: Io
  readonly isJson: boolean
  readonly directory: string
  readonly colour: boolean

  constructor(io: Io, options: CommonOptions) {
    this.io = io
    this.isJson = options.json === true
    this.directory = dataDirectoryOf(options.data, io)
    this.colour = hasColour(io)
  }

  connect(): Promise<HttpClient> {
    return connectToPeer(this.directory)
  }

  /** The one answer of a command: `value` for machines, `words` for people. */
  answer(value: unknown, words: () => string): void {
    this.print(this.isJson ? JSON.stringify(value) : words())
  }

  print(text: string): void {
    this.io.stdout.write(text.endsWith('\n') ? text : `${text}\n`)
  }

  /** Beside the answer, for people only. */
  note(text: string): void {
    if (!this.isJson) this.io.stderr.write(`${text}\n`)
  }

  paint(text: string, style: Style): string {
    return paint(text, style, this.colour)
  }

  table(headings: readonly string[], rows: readonly (readonly string[])[], empty: string): string {
    return rows.length === 0 ? empty : table(headings, rows, this.colour)
  }
}

export function addCommon(command: Command): Command {
  return command
    .option('--json', 'answer with one JSON document')
    .option('--data <dir>', 'the data directory (default ~/.hamlet, or HAMLET_DATA)')
}

type Action<Options> = (
  session: Session,
  args: readonly string[],
  options: Options,
) => Promise<void>

/** Adds a command whose action gets a session, its arguments as texts, and its options. */
export function addCommand<Options extends object>(
  parent: Command,
  io: Io,
  usage: string,
  description: string,
  action: Action<Options & CommonOptions>,
  configure: (command: Command) => void = () => {},
): void {
  const command = addCommon(parent.command(usage).description(description))
  configure(command)
  command.action(async (...received: unknown[]) => {
    const options = command.optsWithGlobals<Options & CommonOptions>()
    const args = received.flat().filter((argument) => typeof argument === 'string')
    await action(new Session(io, options), args, options)
  })
}

/** An argument itself, or standard input for `-`, without the line end that `echo` adds. */
export async function textOrStdin(session: Session, text: string): Promise<string> {
  return text === '-' ? (await session.io.readStdin()).replace(/\r?\n$/, '') : text
}

/** For an option that may be given several times. */
export function collect(value: string, values: readonly string[]): readonly string[] {
  return [...values, value]
}
