/**
 * Which commands are run by the process that holds their log, if there is one.
 *
 * Invariant: on a log that is held nothing else runs; a caller gets at no other log, and at no other command.
 */

import type { Command } from 'commander'

import { Session } from '../command.ts'
import type { CommonOptions } from '../command.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'

/** Each has the name of a log as its first argument. */
const COMMANDS: Readonly<Record<string, ReadonlySet<string>>> = {
  log: new Set(['append', 'audit', 'get', 'info', 'prove', 'publish', 'truncate']),
  trie: new Set(['batch', 'del', 'diff', 'get', 'history', 'list', 'put', 'watch']),
}

/** The exit code, or `undefined`: the command is to run here. @throws CliError `HOLDER_ENDED`, `STOPPED`, `USAGE` */
export async function runElsewhere(
  command: Command,
  argv: readonly string[],
  io: Io,
): Promise<number | undefined> {
  const isAboutLog = COMMANDS[command.parent?.name() ?? '']?.has(command.name()) === true
  const name = String(command.args[0])
  if (io.held) {
    if (isAboutLog && name === io.held.name) return undefined
    throw new CliError('USAGE', `only commands about ${io.held.name} run here`)
  }
  if (!isAboutLog) return undefined
  // Loaded only now: a command that asks a peer needs nothing of what logs are made of.
  const { directoryOf } = await import('../local-log.ts')
  const { callHolder } = await import('./call-holder.ts')
  const { connectToHolder } = await import('./holder-socket.ts')
  const session = new Session(io, command.optsWithGlobals<CommonOptions>())
  const socket = await connectToHolder(directoryOf(session, name))
  return socket && (await callHolder(socket, name, argv, io))
}
