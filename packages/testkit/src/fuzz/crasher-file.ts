/**
 * A crasher as a file: `<folder>/<target>/<first digits of its hash>.hex`, comment lines with `#`, then hex digits.
 *
 * The problem is written down as it was found; once mended, the file is the test that it stays so.
 */

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bytesToHex, hexToBytes } from '@hamlet/core'
import type { Crasher } from './fuzz-target.ts'

const LINE_DIGITS = 96
const NAME_DIGITS = 12

export function crasherPath(folder: string, target: string, input: Uint8Array): string {
  const hash = createHash('sha256').update(input).digest('hex')
  return join(folder, target, `${hash.slice(0, NAME_DIGITS)}.hex`)
}

export function writeCrasher(folder: string, target: string, { input, problem }: Crasher): string {
  const path = crasherPath(folder, target, input)
  const comment = problem.split('\n').map((line) => `# ${line}\n`)
  const lines = bytesToHex(input).match(new RegExp(`.{1,${LINE_DIGITS}}`, 'g')) ?? []
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, `${comment.join('')}${lines.join('\n')}\n`)
  return path
}

export function readCrasher(path: string): Crasher {
  const lines = readFileSync(path, 'utf8').split('\n')
  const comments = lines.filter((line) => line.startsWith('#'))
  const hex = lines
    .filter((line) => !line.startsWith('#'))
    .join('')
    .trim()
  const problem = comments.map((line) => line.slice(2)).join('\n')
  return { input: hexToBytes(hex), problem }
}
