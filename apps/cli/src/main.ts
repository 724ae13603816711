/** The process behind the `hamlet` command; `bin/hamlet.mjs` imports it once it has the right Node. */

import { createProcessIo } from './process-io.ts'
import { run } from './run.ts'

export { run }

/** Libraries forget timers and sockets; a command that is done, such as a peer that has stopped, does not wait for them. */
const FORGOTTEN_MS = 500

process.exitCode = await run(process.argv.slice(2), createProcessIo())
endSoon()

/** Not at once: what is still on its way to stdout must arrive. A process that holds nothing has ended before. */
function endSoon(): void {
  const timer = setTimeout(() => {
    const { stdout, stderr } = process
    if (stdout.writableLength + stderr.writableLength > 0) endSoon()
    else process.exit()
  }, FORGOTTEN_MS)
  timer.unref()
}
