import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkDocs } from '../../scripts/check-docs.ts'
import { manifest, messagesOf, plantTree } from './_tree.ts'

const ERRORS = 'packages/data/log/src/errors.ts'
const PACKAGE = { 'packages/data/log/package.json': manifest('@hamlet/log') }

test('accepts a page that lists exactly the codes of the source', (t) => {
  const root = plantTree(t, {
    ...PACKAGE,
    [ERRORS]:
      "/** Like 'NOT_A_CODE'. */\nexport type LogCode =\n  | 'LOG_FORKED'\n  | 'LOG_DAMAGED'\n",
    'docs/errors.md':
      '# Errors\n\n## log\n\n- `LOG_FORKED` — two heads\n- `LOG_DAMAGED` — see `LOG_OTHER`\n',
  })
  assert.deepEqual(checkDocs(root), [])
})

test('finds a code that is not listed, and a listed one that is gone', (t) => {
  const root = plantTree(t, {
    ...PACKAGE,
    [ERRORS]: "export type LogCode = 'LOG_FORKED'\n",
    'docs/errors.md': '# Errors\n\n## log\n\n- `LOG_DAMAGED` — gone\n',
  })
  assert.deepEqual(checkDocs(root), [
    { file: ERRORS, line: 1, message: 'LOG_FORKED is not listed under "log" in docs/errors.md' },
    { file: 'docs/errors.md', line: 5, message: 'LOG_DAMAGED is not declared by package "log"' },
  ])
})

test('wants a code in the section of its own package', (t) => {
  const root = plantTree(t, {
    ...PACKAGE,
    [ERRORS]: "export type LogCode = 'LOG_FORKED'\n",
    'docs/errors.md': '## core\n\n- `LOG_FORKED` — two heads\n\n## log\n',
  })
  assert.equal(checkDocs(root).length, 2)
})

test('finds links to missing files and missing headings', (t) => {
  const root = plantTree(t, {
    'README.md': [
      '[a](docs/a.md) [b](docs/a.md#two-words--more) [c](https://example.org/x) [d](#top)',
      '# Top',
      '[e](docs/gone.md) [f](docs/a.md#gone)',
      '```',
      '[g](docs/in-a-fence.md)',
      '```',
      '`[h](docs/in-code.md)`',
    ].join('\n'),
    'docs/a.md': '## Two words, — more!\n[up](../README.md)\n',
  })
  assert.deepEqual(messagesOf(checkDocs(root)), [
    'README.md: docs/gone.md leads nowhere',
    'README.md: docs/a.md#gone has no such heading',
  ])
})
