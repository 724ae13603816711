/**
 * The part of Markdown that chat shows: paragraphs, line breaks, quotes, lists, fenced code, and inside them bold,
 * italic, strike, code, links and mentions.
 *
 * Unlike CommonMark a line break is a break, lists do not nest, and raw HTML is text. Every text is a valid document.
 *
 * Invariants:
 * 1. The result is made of strings and never of HTML; whoever draws it escapes as for any text.
 * 2. Time is linear in the text: lines are looked at once for each of at most `QUOTE_DEPTH_MAX` quotes around them.
 * 3. Quotes nest at most `QUOTE_DEPTH_MAX` deep, inline marks `INLINE_DEPTH_MAX`; what is deeper stays text.
 */

import { parseInline } from './markdown-inline.ts'
import type { MarkdownBlock, MarkdownInline, MarkdownOptions } from './markdown-tokens.ts'

export type { MarkdownBlock, MarkdownInline, MarkdownOptions } from './markdown-tokens.ts'

export const QUOTE_DEPTH_MAX = 4

const FENCE = /^ {0,3}(`{3,}|~{3,}) {0,8}([a-zA-Z0-9+#.-]{0,32})\s*$/
const QUOTE = /^ {0,3}> ?/
const ITEM = /^ {0,3}(?:[-*+]|(\d{1,9})[.)]) +(?=\S)/
const CONTINUATION = /^ {2,}(?=\S)/
const BLANK = /^\s*$/

export function parseMarkdown(
  text: string,
  options: MarkdownOptions = {},
): readonly MarkdownBlock[] {
  return new BlockParser(text.split(/\r\n|[\n\r]/), options, 0).parse()
}

/** The text a document shows, without marks: for notifications and previews. */
export function markdownToText(blocks: readonly MarkdownBlock[]): string {
  return blocks.map(blockText).join('\n')
}

class BlockParser {
  readonly #lines: readonly string[]
  readonly #options: MarkdownOptions
  readonly #depth: number
  readonly #blocks: MarkdownBlock[] = []
  #paragraph: string[] = []
  #at = 0

  constructor(lines: readonly string[], options: MarkdownOptions, depth: number) {
    this.#lines = lines
    this.#options = options
    this.#depth = depth
  }

  parse(): readonly MarkdownBlock[] {
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at]!
      if (this.#startsBlock(line)) this.#endParagraph()
      if (FENCE.test(line)) this.#code(line)
      else if (this.#isQuote(line)) this.#quote()
      else if (ITEM.test(line)) this.#list(line)
      else this.#text(line)
    }
    this.#endParagraph()
    return this.#blocks
  }

  #startsBlock(line: string): boolean {
    return BLANK.test(line) || FENCE.test(line) || this.#isQuote(line) || ITEM.test(line)
  }

  #isQuote(line: string): boolean {
    return this.#depth < QUOTE_DEPTH_MAX && QUOTE.test(line)
  }

  #text(line: string): void {
    if (!BLANK.test(line)) this.#paragraph.push(line)
    this.#at++
  }

  #endParagraph(): void {
    if (this.#paragraph.length === 0) return
    this.#blocks.push({ type: 'paragraph', children: this.#inline(this.#paragraph) })
    this.#paragraph = []
  }

  #code(opening: string): void {
    const [, fence = '', language = ''] = FENCE.exec(opening) ?? []
    const body: string[] = []
    this.#at++
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at++]!
      if (closesFence(line, fence)) break
      body.push(line)
    }
    this.#blocks.push({
      type: 'code-block',
      language: language.toLowerCase(),
      text: body.join('\n'),
    })
  }

  #quote(): void {
    const inner: string[] = []
    while (this.#at < this.#lines.length && QUOTE.test(this.#lines[this.#at]!)) {
      inner.push(this.#lines[this.#at++]!.replace(QUOTE, ''))
    }
    const children = new BlockParser(inner, this.#options, this.#depth + 1).parse()
    this.#blocks.push({ type: 'quote', children })
  }

  #list(first: string): void {
    const number = ITEM.exec(first)?.[1]
    const ordered = number !== undefined
    const items: (readonly MarkdownInline[])[] = []
    while (this.#at < this.#lines.length) {
      const found = ITEM.exec(this.#lines[this.#at]!)
      if (found === null || (found[1] !== undefined) !== ordered) break
      items.push(this.#inline(this.#itemLines()))
    }
    const start = ordered ? Number.parseInt(number, 10) : 1
    this.#blocks.push({ type: 'list', ordered, start, items })
  }

  #itemLines(): readonly string[] {
    const lines = [this.#lines[this.#at++]!.replace(ITEM, '')]
    while (this.#at < this.#lines.length) {
      const line = this.#lines[this.#at]!
      if (!CONTINUATION.test(line) || this.#startsBlock(line)) break
      lines.push(line.replace(CONTINUATION, ''))
      this.#at++
    }
    return lines
  }

  #inline(lines: readonly string[]): readonly MarkdownInline[] {
    return parseInline(lines.join('\n'), this.#options)
  }
}

function closesFence(line: string, fence: string): boolean {
  const found = FENCE.exec(line)
  return found !== null && found[2] === '' && found[1]!.startsWith(fence)
}

function blockText(block: MarkdownBlock): string {
  switch (block.type) {
    case 'paragraph':
      return inlineText(block.children)
    case 'quote':
      return markdownToText(block.children)
    case 'list':
      return block.items.map(inlineText).join('\n')
    case 'code-block':
      return block.text
  }
}

function inlineText(inlines: readonly MarkdownInline[]): string {
  return inlines
    .map((inline) => {
      if (inline.type === 'break') return '\n'
      if (inline.type === 'mention') return `@${inline.name}`
      return 'text' in inline ? inline.text : inlineText(inline.children)
    })
    .join('')
}
