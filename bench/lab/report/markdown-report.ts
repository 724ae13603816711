/** The figures as a page of the documentation: the same findings and tables as the HTML report, without the plots. */

import type { LabResults } from '../results.ts'
import { findingsOf, LIMITS, METHODS, summaryOf } from './words.ts'
import { tablesOf } from './tables.ts'
import type { Table } from './tables.ts'

const WIDTH = 120
/** What would begin a list, a quotation or a heading at the start of a line. */
const LIST_MARK = /^(\d+[.)]|[-+*>]|#+)$/

export function renderMarkdown(results: LabResults): string {
  const parts = [
    '# The lab: what availability costs',
    'Written by `npm run lab`; edit `bench/lab`, not this page. ' +
      `Seed ${results.seed}${results.quick ? ', short plays' : ''}.`,
    ...section('What was found', summaryOf(results)),
    ...section('How it was measured', METHODS),
    ...results.worlds.flatMap((world) => [
      `## ${world.facts.title}`,
      ...world.facts.story,
      list(findingsOf(world)),
      ...tablesOf(world).flatMap(renderTable),
    ]),
    ...section('Limits of the study', LIMITS),
  ]
  return `${parts.map(wrap).join('\n\n')}\n`
}

function section(title: string, items: readonly string[]): string[] {
  return [`## ${title}`, list(items)]
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n')
}

function renderTable({ title, note, head, rows }: Table): string[] {
  const all = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, i) => Math.max(3, ...all.map((row) => row[i]!.length)))
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
  return [`### ${title}`, note, [line(all[0]!), rule, ...all.slice(1).map(line)].join('\n')]
}

/** Lines of at most `WIDTH`, with what belongs to a list item indented. */
function wrap(block: string): string {
  if (block.startsWith('|') || block.startsWith('#')) return block
  return block
    .split('\n')
    .map((line) => wrapLine(line, line.startsWith('- ') ? '  ' : ''))
    .join('\n')
}

function wrapLine(line: string, indent: string): string {
  const lines = ['']
  for (const word of line.split(' ')) {
    const current = lines.at(-1)!
    const isFirst = current === '' || current === indent
    const isFree = !isFirst && !LIST_MARK.test(word)
    if (isFree && current.length + 1 + word.length > WIDTH) lines.push(`${indent}${word}`)
    else lines[lines.length - 1] = isFirst ? `${current}${word}` : `${current} ${word}`
  }
  return lines.join('\n')
}
