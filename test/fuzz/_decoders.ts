/** The functions of the sources whose names say that they take something from outside: found by pattern, not by parsing. */

import { globSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const SOURCES = [
  'packages/*/*/src/**/*.ts',
  'packages/peer/src/**/*.ts',
  'apps/*/src/**/*.{ts,tsx}',
]
const NAME = '(?:decode|open|parse|read|verify|unlock|load|restore)(?![a-z])[A-Za-z0-9]*'
const FUNCTION = new RegExp(`^export (?:async )?function\\*? (${NAME})\\b`, 'gm')
const METHOD = new RegExp(`^ {2}static (?:async )?(${NAME})\\(`, 'gm')

/** `<file>#<function>` of exported functions and static methods, ascending. */
export function listDecoders(): readonly string[] {
  const files = globSync(SOURCES, { cwd: root }).filter(
    (file) => !file.startsWith('packages/testkit'),
  )
  const found = files.flatMap((file) => {
    const text = readFileSync(`${root}/${file}`, 'utf8')
    return [FUNCTION, METHOD].flatMap((pattern) =>
      [...text.matchAll(pattern)].map(([, name]) => `${file}#${name}`),
    )
  })
  return found.sort()
}
