/** The process behind `npm run tracker`. It keeps compiled code on disk, which halves the time of every later start. */

import { enableCompileCache } from 'node:module'
import { join } from 'node:path'

// Beside that of the command line; where the folder cannot be written to, nothing is kept.
enableCompileCache(join(import.meta.dirname, '../../../node_modules/.cache/compile'))
// Only what is imported after this is kept.
const { run } = await import('./run.ts')
process.exitCode = await run(process.argv.slice(2))
