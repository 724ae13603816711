/** What a command has of the world around it: streams, environment and time. Tests pass their own. */

export interface Output {
  /** Bytes go out as they are. */
  write(data: string | Uint8Array): void
  /** Resolves when what was written is on its way: whoever writes much waits for it now and then. */
  drained?(): Promise<void>
  /** Whether a person reads it on a terminal. */
  readonly isTerminal: boolean
}

export interface Io {
  readonly stdout: Output
  readonly stderr: Output
  /** Everything on standard input. */
  readStdin(): Promise<string>
  /** The bytes on standard input as they come. */
  stdinBytes(): AsyncIterable<Uint8Array>
  /** One line from a person; only where one sits at a terminal. */
  readonly ask?: ((question: string) => Promise<string>) | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  readonly homeDirectory: string
  readonly platform: string
  nowMs(): number
  /** Aborted when the user asks the command to end. */
  readonly signal: AbortSignal
}

/** Colour only on a terminal that can show it, and not against `NO_COLOR` (https://no-color.org). */
export function hasColour(io: Io): boolean {
  const { NO_COLOR: noColour, TERM: terminal } = io.env
  return io.stdout.isTerminal && (noColour ?? '') === '' && terminal !== 'dumb'
}
