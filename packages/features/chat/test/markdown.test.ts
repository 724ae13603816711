import assert from 'node:assert/strict'
import { test } from 'node:test'
import { markdownToText, parseMarkdown } from '../src/markdown.ts'
import { isSafeHref } from '../src/markdown-inline.ts'
import type { MarkdownBlock, MarkdownInline, MarkdownOptions } from '../src/markdown.ts'

/** The tree as short text: `b(…)` bold, `i(…)` italic, `s(…)` strike, `c(…)` code, `a(href|…)`, `@(…)`, `/` break. */
function show(text: string, options?: MarkdownOptions): string {
  return parseMarkdown(text, options).map(showBlock).join(' ')
}

function showBlock(block: MarkdownBlock): string {
  switch (block.type) {
    case 'paragraph':
      return `p(${showInlines(block.children)})`
    case 'quote':
      return `q(${block.children.map(showBlock).join(' ')})`
    case 'list': {
      const items = block.items.map((item) => `li(${showInlines(item)})`).join('')
      return block.ordered ? `ol${block.start}(${items})` : `ul(${items})`
    }
    case 'code-block':
      return `code[${block.language}](${block.text})`
  }
}

function showInlines(inlines: readonly MarkdownInline[]): string {
  return inlines.map(showInline).join('')
}

function showInline(inline: MarkdownInline): string {
  switch (inline.type) {
    case 'text':
      return inline.text
    case 'break':
      return '/'
    case 'code':
      return `c(${inline.text})`
    case 'mention':
      return `@(${inline.name})`
    case 'link':
      return `a(${inline.href}|${showInlines(inline.children)})`
    default:
      return `${inline.type[0]}(${showInlines(inline.children)})`
  }
}

const cases: readonly (readonly [what: string, text: string, tree: string])[] = [
  ['plain text', 'hello', 'p(hello)'],
  ['line breaks and paragraphs', 'a\nb\r\n\r\nc', 'p(a/b) p(c)'],
  ['bold, italic and strike', '**a** *b* _c_ __d__ ~~e~~', 'p(b(a) i(b) i(c) b(d) s(e))'],
  ['nested marks', '**a *b* c** ***d***', 'p(b(a i(b) c) b(i(d)))'],
  ['marks that do not close', '**a *b ~~c', 'p(**a *b ~~c)'],
  ['crossing marks', '**a *b** c*', 'p(b(a *b) c*)'],
  ['underscores inside words', 'snake_case_name 2*3*4', 'p(snake_case_name 2i(3)4)'],
  ['marks beside white space', '2 * 3 * 4 ** 5', 'p(2 * 3 * 4 ** 5)'],
  ['runs of marks', '**** ~~~~ ___ ~a~', 'p(**** ~~~~ ___ ~a~)'],
  ['inline code keeps marks', '`**a**` `` b`c `` `open', 'p(c(**a**) c(b`c) `open)'],
  ['escapes', String.raw`\*a\* \` \\ \n`, String.raw`p(*a* ${'`'} \ \n)`],
  ['an escaped backtick before others', '\\``` x', 'p(``` x)'],
  ['fenced code', '```ts\na *b*\n> c\n```\nd', 'code[ts](a *b*\n> c) p(d)'],
  ['unclosed fences', 'x\n~~~\ncode', 'p(x) code[](code)'],
  ['longer fences', '````\n```\n````', 'code[](```)'],
  ['quotes', '> a\n> > b\nc', 'q(p(a) q(p(b))) p(c)'],
  ['quotes too deep', '>>>>>> a', 'q(q(q(q(p(>> a)))))'],
  ['lists', '- a\n  more\n* b\n\n3. c\n4) d', 'ul(li(a/more)li(b)) ol3(li(c)li(d))'],
  ['a dash is no list', '-a\n- \n2021. x', 'p(-a/- ) ol2021(li(x))'],
  [
    'links',
    '[a *b*](https://x.y/z) [c](mailto:d@e.f)',
    'p(a(https://x.y/z|a i(b)) a(mailto:d@e.f|c))',
  ],
  [
    'unsafe links',
    '[a](javascript:x) [b](/c) [d](data:x)',
    'p([a](javascript:x) [b](/c) [d](data:x))',
  ],
  [
    'bare links',
    'see https://x.y/a_b_c(d), (http://z).',
    'p(see a(https://x.y/a_b_c(d)|https://x.y/a_b_c(d)), (a(http://z|http://z)).)',
  ],
  ['links inside links', '[https://a.b](https://c.d)', 'p(a(https://c.d|https://a.b))'],
  ['HTML is text', '<b onclick="x">&amp;</b>', 'p(<b onclick="x">&amp;</b>)'],
  ['mentions', '@ann, me@host @ @é.', 'p(@(ann), me@host @ @(é).)'],
]

for (const [what, text, tree] of cases) {
  test(`parses ${what}`, () => {
    assert.equal(show(text), tree)
  })
}

test('recognises known names with spaces, the longest first', () => {
  const names = ['Ann', 'Ann Lee', '']
  assert.equal(show('@ann lee @Annika @ANN!', { names }), 'p(@(ann lee) @Annika @(ANN)!)')
})

test('gives the text without marks', () => {
  assert.equal(
    markdownToText(parseMarkdown('> **a** `b`\n\n- @c\n- [d](http://e.f)')),
    'a b\n@c\nd',
  )
})

test('links are http, https or mailto and nothing else', () => {
  for (const href of ['http://a', 'HTTPS://a/b?c#d', 'mailto:a@b']) assert.ok(isSafeHref(href))
  for (const href of [
    '',
    'javascript:alert(1)',
    ' http://a',
    'http://',
    'http://a\nb',
    'http://a\u0000',
    'file:///etc/passwd',
    'vbscript:x',
    'data:text/html,x',
    `http://${'a'.repeat(2048)}`,
  ]) {
    assert.ok(!isSafeHref(href), href)
  }
})
