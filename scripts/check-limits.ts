/**
 * The part of the docs check about claims that can rot: limits and the tests that cross them.
 *
 * 1. Every constant exported by a `limits.ts` is on `docs/limits.md`, and every constant named there is declared.
 * 2. On any page, a link to a test file followed on its line by titles in double quotes names tests of that file. A
 *    title may be what a template literal in the source gives, and has backquotes where the page needs them.
 */

import { existsSync } from 'node:fs'
import { basename, join, posix } from 'node:path'
import type { Finding } from './source-tree.ts'
import { listFiles, listPackageFolders, readText } from './source-tree.ts'

const LIMITS_PAGE = 'docs/limits.md'
const CONSTANT = /`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)`/g
const DECLARED = /\bconst ([A-Z][A-Z0-9_]+)\b/g
const EXPORTED = /^export const ([A-Z][A-Z0-9_]+)\b/gm
const CODE = /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)'/g
/** A link to a test file, or a title in double quotes. */
const TEST_OR_TITLE = /\]\(([^)#\s]+\.test\.tsx?)\)|"([^"]+)"/g
const TITLE =
  /\b(?:test|suite|it|describe)\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g

export function checkLimits(root: string): readonly Finding[] {
  if (!existsSync(join(root, LIMITS_PAGE))) return []
  const page = readText(root, LIMITS_PAGE)
  const files = sourceFiles(root)
  const listed = new Set(Array.from(page.matchAll(CONSTANT), ([, name]) => name!))
  return [...undeclared(root, page, files), ...unlisted(root, listed, files)]
}

export function checkNamedTests(root: string, page: string): readonly Finding[] {
  return readText(root, page)
    .split('\n')
    .flatMap((line, index) => {
      return namedIn(line, page)
        .filter(({ path, title }) => !hasTest(root, path, title))
        .map(({ path, title }) => {
          return { file: page, line: index + 1, message: `${path} has no test "${title}"` }
        })
    })
}

function sourceFiles(root: string): readonly string[] {
  return listPackageFolders(root).flatMap((folder) => {
    const src = join(root, folder, 'src')
    if (!existsSync(src)) return []
    const names = listFiles(src).filter((name) => /\.tsx?$/.test(name))
    return names.map((name) => `${folder}/src/${name}`)
  })
}

function undeclared(root: string, page: string, files: readonly string[]): readonly Finding[] {
  const known = new Set<string>()
  for (const file of files) {
    const text = readText(root, file)
    for (const pattern of [DECLARED, CODE]) {
      for (const [, name] of text.matchAll(pattern)) known.add(name!)
    }
  }
  return page.split('\n').flatMap((line, index) => {
    return Array.from(line.matchAll(CONSTANT), ([, name]) => name!)
      .filter((name) => !known.has(name))
      .map((name) => ({ file: LIMITS_PAGE, line: index + 1, message: `${name} is not declared` }))
  })
}

function unlisted(
  root: string,
  listed: ReadonlySet<string>,
  files: readonly string[],
): readonly Finding[] {
  return files
    .filter((file) => basename(file) === 'limits.ts')
    .flatMap((file) => {
      const text = readText(root, file)
      return Array.from(text.matchAll(EXPORTED))
        .filter(([, name]) => !listed.has(name!))
        .map((match) => {
          const line = text.slice(0, match.index).split('\n').length
          return { file, line, message: `${match[1]} is not on ${LIMITS_PAGE}` }
        })
    })
}

interface NamedTest {
  readonly path: string
  readonly title: string
}

/** Titles behind a link to a test file, up to the next such link. */
function namedIn(line: string, page: string): readonly NamedTest[] {
  let path: string | undefined
  return Array.from(line.matchAll(TEST_OR_TITLE)).flatMap(([, link, title]) => {
    if (link !== undefined) path = posix.join(posix.dirname(page), link)
    return path === undefined || title === undefined
      ? []
      : [{ path, title: title.replaceAll('`', '') }]
  })
}

function hasTest(root: string, path: string, title: string): boolean {
  if (!existsSync(join(root, path))) return false
  return Array.from(readText(root, path).matchAll(TITLE)).some(([, single, double, template]) => {
    if (template !== undefined) return templatePattern(template).test(title)
    return unescaped(single ?? double ?? '') === title
  })
}

function unescaped(literal: string): string {
  return literal.replace(/\\(.)/g, '$1')
}

function templatePattern(template: string): RegExp {
  const parts = template
    .split(/\$\{[^}]*\}/)
    .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('.+')}$`)
}
