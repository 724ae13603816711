/**
 * Results for judging untrusted input: where failure is a normal branch with a consequence for the peer, decoders
 * and verifiers return one of these instead of throwing. Everything else throws a typed error.
 */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E }

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error }
}
