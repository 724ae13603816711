import assert from 'node:assert/strict'
import { test } from 'node:test'
import { concatBytes, utf8 } from '@hamlet/core'
import { ImportError } from '@hamlet/expenses'
import { IMPORT_FILE_BYTES_MAX } from '../../src/formats/format-limits.ts'
import { bytesToFileText } from '../../src/formats/text-decoding.ts'
import { placeOf, utf16 } from './_files.ts'

const TEXT = 'a,"é"\n👩‍👩‍👧,שלום\r\nภาษาไทย,日本'

function refused(bytes: Uint8Array): string {
  try {
    bytesToFileText(bytes)
  } catch (error) {
    assert.ok(error instanceof ImportError)
    return placeOf(error)
  }
  return assert.fail('it was taken')
}

test('UTF-8 is read with and without a byte order mark', () => {
  assert.equal(bytesToFileText(utf8(TEXT)), TEXT)
  assert.equal(bytesToFileText(concatBytes(Uint8Array.of(0xef, 0xbb, 0xbf), utf8(TEXT))), TEXT)
  assert.equal(bytesToFileText(new Uint8Array(0)), '')
})

test('UTF-16 is read in both orders of bytes, also when it is long', () => {
  for (const text of [TEXT, 'x😀'.repeat(30_000), '']) {
    assert.equal(bytesToFileText(utf16(text, true)), text)
    assert.equal(bytesToFileText(utf16(text, false)), text)
  }
})

test('bytes that are no text are refused with their line', () => {
  const latin1 = concatBytes(utf8('a\nb\nc'), Uint8Array.of(0xe9), utf8('\nd'))
  assert.equal(refused(latin1), 'IMPORT_BAD_TEXT 3:1')
  assert.equal(refused(Uint8Array.of(0x61, 0xc3)), 'IMPORT_BAD_TEXT 1:1')
  assert.equal(refused(concatBytes(utf16('a\nb', true), Uint8Array.of(7))), 'IMPORT_BAD_TEXT 2:1')
  assert.equal(refused(utf16('a\n\ud83d!\nb', false)), 'IMPORT_BAD_TEXT 2:1')
})

test('UTF-16 without a mark is refused and not read as something else', () => {
  assert.equal(refused(utf16('ab\nc', true).subarray(2)), 'IMPORT_BAD_TEXT 1:1')
})

test('a file beyond the limit is refused before it is read', () => {
  const bytes = new Uint8Array(IMPORT_FILE_BYTES_MAX + 1)
  assert.equal(refused(bytes), 'IMPORT_TOO_LARGE 1:1')
})
