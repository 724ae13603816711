/**
 * The docs check: what the pages say of the source is compared with the source, both ways.
 *
 * 1. Every error code, a literal in an `errors.ts` of some package, has a line in that package's section of
 *    `docs/errors.md`, and every line there names a code that exists.
 * 2. Every relative link in a Markdown file leads to a file, and its anchor to a heading.
 * 3. Limits and the tests that a page names exist (`check-limits.ts`).
 *
 * That the examples in the READMEs run is a test (`test/readme-examples.test.ts`).
 */

import { existsSync } from 'node:fs'
import { basename, dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkLimits, checkNamedTests } from './check-limits.ts'
import type { Finding } from './source-tree.ts'
import { listFiles, listPackageFolders, readText, reportFindings } from './source-tree.ts'

interface Code {
  readonly code: string
  /** The package's short name, which is also its heading: `core`. */
  readonly section: string
  readonly file: string
  readonly line: number
}

const ERRORS_PAGE = 'docs/errors.md'
const CODE_LITERAL = /'([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)'/
const CODE_ENTRY = /^\s*(?:[-*]\s+|\|\s*|#{3,}\s+)?`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)`/
const LINK = /\[[^\]\n]*\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g

export function checkDocs(root: string): readonly Finding[] {
  const pages = listFiles(root).filter((file) => file.endsWith('.md'))
  return [
    ...checkErrorCodes(root),
    ...checkLimits(root),
    ...pages.flatMap((page) => [...checkLinks(root, page), ...checkNamedTests(root, page)]),
  ]
}

function checkErrorCodes(root: string): readonly Finding[] {
  const declared = listPackageFolders(root).flatMap((folder) => codesInSource(root, folder))
  const listed = existsSync(join(root, ERRORS_PAGE)) ? codesOnPage(root) : []
  const declaredKeys = new Set(declared.map(keyOf))
  const listedKeys = new Set(listed.map(keyOf))
  const missing = declared.filter((each) => !listedKeys.has(keyOf(each)))
  const stale = listed.filter((each) => !declaredKeys.has(keyOf(each)))
  return [
    ...missing.map(({ code, section, file, line }) => ({
      file,
      line,
      message: `${code} is not listed under "${section}" in ${ERRORS_PAGE}`,
    })),
    ...stale.map(({ code, section, file, line }) => ({
      file,
      line,
      message: `${code} is not declared by package "${section}"`,
    })),
  ]
}

function keyOf({ section, code }: Code): string {
  return `${section}/${code}`
}

function codesInSource(root: string, folder: string): readonly Code[] {
  const src = join(root, folder, 'src')
  if (!existsSync(src)) return []
  const files = listFiles(src).filter((name) => basename(name) === 'errors.ts')
  return files.flatMap((name) => {
    const file = `${folder}/src/${name}`
    return codesByLine(readText(root, file), new RegExp(CODE_LITERAL, 'g')).map((found) => ({
      ...found,
      section: basename(folder),
      file,
    }))
  })
}

function codesOnPage(root: string): readonly Code[] {
  let section = ''
  const codes: Code[] = []
  for (const [index, line] of readText(root, ERRORS_PAGE).split('\n').entries()) {
    section = /^## (.+)$/.exec(line)?.[1]?.trim() ?? section
    const code = CODE_ENTRY.exec(line)?.[1]
    if (code !== undefined) codes.push({ code, section, file: ERRORS_PAGE, line: index + 1 })
  }
  return codes
}

/** Each code once, at the first line outside a comment that has it. */
function codesByLine(text: string, pattern: RegExp): readonly { code: string; line: number }[] {
  const lineByCode = new Map<string, number>()
  for (const [index, line] of text.split('\n').entries()) {
    if (/^\s*(\/?\*|\/\/)/.test(line)) continue
    for (const match of line.matchAll(pattern)) {
      const code = match[1] ?? ''
      if (!lineByCode.has(code)) lineByCode.set(code, index + 1)
    }
  }
  return [...lineByCode].map(([code, line]) => ({ code, line }))
}

function checkLinks(root: string, page: string): readonly Finding[] {
  const findings: Finding[] = []
  for (const [index, line] of withoutFences(readText(root, page)).split('\n').entries()) {
    for (const match of line.replace(/`[^`]*`/g, '').matchAll(LINK)) {
      const message = judgeLink(root, page, match[1] ?? '')
      if (message !== undefined) findings.push({ file: page, line: index + 1, message })
    }
  }
  return findings
}

function judgeLink(root: string, page: string, link: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return undefined
  const [path = '', anchor = ''] = link.split('#')
  const target = path === '' ? page : posix.join(posix.dirname(page), decodeURIComponent(path))
  if (!existsSync(join(root, target))) return `${link} leads nowhere`
  if (anchor === '' || !target.endsWith('.md')) return undefined
  return anchorsOf(readText(root, target)).has(anchor) ? undefined : `${link} has no such heading`
}

/** Headings as GitHub names them: lower case, punctuation dropped, spaces to hyphens. */
function anchorsOf(text: string): ReadonlySet<string> {
  const headings = withoutFences(text).matchAll(/^#{1,6} +(.+?) *$/gm)
  return new Set(
    [...headings].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  )
}

/** The text with fenced blocks emptied, line numbers kept. */
function withoutFences(text: string): string {
  return text.replace(/^```[\s\S]*?^```/gm, (block) => block.replace(/[^\n]/g, ''))
}

if (import.meta.main) {
  reportFindings('docs', checkDocs(dirname(dirname(fileURLToPath(import.meta.url)))))
}
