/** The world of a real process. SIGINT and SIGTERM ask the command to end; a second one ends the process at once. */

import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { addAbortSignal } from 'node:stream'
import { text } from 'node:stream/consumers'
import { isatty } from 'node:tty'

import type { FileAccess, Io, Output } from './io.ts'

export function createProcessIo(): Io {
  const abort = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => abort.abort())
  }
  // A reader such as `head` may leave before everything is written; that is its right.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
  })
  return {
    stdout: outputOf(process.stdout, 1),
    stderr: outputOf(process.stderr, 2),
    readStdin: () => text(process.stdin),
    stdinBytes: () => addAbortSignal(abort.signal, process.stdin),
    files: processFiles(),
    ask: process.stdin.isTTY && process.stderr.isTTY ? askOnTerminal : undefined,
    env: process.env,
    homeDirectory: homedir(),
    platform: process.platform,
    nowMs: () => Date.now(),
    signal: abort.signal,
  }
}

export function processFiles(): FileAccess {
  const directory = process.cwd()
  return {
    directory,
    bytes: (path) => createReadStream(resolve(directory, path)),
    async size(path) {
      const found = await stat(resolve(directory, path))
      return found.isFile() ? found.size : undefined
    },
  }
}

/** The question goes to standard error: standard output is for answers. */
async function askOnTerminal(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await lines.question(question)
  } finally {
    lines.close()
  }
}

function outputOf(stream: NodeJS.WriteStream, fd: number): Output {
  return {
    write: (chunk) => void stream.write(chunk),
    async drained() {
      if (stream.writableNeedDrain) await once(stream, 'drain')
    },
    isTerminal: isatty(fd),
  }
}
