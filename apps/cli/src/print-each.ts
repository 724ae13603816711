/** Many lines of an answer, as fast as they are taken; ended by the user at any of them. */

import type { Session } from './command.ts'
import { CliError } from './errors.ts'
import { Progress } from './progress.ts'

/**
 * `total`: how many steps there are in all, 0 when that is not known. Progress is shown while the lines go elsewhere than to
 * the terminal. @throws CliError `STOPPED`
 */
export async function printEach(
  session: Session,
  lines: AsyncIterable<string>,
  total = 0,
): Promise<number> {
  const { stdout, signal } = session.io
  const progress = new Progress(session, 'Written')
  let count = 0
  try {
    for await (const line of lines) {
      session.print(line)
      count++
      if (!stdout.isTerminal) progress.update(count, total)
      if (signal.aborted) throw new CliError('STOPPED', 'stopped')
      await stdout.drained?.()
    }
  } finally {
    progress.end()
  }
  return count
}
