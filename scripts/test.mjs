/** `npm test`: every check and every test, on a machine that may have nothing but Node 20 and npm. */

import { runBootstrapped } from './bootstrap.mjs'

runBootstrapped(['scripts/test.ts', ...process.argv.slice(2)])
