/** What the command line asks for: to serve until it is told to stop, or a command on accounts. */

import { text } from 'node:stream/consumers'
import { errorCode } from '@hamlet/core'

import { runAccountCommand } from './account-commands.ts'
import { configure, helpText, wordsOfCommand } from './configuration.ts'
import { serveTracker } from './serve-tracker.ts'

/** The exit code. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(helpText())
    return 0
  }
  try {
    const [command = 'serve', ...words] = wordsOfCommand(args)
    const configuration = configure(args, process.env)
    if (command === 'account') {
      await runAccountCommand(configuration.database, words, {
        nowMs: Date.now(),
        readStdin: () => text(process.stdin),
        print: (line) => process.stdout.write(`${line}\n`),
      })
    } else if (command === 'serve' && words.length === 0) {
      await serve(configuration)
    } else {
      process.stderr.write(helpText())
      return 2
    }
    return 0
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    process.stderr.write(`${errorCode(error) ?? 'ERROR'}: ${message}\n`)
    return 1
  }
}

async function serve(configuration: ReturnType<typeof configure>): Promise<void> {
  const tracker = await serveTracker(configuration)
  // One line for whoever started it, as `hamlet up --json` has it.
  process.stdout.write(`${JSON.stringify({ url: tracker.url })}\n`)
  process.on('SIGHUP', () => {
    tracker
      .reloadTls()
      .catch((error: unknown) =>
        tracker.parts.logger.error('certificate not taken up', { error: String(error) }),
      )
  })
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve())
  })
  await tracker.close()
}
