/**
 * Flags of the scripts for developers. What a script says at its own head is what `--help` prints, so the two cannot contradict each
 * other.
 */

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { ParseArgsConfig } from 'node:util'

const HEAD = /^\/\*\*\n([^]*?)\n \*\//
const USAGE_EXIT = 2

/**
 * As `parseArgs`. With `--help` it prints the head of the script and ends the process with 0; for what is no flag of it, one line, and 2.
 *
 * @param script `import.meta.url` of the script
 */
export function readCommandLine<const T extends ParseArgsConfig>(
  script: string,
  config: T,
): ReturnType<typeof parseArgs<T>> {
  const args = process.argv.slice(2)
  if (args.includes('--help') || args.includes('-h')) {
    process.stdout.write(`${headOf(script)}\n`)
    process.exit(0)
  }
  try {
    return parseArgs(config)
  } catch (error) {
    const [problem] = String(error instanceof Error ? error.message : error).split(/\. |\n/)
    process.stderr.write(`${commandOf(script)}: ${problem}; --help lists the options\n`)
    process.exit(USAGE_EXIT)
  }
}

/** The comment at the head of a script, as plain lines. */
function headOf(script: string): string {
  const [, head = ''] = HEAD.exec(readFileSync(fileURLToPath(script), 'utf8')) ?? []
  const lines = head.split('\n').map((line) => line.replace(/^ \*(?: |$)/, ''))
  return lines.join('\n').replaceAll('`', '')
}

/** Such as `npm run fuzz`: a head begins with it. */
function commandOf(script: string): string {
  return /^npm run \S+(?=:)|^.*?(?=:)/.exec(headOf(script))?.[0] ?? script
}
