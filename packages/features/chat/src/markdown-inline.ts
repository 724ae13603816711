/**
 * Marks inside a paragraph.
 *
 * The idea: one pass with a stack of open marks. A closing mark takes the nearest open one of its kind; what was opened
 * after that turns back into text, and so does whatever is open at the end. Each step looks at a bounded piece of text
 * or consumes what it looked at, and a token moves to its parent at most `INLINE_DEPTH_MAX` times: linear time.
 */

import type { MarkdownInline, MarkdownOptions } from './markdown-tokens.ts'

export const INLINE_DEPTH_MAX = 16
const HREF_LENGTH_MAX = 2048
const NAMES_MAX = 1000
/** Places where a known name is looked for; later ones stay text. */
const MENTIONS_TRIED_MAX = 256
/** All that matters of a run of marks is whether it is one, two or more. */
const MARK_RUN_MAX = 3

type EmphasisMark = '**' | '__' | '*' | '_' | '~~'
type Mark = EmphasisMark | '['

interface Frame {
  readonly mark: Mark | undefined
  readonly children: MarkdownInline[]
}

const TYPE_BY_MARK = {
  '**': 'bold',
  __: 'bold',
  '*': 'italic',
  _: 'italic',
  '~~': 'strike',
} as const

const WORD = /[\p{L}\p{N}\p{M}_]/u
const PUNCTUATION = /[!-/:-@[-`{-~]/
const SPACE = /\s/
/** Everything up to here is text: the next character may mean something. */
const PLAIN = /[^\\`*_~[\]@hHmM\n]+/y
const BARE_LINK = /(?:https?:\/\/|mailto:)[^\s<>"`\p{Cc}]{1,2048}/iuy
const TARGET = /\]\(([^\s()<>\p{Cc}]{1,2048})\)/uy
const HREF = /^(?:https?:\/\/|mailto:)[^\s\p{Cc}]+$/iu
const ANY_NAME = /[\p{L}\p{N}](?:[\p{L}\p{N}\p{M}_.-]{0,62}[\p{L}\p{N}\p{M}_])?/uy

export function parseInline(text: string, options: MarkdownOptions): readonly MarkdownInline[] {
  return new InlineParser(text, options).parse()
}

/** Whether a face may show it as a link: http, https or mailto, nothing invisible in it. */
export function isSafeHref(href: string): boolean {
  return href.length <= HREF_LENGTH_MAX && HREF.test(href)
}

class InlineParser {
  readonly #text: string
  readonly #names: readonly string[] | undefined
  readonly #ticks: ReadonlyMap<number, number[]>
  readonly #stack: Frame[] = [{ mark: undefined, children: [] }]
  readonly #open = new Map<Mark, number>()
  #mentionsTried = 0
  #at = 0

  constructor(text: string, options: MarkdownOptions) {
    this.#text = text
    this.#names = options.names
      ?.filter((name) => name !== '')
      .slice(0, NAMES_MAX)
      .toSorted((a, b) => b.length - a.length)
    this.#ticks = tickRuns(text)
  }

  parse(): readonly MarkdownInline[] {
    while (this.#at < this.#text.length) this.#step()
    while (this.#stack.length > 1) this.#unwind()
    return this.#stack[0]!.children
  }

  #step(): void {
    const plain = this.#match(PLAIN)
    if (plain !== undefined) return this.#take(plain[0])
    const character = this.#text[this.#at]!
    if (character === '\n') this.#push({ type: 'break' }, 1)
    else if (character === '\\') this.#escape()
    else if (character === '`') this.#code()
    else if (character === '@') this.#mention()
    else if (character === '[') this.#openMark('[')
    else if (character === ']') this.#closeLink()
    else if (character === '*' || character === '_' || character === '~') this.#emphasis(character)
    else this.#bareLink()
  }

  #escape(): void {
    const next = this.#text[this.#at + 1]
    if (next === undefined || !PUNCTUATION.test(next)) return this.#take('\\')
    this.#addText(next)
    this.#at += 2
  }

  #code(): void {
    const length = runLength(this.#text, this.#at)
    const start = this.#at + length
    // An escaped backtick can cut a run, whose rest then has a length of its own.
    const runs = this.#ticks.get(length) ?? []
    while (runs.length > 0 && runs.at(-1)! < start) runs.pop()
    const end = runs.at(-1)
    if (end === undefined) return this.#take('`'.repeat(length))
    const code = this.#text.slice(start, end).replaceAll('\n', ' ')
    const padded = code.length > 2 && code.startsWith(' ') && code.endsWith(' ')
    this.#push({ type: 'code', text: padded ? code.slice(1, -1) : code }, end + length - this.#at)
  }

  #mention(): void {
    const name = this.#isWord(this.#at - 1) ? undefined : this.#nameAt(this.#at + 1)
    if (name === undefined) return this.#take('@')
    this.#push({ type: 'mention', name }, 1 + name.length)
  }

  #nameAt(at: number): string | undefined {
    if (this.#mentionsTried++ >= MENTIONS_TRIED_MAX) return undefined
    if (this.#names === undefined) return matchAt(ANY_NAME, this.#text, at)?.[0]
    const name = this.#names.find((each) => {
      const candidate = this.#text.slice(at, at + each.length)
      return candidate.toLowerCase() === each.toLowerCase() && !this.#isWord(at + each.length)
    })
    return name && this.#text.slice(at, at + name.length)
  }

  #bareLink(): void {
    const found = this.#isWord(this.#at - 1) ? undefined : this.#match(BARE_LINK)
    const href = found && trimLink(found[0])
    if (href === undefined || !isSafeHref(href) || this.#open.get('[')) {
      return this.#take(this.#text[this.#at]!)
    }
    this.#push({ type: 'link', href, children: [{ type: 'text', text: href }] }, href.length)
  }

  #closeLink(): void {
    const target = this.#open.get('[') ? this.#match(TARGET) : undefined
    if (target === undefined || !isSafeHref(target[1]!)) return this.#take(']')
    while (this.#stack.at(-1)!.mark !== '[') this.#unwind()
    const { children } = this.#pop()
    this.#push({ type: 'link', href: target[1]!, children }, target[0].length)
  }

  #emphasis(character: '*' | '_' | '~'): void {
    const length = runLength(this.#text, this.#at, MARK_RUN_MAX)
    const mark = this.#markHere(character, length)
    if (mark === undefined) return this.#take(character.repeat(length))
    const before = this.#text[this.#at - 1]
    const after = this.#text[this.#at + mark.length]
    const insideWord = mark.startsWith('_') && this.#isWord(this.#at - 1)
    const canClose = before !== undefined && !SPACE.test(before)
    const endsWord = !mark.startsWith('_') || !this.#isWord(this.#at + mark.length)
    if (canClose && endsWord && this.#open.get(mark)) return this.#closeMark(mark)
    if (after === undefined || SPACE.test(after) || insideWord) return this.#take(mark)
    this.#openMark(mark)
  }

  /** Of three or more marks the inner one closes first, if it was opened last. */
  #markHere(character: '*' | '_' | '~', length: number): EmphasisMark | undefined {
    if (character === '~') return length === 2 ? '~~' : undefined
    const double = character === '*' ? '**' : '__'
    if (length === 1 || (length !== 2 && this.#stack.at(-1)!.mark === character)) return character
    return double
  }

  #openMark(mark: Mark): void {
    const nested = mark === '[' && this.#open.get('[')
    if (this.#stack.length > INLINE_DEPTH_MAX || nested) return this.#take(mark)
    this.#stack.push({ mark, children: [] })
    this.#open.set(mark, (this.#open.get(mark) ?? 0) + 1)
    this.#at += mark.length
  }

  #closeMark(mark: EmphasisMark): void {
    while (this.#stack.at(-1)!.mark !== mark) this.#unwind()
    const { children } = this.#pop()
    if (children.length === 0) this.#take(`${mark}${mark}`, mark.length)
    else this.#push({ type: TYPE_BY_MARK[mark], children }, mark.length)
  }

  #pop(): Frame {
    const frame = this.#stack.pop()!
    const mark = frame.mark!
    this.#open.set(mark, this.#open.get(mark)! - 1)
    return frame
  }

  /** Gives up the mark opened last: it and what followed it are part of what is around them. */
  #unwind(): void {
    const { mark, children } = this.#pop()
    this.#addText(mark!)
    for (const child of children) this.#add(child)
  }

  #take(text: string, length: number = text.length): void {
    this.#addText(text)
    this.#at += length
  }

  #push(inline: MarkdownInline, length: number): void {
    this.#add(inline)
    this.#at += length
  }

  #add(inline: MarkdownInline): void {
    if (inline.type === 'text') this.#addText(inline.text)
    else this.#stack.at(-1)!.children.push(inline)
  }

  #addText(text: string): void {
    const { children } = this.#stack.at(-1)!
    const last = children.at(-1)
    if (last?.type === 'text')
      children[children.length - 1] = { type: 'text', text: last.text + text }
    else children.push({ type: 'text', text })
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    return matchAt(pattern, this.#text, this.#at)
  }

  #isWord(index: number): boolean {
    const character = this.#text[index]
    if (character === undefined) return false
    const code = this.#text.codePointAt(isLowSurrogate(character) ? index - 1 : index)
    return code !== undefined && WORD.test(String.fromCodePoint(code))
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at
  return pattern.exec(text) ?? undefined
}

function runLength(text: string, at: number, max = Infinity): number {
  let end = at + 1
  while (end - at < max && text[end] === text[at]) end++
  return end - at
}

/** Where runs of backticks of each length begin, last first. */
function tickRuns(text: string): ReadonlyMap<number, number[]> {
  const runs = new Map<number, number[]>()
  for (let at = text.indexOf('`'); at >= 0;) {
    const length = runLength(text, at)
    const starts = runs.get(length) ?? []
    starts.push(at)
    runs.set(length, starts)
    at = text.indexOf('`', at + length)
  }
  for (const starts of runs.values()) starts.reverse()
  return runs
}

/** A link in running text ends before the sentence's punctuation; a closing bracket stays if it was opened inside. */
function trimLink(href: string): string {
  let closers = 0
  for (const character of href) closers += character === ')' ? 1 : character === '(' ? -1 : 0
  let end = href.length
  for (; end > 0; end--) {
    const last = href[end - 1]!
    if (last === ')' && closers-- > 0) continue
    if (!/[.,;:!?'*_~\]}]/.test(last)) break
  }
  return href.slice(0, end)
}

function isLowSurrogate(character: string): boolean {
  return (character.charCodeAt(0) & 0xfc00) === 0xdc00
}
