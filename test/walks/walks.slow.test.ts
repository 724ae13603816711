// @timeoutSeconds 300: starts of real processes.
/** A short walk of files on real processes: small sizes, few of them. `npm run walk:files` is the long one. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'

const RUN = fileURLToPath(new URL('run-files.ts', import.meta.url))

test(
  'a small folder comes whole though one source lies and the peer is killed, and a stranger learns nothing',
  { timeout: 290_000 },
  async () => {
    const lines = await new Promise<string>((resolve) => {
      const args = [RUN, '--short', '--bytes', '6M', '--only', 'swarm,stranger']
      execFile(process.execPath, args, (_error, stdout, stderr) => resolve(stdout + stderr))
    })
    for (const line of lines.split('\n').filter((each) => each.startsWith('REDUCED'))) {
      console.log(line)
    }
    assert.match(lines, /^[1-9]\d* passed, 0 failed$/m, lines)
  },
)
