/** What a command has of the world around it: streams, environment and time. Tests pass their own. */

import { resolve } from 'node:path'

import type { LocalLog } from './open-log.ts'

export interface Output {
  /** Bytes go out as they are. */
  write(data: string | Uint8Array): void
  /** Resolves when what was written is on its way: whoever writes much waits for it now and then. */
  drained?(): Promise<void>
  /** Whether a person reads it on a terminal. */
  readonly isTerminal: boolean
}

/** The files that a command is told of. */
export interface FileAccess {
  /** What relative paths are relative to. */
  readonly directory: string
  bytes(path: string): AsyncIterable<Uint8Array>
  /** `undefined` for what is no plain file, such as a pipe. */
  size(path: string): Promise<number | undefined>
}

export interface Io {
  readonly stdout: Output
  readonly stderr: Output
  /** Everything on standard input. */
  readStdin(): Promise<string>
  /** The bytes on standard input as they come. */
  stdinBytes(): AsyncIterable<Uint8Array>
  readonly files: FileAccess
  /** One line from a person; only where one sits at a terminal. */
  readonly ask?: ((question: string) => Promise<string>) | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDirectory: string
  readonly platform: string
  nowMs(): number
  /** Aborted when the user asks the command to end. */
  readonly signal: AbortSignal
  /** A log that this process has open for long: commands about it use it as it is. */
  readonly held?: LocalLog
  /** Runs a command in this process and in the world given; resolves with its exit code. Every command has it. */
  readonly runCommand?: (argv: readonly string[], io: Io) => Promise<number>
}

/** A path that the command was given, absolute. */
export function absolutePath(io: Io, path: string): string {
  return resolve(io.files.directory, path)
}

/** Colour only on a terminal that can show it, and not against `NO_COLOR` (https://no-color.org). */
export function hasColour(io: Io): boolean {
  const { NO_COLOR: noColour, TERM: terminal } = io.env
  return io.stdout.isTerminal && (noColour ?? '') === '' && terminal !== 'dumb'
}
