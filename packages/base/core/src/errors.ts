/**
 * The base of every operational error. A subclass per package narrows `code` to a union of its own literals; codes are
 * API (listed in `docs/errors.md`, compared with the source by a test), messages are not. Compare `code`, never
 * `instanceof`: two copies of a package may be loaded.
 */
export interface HamletErrorOptions {
  readonly cause?: unknown
  /** Structured facts: what was expected, what came. No secrets, no whole payloads. */
  readonly fields?: Readonly<Record<string, string | number | boolean | undefined>>
}

export class HamletError<Code extends string = string> extends Error {
  override readonly name: string = 'HamletError'
  readonly code: Code
  readonly fields: Readonly<Record<string, string | number | boolean | undefined>>

  constructor(code: Code, message: string, options: HamletErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.fields = options.fields ?? {}
  }
}

/** The `code` of whatever was thrown, or `undefined` when it has none. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
