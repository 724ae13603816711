/** Targets of `chat`: contents, Markdown, searches, mentions, pages of the index, keys. */

import { decodeCbor, encodeCbor, parseId, utf8 } from '@hamlet/core'
import {
  CHAT_MENTIONS_MAX,
  CHAT_TYPES,
  chatDraft,
  decodeChat,
  findMentions,
  markdownToText,
  parseMarkdown,
} from '@hamlet/chat'
import type { ChatContent, MarkdownBlock } from '@hamlet/chat'
import {
  bytesToText,
  judgeDecoder,
  require,
  requireBounded,
  requireSameBytes,
} from '@hamlet/testkit/fuzz'
import type { FuzzTarget } from '@hamlet/testkit/fuzz'
import { keyId, keyPosition, positionText } from '@hamlet/space/view'
import { isSafeHref, parseInline } from '../../../packages/features/chat/src/markdown-inline.ts'
import { matchesSearch, parseSearch, textWords } from '../../../packages/features/chat/src/words.ts'
import { encodeWordPage, findPlaces } from '../../../packages/features/chat/src/word-page.ts'
import { cbors, filled, filledId, texts } from '../_material.ts'
import { decodeTyped } from '../_typed.ts'

const SOURCE = 'packages/features/chat/src'
const POSITIONS = 'packages/group/space/src/view/entry-position.ts'
const id = filledId(1)

const CONTENTS: readonly ChatContent[] = [
  { kind: 'room', name: 'General' },
  { kind: 'rename', room: id, name: 'Büro' },
  { kind: 'message', room: id, text: 'Milk is out', replyTo: filledId(2), mentions: [filledId(3)] },
  { kind: 'message', room: id, text: '😀', replyTo: undefined, mentions: [] },
  {
    kind: 'message',
    room: id,
    text: '',
    replyTo: undefined,
    mentions: [],
    attachments: [
      {
        name: 'cat.png',
        mediaType: 'image/png',
        sizeBytes: 5000,
        root: filled(1),
        key: filled(2),
      },
    ],
  },
  { kind: 'edit', target: id, text: 'Milk is back' },
  { kind: 'delete', target: id },
  {
    kind: 'react',
    target: id,
    emoji: '👍',
    on: true,
    observed: [{ replica: filledId(4), seq: 7 }],
  },
  { kind: 'read', room: id, upTo: { time: { milliseconds: 5, counter: 6 }, id: filledId(5) } },
]

/** An input is `[type, value]`, as a content is. */
const contents: FuzzTarget = {
  name: 'chat/content',
  decoders: [`${SOURCE}/content.ts#decodeChat`],
  form: 'cbor',
  seeds: CONTENTS.map((content) => {
    const { type, value } = chatDraft(content)
    return encodeCbor([type, value])
  }),
  words: texts(...CHAT_TYPES.keys()),
  run: (input) =>
    judgeDecoder(input, decodeTyped(decodeChat), {
      encode(content) {
        const { type, value } = chatDraft(content)
        return encodeCbor([type, value])
      },
    }),
}

const people = [
  { person: filledId(1), name: 'Ann' },
  { person: filledId(2), name: 'Ann Lee' },
  { person: filledId(3), name: 'İstanbul' },
  { person: filledId(4), name: '家族' },
]

const markdown: FuzzTarget = {
  name: 'chat/markdown',
  decoders: [
    `${SOURCE}/markdown.ts#parseMarkdown`,
    `${SOURCE}/markdown-inline.ts#parseInline`,
    `${SOURCE}/markdown-inline.ts#isSafeHref`,
  ],
  form: 'text',
  seeds: texts(
    'Hello **bold** and *italic*, `code`, ~~gone~~ https://example.com/a?b=c.',
    '> quote\n> > deeper\n\n- one\n- two\n  more\n\n1. first\n2. second',
    '```ts\nconst a = 1\n```\n~~~\nb\n~~~',
    '[link](https://example.com "title") @Ann Lee, @Ann! \\*not\\* <b>html</b>',
  ),
  words: texts(
    '**',
    '__',
    '~~',
    '```',
    '~~~',
    '> ',
    '- ',
    '1. ',
    '[a](',
    ')',
    'https://',
    '@Ann',
    '\\',
    '<',
  ),
  run(input) {
    const text = bytesToText(input)
    const blocks = parseMarkdown(text, { names: people.map(({ name }) => name) } as object)
    requireBounded(blocks, input.length)
    checkBlocks(blocks)
    require(markdownToText(blocks).length <= 2 * text.length + 16, 'more text than was given')
    parseInline(text, {})
    return 'accepted'
  },
}

/** Links lead where a page may lead; nesting ends. */
function checkBlocks(blocks: readonly MarkdownBlock[]): void {
  const json = JSON.stringify(blocks)
  for (const [, href] of json.matchAll(/"href":"((?:[^"\\]|\\.)*)"/g)) {
    const link = JSON.parse(`"${href}"`) as string
    require(isSafeHref(link), `a link that is not safe: ${link}`)
    require(/^(https?|mailto|hamlet):/i.test(link), `a link of another scheme: ${link}`)
  }
}

const searches: FuzzTarget = {
  name: 'chat/search',
  decoders: [`${SOURCE}/words.ts#parseSearch`],
  form: 'text',
  seeds: texts('milk', 'Straße ﬁne', '家族 の', 'a b c', 'ÀÉ'),
  run(input) {
    const text = bytesToText(input)
    const search = parseSearch(text)
    require(search.words.length <= 16, 'a search of too many words')
    const words = textWords(text)
    for (const word of search.words) {
      require(word.isWellFormed() && utf8(word).length <= 255, 'a word that does not fit its page')
    }
    // Every word of a search that is cut off at sixteen still occurs in its own text.
    if (words.size < 1000) require(matchesSearch(search, text), 'a text that does not match itself')
    return search.words.length > 0 || search.prefix !== undefined ? 'accepted' : 'refused'
  },
}

const mentions: FuzzTarget = {
  name: 'chat/mentions',
  decoders: [`${SOURCE}/mentions.ts#findMentions`],
  form: 'text',
  seeds: texts('@Ann and @Ann Lee', 'x@Ann @İstanbul', '@家族'),
  words: texts('@', '@Ann', ' ', '@İstanbul'),
  run(input) {
    const found = findMentions(bytesToText(input), people)
    require(found.length <= CHAT_MENTIONS_MAX, 'too many mentions')
    require(new Set(found).size === found.length, 'one person twice')
    return found.length > 0 ? 'accepted' : 'refused'
  },
}

const word = utf8('milk')

const pages: FuzzTarget = {
  name: 'chat/word-page',
  decoders: [`${SOURCE}/word-page.ts#findPlaces`],
  form: 'bytes',
  seeds: [
    encodeWordPage(
      new Map([
        ['milk', [0, 258]],
        ['mill', [3]],
        ['möwe', [1, 2, 3]],
      ]),
    ),
  ],
  words: [word, utf8('mi')],
  run(input) {
    const exact = findPlaces(input, word, false)
    const all = findPlaces(input, utf8('mi'), true)
    for (const place of [...exact, ...all]) {
      require(Number.isInteger(place) && place >= 0 && place <= 0xffff, `no place: ${place}`)
    }
    require(2 * all.length <= input.length, 'more places than the page has room for')
    return exact.length > 0 ? 'accepted' : 'refused'
  },
}

const position = positionText({
  time: { milliseconds: 1_800_000_000_000, counter: 3 },
  id: filledId(9),
})

const keys: FuzzTarget = {
  name: 'chat/keys',
  decoders: [`${POSITIONS}#keyPosition`, `${POSITIONS}#keyId`],
  form: 'text',
  seeds: texts(`t/${parseId('ab'.repeat(32))}/${position}`, position),
  run(input) {
    const text = bytesToText(input)
    // Keys are the view's own: only what it could have written is read.
    if (!/[0-9a-f]{80}$/.test(text)) return 'refused'
    const read = keyPosition(text)
    require(positionText(read) === text.slice(-80), 'another position')
    require(keyId(text) === text.slice(-64), 'another id')
    return 'accepted'
  },
}

const values: FuzzTarget = {
  name: 'chat/foreign-values',
  decoders: [`${SOURCE}/content.ts#decodeChat`],
  form: 'cbor',
  seeds: cbors([filled(1), 'text', null, []], [filled(1), '👍', true, []], ['name']),
  run(input) {
    const decoded = decodeCbor(input)
    if (!decoded.ok) return 'refused'
    let taken = 0
    for (const type of [...CHAT_TYPES.keys(), '__proto__', 'constructor', '']) {
      const content = decodeChat(type, decoded.value)
      if (content === undefined) continue
      requireSameBytes(encodeCbor(chatDraft(content).value), input, 'another content')
      taken++
    }
    return taken > 0 ? 'accepted' : 'refused'
  },
}

export const targets: readonly FuzzTarget[] = [
  contents,
  markdown,
  searches,
  mentions,
  pages,
  keys,
  values,
]
