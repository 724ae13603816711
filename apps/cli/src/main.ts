/** The process behind the `hamlet` command; `bin/hamlet.mjs` imports it once it has the right Node. */

import { createProcessIo } from './process-io.ts'
import { run } from './run.ts'

export { run }

// Not `process.exit`: what is still on its way to stdout must arrive.
process.exitCode = await run(process.argv.slice(2), createProcessIo())
