/**
 * Every naughty string at every place, with a whole peer behind it: `npm run test:slow -- naughty`.
 *
 * @timeoutSeconds 1800
 */

import { env } from 'node:process'

env['NAUGHTY_STRINGS'] = 'all'
await import('./naughty-strings.test.ts')
