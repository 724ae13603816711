/** `run`: one command line in, one exit code out: 0 done, 1 failed, 2 wrong usage. */

import { Command, CommanderError } from 'commander'
import { errorCode, HamletError } from '@hamlet/core'

import { addCommon } from './command.ts'
import { addFamilies } from './command-families.ts'
import type { UpParts } from './commands/up.ts'
import { runElsewhere } from './held/run-elsewhere.ts'
import { hasColour } from './io.ts'
import type { Io } from './io.ts'
import { paint, printableLines } from './text.ts'
import { VERSION } from './version.ts'
import { errorWords } from './words.ts'

const DONE = 0
const FAILED = 1
const WRONG_USAGE = 2

/** `argv`: without the names of Node and the script. Never rejects. */
export async function run(argv: readonly string[], io: Io, upParts?: UpParts): Promise<number> {
  const world: Io = { ...io, runCommand: (again, other) => run(again, other, upParts) }
  const program = await createProgram(world, upParts, argv[0])
  let code = DONE
  program.hook('preAction', async (_program, command) => {
    const elsewhere = await runElsewhere(command, argv, io)
    if (elsewhere === undefined) return
    code = elsewhere
    throw new RanElsewhere()
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return DONE
  } catch (error) {
    if (error instanceof RanElsewhere) return code
    if (error instanceof CommanderError) return error.exitCode === 0 ? DONE : WRONG_USAGE
    report(error, io, argv.includes('--json'))
    return errorCode(error) === 'USAGE' ? WRONG_USAGE : FAILED
  }
}

/** Ends a command that another process has run. */
class RanElsewhere extends Error {
  override readonly name = 'RanElsewhere'
}

/** `word`: the first one, which may name a command; only what is needed to run it is loaded. */
async function createProgram(io: Io, upParts?: UpParts, word?: string): Promise<Command> {
  const program = addCommon(new Command('hamlet'))
    .description('A place on the internet for a group of people, with no server in the middle.')
    .version(VERSION, '--version')
    // Behind the name of a command, `--version` is that command's.
    .enablePositionalOptions()
    .showHelpAfterError('(see: hamlet --help)')
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHasColors: () => hasColour(io),
    })
    .exitOverride()
  await addFamilies(program, io, upParts, word)
  for (const command of program.commands) {
    if (!command.options.some(({ long }) => long === '--json')) addCommon(command)
  }
  return program
}

function report(error: unknown, io: Io, isJson: boolean): void {
  const code = errorCode(error) ?? 'INTERNAL'
  if (isJson) {
    const message = error instanceof Error ? error.message : String(error)
    const fields = error instanceof HamletError ? error.fields : {}
    io.stderr.write(`${JSON.stringify({ error: { code, message, fields } })}\n`)
    return
  }
  const colour = io.stderr.isTerminal && hasColour(io)
  const words = printableLines(errorWords(error))
  io.stderr.write(`${paint('hamlet:', 'red', colour)} ${words}\n`)
}
