// The build: made when it is missing or old, shared by those who ask at once, and small enough at first view.

import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ensureWebBuild } from '../scripts/build.ts'

const SCRIPT_GZIP_BYTES_MAX = 200 * 1024

test('asking at once gives one build, and asking again builds nothing', async () => {
  const [first, second] = await Promise.all([ensureWebBuild(), ensureWebBuild()])
  assert.equal(first, second)
  const lines: string[] = []
  await ensureWebBuild({ onProgress: (line) => lines.push(line) })
  assert.deepEqual(lines, [])
})

test('all scripts together stay below the limit of the first view, and none is inline', async () => {
  const folder = await ensureWebBuild()
  const html = await readFile(join(folder, 'index.html'), 'utf8')
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=/)
  let bytes = 0
  for (const file of await readdir(join(folder, 'assets'))) {
    if (!file.endsWith('.js')) continue
    bytes += gzipSync(await readFile(join(folder, 'assets', file))).length
  }
  assert.ok(bytes < SCRIPT_GZIP_BYTES_MAX, `${bytes} bytes`)
})
