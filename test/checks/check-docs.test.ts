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

test('finds limits that are not listed, and listed ones that are gone', (t) => {
  const root = plantTree(t, {
    ...PACKAGE,
    'packages/data/log/src/limits.ts':
      '/** One. */\nexport const BLOCK_BYTES_MAX = 1\nexport const PARTS_MAX = 2\nconst OWN_BYTES = 3\n',
    'packages/data/log/src/other.ts': "const NEAR_MS_MAX = 1\nexport type LogCode = 'LOG_FULL'\n",
    'docs/limits.md': '`BLOCK_BYTES_MAX`, `NEAR_MS_MAX`, `LOG_FULL`\n\n`GONE_BYTES_MAX`, `BLOCK`\n',
  })
  assert.deepEqual(messagesOf(checkDocs(root)), [
    'docs/limits.md: GONE_BYTES_MAX is not declared',
    'packages/data/log/src/limits.ts: PARTS_MAX is not on docs/limits.md',
  ])
})

test('finds tests that a page names and that do not exist', (t) => {
  const tests =
    "test('it\\'s refused', f)\nsuite(`of ${name}, twice`, g)\ntest(\n  'far away',\n)\n// 'said'\n"
  const root = plantTree(t, {
    'packages/data/log/test/a.test.ts': tests,
    'docs/a.md': [
      '| [a](../packages/data/log/test/a.test.ts) "it\'s refused", "of x, twice", "far away" |',
      '"not behind a link" [a](../packages/data/log/test/a.test.ts) "said" "of x"',
    ].join('\n'),
  })
  assert.deepEqual(messagesOf(checkDocs(root)), [
    'docs/a.md: packages/data/log/test/a.test.ts has no test "said"',
    'docs/a.md: packages/data/log/test/a.test.ts has no test "of x"',
  ])
})
