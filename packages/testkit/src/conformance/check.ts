/** The few assertions of the conformance suites: no test runner and no Node module, so that browsers can run them. */

import { assert, bytesToHex, errorCode } from '@hamlet/core'

/** The shape of `test` in node:test, vitest and the rest. */
export type TestFunction = (title: string, body: () => Promise<void>) => unknown

export function checkBytes(actual: Uint8Array | undefined, expected: Uint8Array): void {
  const shown = actual === undefined ? 'undefined' : bytesToHex(actual)
  assert(shown === bytesToHex(expected), `expected ${bytesToHex(expected)}, got ${shown}`)
}

export function checkEqual<T>(actual: T, expected: T): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)]
  assert(left === right, `expected ${right}, got ${left}`)
}

export async function checkFails(action: () => unknown, code: string): Promise<void> {
  let thrown: unknown
  try {
    await action()
  } catch (error) {
    thrown = error
  }
  assert(errorCode(thrown) === code, `expected ${code}, got ${errorCode(thrown) ?? String(thrown)}`)
}
