/** Programs of the system, run to their end. */

import { execFile } from 'node:child_process'

/**
 * What it printed.
 *
 * @throws Error with the command and what it said, when it fails
 */
export function execute(command: string, ...args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(command, args, { timeout: 300_000 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${command} ${args.join(' ')}: ${stderr.trim() || error.message}`))
    })
  })
}
