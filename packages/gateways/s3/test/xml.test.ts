import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { utf8 } from '@hamlet/core'
import { childText, readXml } from '../src/xml/xml-reader.ts'
import { element, elements, renderRoot, XML_DECLARATION } from '../src/xml/xml-writer.ts'

function refuses(text: string): void {
  assert.throws(() => readXml(utf8(text)), { code: 'MalformedXML' }, text.slice(0, 100))
}

function nested(depth: number): string {
  return `${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}`
}

test('elements, text, references and comments are read', () => {
  const root = readXml(
    utf8(
      `${XML_DECLARATION}<!-- a - comment -->\n<D:Delete xmlns:D="http://s3.amazonaws.com/">` +
        '<Quiet>true</Quiet><Object><Key>a &amp; b&#x20AC;&#33;</Key></Object><Empty/></D:Delete>\n',
    ),
  )
  assert.equal(root.name, 'Delete')
  assert.equal(childText(root, 'Quiet'), 'true')
  assert.equal(childText(root.children[1]!, 'Key'), 'a & b€!')
  assert.equal(childText(root, 'Empty'), '')
  assert.equal(childText(root, 'Other'), undefined)
})

test('what is not well-formed, or more than elements and text, is refused', () => {
  const wrong = [
    '',
    'text',
    '<a>',
    '</a>',
    '<a></b>',
    '<a/><b/>',
    '<a/>text',
    '<a>&unknown;</a>',
    '<a>&amp</a>',
    '<a>&#0;</a>',
    '<a>&#xD800;</a>',
    '<a>&#x110000;</a>',
    '<a b=c/>',
    '<a b="1" b/>',
    '<a>text<b/></a>',
    '<![CDATA[x]]>',
    '<a><![CDATA[x]]></a>',
    '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    '<?xml version="1.0"?><?xml version="1.0"?><a/>',
    '<a><?php ?></a>',
    '<a><b>1</b></a',
    '<a\u0000/>',
  ]
  for (const text of wrong) refuses(text)
  assert.throws(() => readXml(Uint8Array.of(0x3c, 0x61, 0x3e, 0xff)), { code: 'MalformedXML' })
  const twice = readXml(utf8('<a><b/><b/></a>'))
  assert.throws(() => childText(twice, 'b'), { code: 'MalformedXML' })
})

test('depth, number of elements and bytes are bounded', () => {
  readXml(utf8(nested(8)))
  refuses(nested(9))
  readXml(utf8(`<a>${'<b/>'.repeat(99_999)}</a>`))
  refuses(`<a>${'<b/>'.repeat(100_000)}</a>`)
  refuses(`<a>${' '.repeat(8 * 1024 * 1024)}</a>`)
})

test('any text without control characters is read as it was written', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      const written = renderRoot('A', [element('B', text), elements({ C: undefined, D: 1 })])
      const root = readXml(utf8(`${XML_DECLARATION}${written}`))
      assert.equal(childText(root, 'B'), text)
      assert.equal(childText(root, 'C'), undefined)
      assert.equal(childText(root, 'D'), '1')
    }),
  )
})
