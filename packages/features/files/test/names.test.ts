import assert from 'node:assert/strict'
import { join, posix, win32 } from 'node:path'
import { test } from 'node:test'
import { utf8 } from '@hamlet/core'
import { checkFileName, mendFileName, numberFileName } from '../src/names/file-name.ts'
import { checkPath, foldName, localPaths, mendPaths } from '../src/names/file-path.ts'
import {
  FILE_NAME_BYTES_MAX,
  FILE_PATH_BYTES_MAX,
  FILE_PATH_DEPTH_MAX,
} from '../src/names/limits.ts'
import { naughtyStrings, TRAVERSALS } from './_naughty.ts'

function code(name: string): string | undefined {
  const checked = checkFileName(name)
  return checked.ok ? undefined : checked.error.code
}

function written(...paths: readonly string[]): readonly string[] {
  const result = localPaths(paths)
  if (!result.ok) throw result.error
  return result.value
}

/** No system resolves it to anything outside the folder it is joined to. */
function assertInside(path: string): void {
  assert.equal(posix.relative('/box', join('/box', path)), path)
  assert.ok(win32.resolve('C:\\box', path).startsWith('C:\\box\\'), path)
  assert.ok(!posix.isAbsolute(path) && !win32.isAbsolute(path), path)
}

test('takes the names people give their files', () => {
  const names = [
    'a',
    'Read me.txt',
    '.hidden',
    '..dots',
    'Büro',
    '家族',
    '👨‍👩‍👧.png',
    "it's 50%",
    'com10',
    'a~1',
  ]
  for (const name of names) assert.deepEqual(checkFileName(name), { ok: true, value: name })
})

test('refuses a name for the first rule it breaks', () => {
  for (const name of ['', '.', '..']) assert.equal(code(name), 'FILE_NAME_EMPTY')
  for (const name of ['a/b', 'a\\b', 'a:b', 'a*', 'a?', '"', '<', '>', '|', '\u0000', '\u007f']) {
    assert.equal(code(name), 'FILE_NAME_CHARACTER', name)
  }
  for (let point = 0x202a; point <= 0x202e; point++) {
    assert.equal(code(`a${String.fromCodePoint(point)}`), 'FILE_NAME_CHARACTER')
  }
  for (let point = 0x2066; point <= 0x2069; point++) {
    assert.equal(code(`a${String.fromCodePoint(point)}`), 'FILE_NAME_CHARACTER')
  }
  for (const name of ['a.', 'a ', '...', 'e\u0301']) {
    assert.equal(code(name), 'FILE_NAME_NOT_NORMAL', name)
  }
  for (const name of ['CON', 'nul.txt', 'Aux.tar.gz', 'lpt1', 'com³.x', 'prn .x', 'conout$']) {
    assert.equal(code(name), 'FILE_NAME_DEVICE', name)
  }
})

test('a name of 255 bytes is a name, one byte more is none', () => {
  assert.equal(code('é'.repeat(127) + 'a'), undefined)
  assert.equal(code('é'.repeat(128)), 'FILE_NAME_LONG')
})

function deep(count: number): string {
  return Array.from({ length: count }, () => 'a').join('/')
}

test('a path has at most 32 names and 4,096 bytes', () => {
  assert.ok(checkPath(deep(FILE_PATH_DEPTH_MAX)).ok)
  assert.ok(!checkPath(deep(FILE_PATH_DEPTH_MAX + 1)).ok)
  const name = 'n'.repeat(FILE_NAME_BYTES_MAX)
  const full = Array.from({ length: 16 }, () => name).join('/')
  assert.equal(utf8(`${full}/`).length, FILE_PATH_BYTES_MAX)
  assert.ok(checkPath(full).ok)
  assert.ok(!checkPath(`${full}/a`).ok)
})

test('no path of the list of ways out is taken', () => {
  assert.ok(TRAVERSALS.length >= 60)
  for (const path of TRAVERSALS) assert.ok(!checkPath(path).ok, JSON.stringify(path))
})

test('of the naughty strings those that are taken stay in their folder, and all can be mended', () => {
  for (const text of [...naughtyStrings(), ...TRAVERSALS]) {
    const checked = checkPath(text)
    if (checked.ok) assertInside(checked.value)
    const mended = mendFileName(text)
    assert.equal(code(mended), undefined, JSON.stringify(text))
    assertInside(mended)
  }
})

test('what is mended keeps its extension and as much of its name as there is room for', () => {
  assert.equal(mendFileName('What? Why: no.txt'), 'What_ Why_ no.txt')
  assert.equal(mendFileName('con.txt'), '_con.txt')
  assert.equal(mendFileName('..'), '__')
  assert.equal(mendFileName(''), '_')
  assert.equal(mendFileName('e\u0301.md'), 'é.md')
  const long = mendFileName(`${'ü'.repeat(200)}.jpeg`)
  assert.equal(utf8(long).length, FILE_NAME_BYTES_MAX - 2)
  assert.ok(long.endsWith('ü.jpeg'))
})

test('where two names fall together the later one gets a number', () => {
  assert.deepEqual(written('Read.me', 'read.me', 'READ.ME'), [
    'Read.me',
    'read (2).me',
    'READ (3).ME',
  ])
  assert.deepEqual(written('Straße', 'STRASSE'), ['Straße', 'STRASSE (2)'])
  assert.deepEqual(written('ﬁle', 'file'), ['ﬁle', 'file (2)'])
  assert.deepEqual(written('.git', '.g\u200cit'), ['.git', '.g\u200cit (2)'])
  assert.deepEqual(written('a', 'a'), ['a', 'a (2)'])
})

test('a number never takes the name of another file', () => {
  assert.deepEqual(written('a', 'A', 'a (2)', 'A (2)'), ['a', 'A (3)', 'a (2)', 'A (2) (2)'])
})

test('a file that is called as a folder gets a number, and folders that fall together are one', () => {
  assert.deepEqual(written('docs/a', 'DOCS', 'Docs/b'), ['docs/a', 'DOCS (2)', 'Docs/b'])
  assert.deepEqual(written('Docs/a', 'docs/A'), ['Docs/a', 'docs/A (2)'])
})

test('a number fits into the longest name', () => {
  const name = `${'x'.repeat(FILE_NAME_BYTES_MAX - 4)}.txt`
  const numbered = numberFileName(name, 100_000)
  assert.ok(numbered.endsWith(' (100000).txt'))
  assert.equal(code(numbered), undefined)
})

/** One of 2^17 spellings of a name. */
function bits(number: number): string {
  return Array.from({ length: 17 }, (_, bit) => ((number >> bit) & 1 ? 'X' : 'x')).join('')
}

test('numbering thousands of names that fall together takes time in proportion', () => {
  const before = process.cpuUsage()
  const paths = written(...Array.from({ length: 4_000 }, (_, number) => bits(number)))
  const { user } = process.cpuUsage(before)
  assert.equal(new Set(paths.map(foldName)).size, 4_000)
  assert.ok(user < 2_000_000, `${user} microseconds`)
})

test('files of this machine are shared under names that all systems take', () => {
  assert.deepEqual(mendPaths([['a?'], ['a*'], ['b', 'c:d']]), {
    ok: true,
    value: ['a_', 'a_ (2)', 'b/c_d'],
  })
})
