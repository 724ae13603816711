/**
 * The programs that tests start as processes: from their sources, or from the bundles of those that `npm test` makes first
 * (`scripts/bundle-programs.ts`), which start in a third of the time.
 */

import { join } from 'node:path'

/** Name: source. */
export const PROGRAMS = {
  hamlet: 'apps/cli/src/main.ts',
  tracker: 'apps/tracker/src/main.ts',
} as const

/** What to give to Node. */
export function programFile(name: keyof typeof PROGRAMS): string {
  const bundles = process.env['HAMLET_TEST_PROGRAMS']
  return bundles === undefined
    ? join(import.meta.dirname, '..', PROGRAMS[name])
    : join(bundles, `${name}.mjs`)
}
