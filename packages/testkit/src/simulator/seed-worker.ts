/** A worker process: runs one world per message and answers with its report, until its parent goes away. */

import { runSeed } from './run-seed.ts'
import type { SeedTask } from './run-worlds.ts'

process.on('message', ({ seed, options }: SeedTask) => {
  runSeed(seed, options).then(
    (report) => process.send!(report),
    (error: unknown) => {
      process.stderr.write(`${String(error)}\n`)
      process.exit(1)
    },
  )
})
process.on('disconnect', () => process.exit(0))
