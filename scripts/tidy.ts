/**
 * The tidy check: style rules that are about files rather than syntax, so that no reviewer has to think of them.
 *
 * What needs a parser is left to the linter (`.oxlintrc.json`): function length, ports-only globals, unsafe types.
 * Everything here reads text, line by line, and errs on the side of silence: a rule that cries wolf gets switched off.
 */

import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Finding } from './source-tree.ts'
import { isCode, listFiles, listPackageFolders, readText, reportFindings } from './source-tree.ts'

const LINES_MAX = 600

/** Generated files and tables, where length says nothing. */
const LENGTH_EXEMPT: readonly RegExp[] = [
  /^package-lock\.json$/,
  /(^|\/)(generated|vectors|fixtures)\//,
  /(^|\/)[a-z0-9-]+\.(generated|table)\.ts$/,
]

const TEXT_FILE = /\.(ts|tsx|mjs|css|html|md|json|yaml|yml|sh)$|^\.ci\//
const KEBAB_FILE = /^_?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9-]+)*$/
const KEBAB_FOLDER = /^[._]?[a-z0-9]+([-.][a-z0-9]+)*$/
const RE_EXPORT = /^export (type )?(\*( as \w+)?|\{[^}]*\}) from '[^']+'$/

interface LineRule {
  readonly pattern: RegExp
  readonly message: string
}

const EVERYWHERE: readonly LineRule[] = [
  {
    pattern: /(^|[\s'"`(=])\/(work|root|Users)\/|(^|[\s'"`(=])\/home\/[a-z]/,
    message: 'a path of one machine',
  },
]

const IN_CODE: readonly LineRule[] = [
  { pattern: /\b(TO(?:DO)|FIX(?:ME)|X{3})\b/, message: 'unfinished: do it or open an issue' },
  {
    pattern: /@ts-(ignore|nocheck)\b/,
    message: 'use @ts-expect-error with a reason, or mend the type',
  },
  {
    pattern: /@ts-expect-error\s*$|(oxlint|eslint)-disable(?!.* -- \S)/,
    message: 'switches a check off without a reason',
  },
  {
    pattern:
      /^\s*\/\/\s*((const|let|var)\s+[\w{[].*=|import\s.*\bfrom\s+['"]|(if|for|while|switch)\s*\(.*\)\s*\{|\}\s*else\b|return\b.*[;{(]$|await\s+[\w.]+\(.*\)$)/,
    message: 'commented-out code',
  },
]

const IN_TESTS: readonly LineRule[] = [
  {
    pattern: /\b(test|it|describe|suite|t)\.(only|skip|todo)\b/,
    message: 'a test that is switched off, or switches others off',
  },
  {
    pattern: /\b(test|it|describe|suite)\(.*[{,]\s*(only|skip|todo):/,
    message: 'a test that may be switched off',
  },
]

export function tidy(root: string): readonly Finding[] {
  const files = listFiles(root)
  return [
    ...files.flatMap(checkName),
    ...files.filter((file) => TEXT_FILE.test(file)).flatMap((file) => checkText(root, file)),
    ...checkPackages(root),
  ]
}

function checkName(file: string): readonly Finding[] {
  const findings: Finding[] = []
  const folders = dirname(file) === '.' ? [] : dirname(file).split('/')
  if (folders.some((folder) => !KEBAB_FOLDER.test(folder))) {
    findings.push({ file, message: 'folder names are kebab-case' })
  }
  if ((isCode(file) || file.endsWith('.css')) && !KEBAB_FILE.test(basename(file))) {
    findings.push({ file, message: 'file names are kebab-case' })
  }
  return findings
}

function checkText(root: string, file: string): readonly Finding[] {
  const text = readText(root, file)
  const lines = text.split('\n')
  const findings: Finding[] = []
  const isExempt = LENGTH_EXEMPT.some((pattern) => pattern.test(file))
  if (isCode(file) && lines.length - 1 > LINES_MAX && !isExempt) {
    findings.push({ file, message: `${lines.length - 1} lines; the limit is ${LINES_MAX}` })
  }
  if (file !== 'package-lock.json') findings.push(...checkLines(file, lines))
  if (/(^|\/)src\//.test(file) && isCode(file)) findings.push(...checkSource(file, text))
  return findings
}

function checkLines(file: string, lines: readonly string[]): readonly Finding[] {
  const rules = [
    ...EVERYWHERE,
    ...(isCode(file) ? IN_CODE : []),
    ...(file.endsWith('.test.ts') ? IN_TESTS : []),
  ]
  return lines.flatMap((line, index) =>
    rules
      .filter(({ pattern }) => pattern.test(line))
      .map(({ message }) => ({ file, line: index + 1, message })),
  )
}

function checkSource(file: string, text: string): readonly Finding[] {
  if (basename(file) === 'index.ts') {
    return onlyReExports(text) ? [] : [{ file, message: 'index.ts only re-exports' }]
  }
  const body = text.replace(/^#!.*\n/, '')
  const hasHeader = body.startsWith('/*') || body.startsWith('//')
  return hasHeader ? [] : [{ file, line: 1, message: 'opens without a header comment' }]
}

function onlyReExports(text: string): boolean {
  const bare = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const statements = bare.replace(/\s+/g, ' ').split(/(?=\bexport\b)/)
  return statements.every((statement) => {
    const trimmed = statement.trim()
    return trimmed === '' || RE_EXPORT.test(trimmed)
  })
}

function checkPackages(root: string): readonly Finding[] {
  return listPackageFolders(root).flatMap((folder) =>
    ['README.md', 'package.json']
      .filter((name) => !existsSync(join(root, folder, name)))
      .map((name) => ({ file: folder, message: `has no ${name}` })),
  )
}

if (import.meta.main) {
  reportFindings('tidy', tidy(dirname(dirname(fileURLToPath(import.meta.url)))))
}
