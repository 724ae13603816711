/** Goal: any text is a document, in linear time, with nothing unsafe in it and nothing lost. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { INLINE_DEPTH_MAX, isSafeHref } from '../src/markdown-inline.ts'
import { QUOTE_DEPTH_MAX, markdownToText, parseMarkdown } from '../src/markdown.ts'
import type { MarkdownBlock, MarkdownInline } from '../src/markdown.ts'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const VECTORS = process.env.VECTORS_DIR ?? `${ROOT}../shared/vectors`
const NAUGHTY = 'naughty-strings/blns.json'

function checkBlocks(blocks: readonly MarkdownBlock[], depth = 0): void {
  assert.ok(depth <= QUOTE_DEPTH_MAX)
  for (const block of blocks) {
    if (block.type === 'paragraph') checkInlines(block.children)
    else if (block.type === 'quote') checkBlocks(block.children, depth + 1)
    else if (block.type === 'list') block.items.forEach((item) => checkInlines(item))
    else assert.match(block.language, /^[a-z0-9+#.-]*$/)
  }
}

function checkInlines(inlines: readonly MarkdownInline[], depth = 0): void {
  assert.ok(depth <= INLINE_DEPTH_MAX)
  for (const inline of inlines) {
    if (inline.type === 'link') assert.ok(isSafeHref(inline.href))
    if ('children' in inline) checkInlines(inline.children, depth + 1)
  }
}

function letters(text: string): string {
  return text.replaceAll(/[^\p{L}]/gu, '')
}

const MARKS = [
  '*',
  '**',
  '_',
  '__',
  '~~',
  '`',
  '``',
  '```',
  '\n',
  '\n\n',
  '> ',
  '- ',
  '1. ',
  '[',
  '](',
]
const TEXTS = [
  ')',
  'http://a.b',
  'mailto:x@y',
  '@',
  ' ',
  'a',
  'word',
  '\\',
  '😀',
  '<b>',
  '\u202e',
  '\ud800',
]
const pieces = fc.constantFrom(...MARKS, ...TEXTS)
const document = fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(''))

test('any text becomes a bounded tree of safe tokens', () => {
  fc.assert(
    fc.property(fc.oneof(document, fc.string({ unit: 'binary', maxLength: 200 })), (text) => {
      checkBlocks(parseMarkdown(text))
    }),
    { numRuns: 200 },
  )
})

test('text without marks comes back whole', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-gi-l ,.é😀]{0,80}$/u), (text) => {
      fc.pre(text.trim() !== '')
      assert.equal(markdownToText(parseMarkdown(text)), text)
    }),
  )
})

test('no letter of a paragraph is lost', () => {
  const marks = fc.constantFrom('*', '**', '_', '~~', '`', '[', ']', 'a', 'bc', ' ', '😀é')
  fc.assert(
    fc.property(fc.array(marks, { maxLength: 40 }), (parts) => {
      const text = `a${parts.join('')}`
      assert.equal(letters(markdownToText(parseMarkdown(text))), letters(text))
    }),
  )
})

test('hostile repetitions of 16 KiB take linear time', () => {
  const seeds = ['*', '**a', '_a ', '~~', '`', '`a``', '[', '[](', '](', '[a](http://', '@', '@a']
  const more = ['> ', '>', '- \n', 'http://', 'h', '\\', '```\n', '*_', '**_[~~', '1. ', ' ', '*a_']
  const startedAt = performance.now()
  for (const seed of [...seeds, ...more]) {
    const text = seed.repeat(Math.ceil(16_384 / seed.length))
    checkBlocks(parseMarkdown(text))
    checkBlocks(parseMarkdown(text, { names: ['a', 'b c'] }))
  }
  const elapsedMs = performance.now() - startedAt
  assert.ok(elapsedMs < 2000, `took ${elapsedMs} ms`)
})

test('naughty strings become safe documents', () => {
  const path = `${VECTORS}/${NAUGHTY}`
  if (!existsSync(path)) {
    console.log('SKIPPED naughty-strings: 515 vectors not present (VECTORS_DIR)')
    return
  }
  const strings = JSON.parse(readFileSync(path, 'utf8')) as readonly string[]
  for (const text of strings) checkBlocks(parseMarkdown(text))
  const manifest = JSON.parse(readFileSync(`${VECTORS}/manifest.json`, 'utf8')) as Manifest
  assert.equal(strings.length, manifest.files[NAUGHTY]?.cases)
})

interface Manifest {
  readonly files: Readonly<Record<string, { readonly cases?: number }>>
}
