/** `npm run demo`: installs what is missing, then runs the demo under the pinned Node. */

import { runBootstrapped } from './bootstrap.mjs'

runBootstrapped(['scripts/demo.ts', ...process.argv.slice(2)])
