/** `npm start`: `hamlet up` on a machine that may have nothing but Node 20 and npm. Arguments are passed on. */

import { runBootstrapped } from './bootstrap.mjs'

runBootstrapped(['apps/cli/bin/hamlet.mjs', 'up', ...process.argv.slice(2)])
