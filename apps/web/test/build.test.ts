// The build: made when it is missing or old, shared by those who ask at once, and small enough at first view.

import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { ensureWebBuild } from '../scripts/build.ts'

const FIRST_GZIP_BYTES_MAX = 200 * 1024
const ALL_GZIP_BYTES_MAX = 300 * 1024

test('asking at once gives one build, and asking again builds nothing', async () => {
  const [first, second] = await Promise.all([ensureWebBuild(), ensureWebBuild()])
  assert.equal(first, second)
  const lines: string[] = []
  await ensureWebBuild({ onProgress: (line) => lines.push(line) })
  assert.deepEqual(lines, [])
})

test('the scripts of the first view and all scripts together stay below their limits, and none is inline', async () => {
  const folder = await ensureWebBuild()
  const html = await readFile(join(folder, 'index.html'), 'utf8')
  assert.doesNotMatch(html, /<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=/)
  const files = (await readdir(join(folder, 'assets'))).filter((file) => file.endsWith('.js'))
  const sizes = new Map<string, number>()
  const first = new Set(files.filter((file) => html.includes(file)))
  const texts = new Map<string, string>()
  for (const file of files) {
    const bytes = await readFile(join(folder, 'assets', file))
    sizes.set(file, gzipSync(bytes).length)
    texts.set(file, bytes.toString())
  }
  assert.ok(first.size > 0)
  // What these import before they run belongs to the first view too; what is loaded when it is asked for does not.
  for (const file of first) {
    for (const [, name] of texts.get(file)!.matchAll(/\b(?:from|import)\s*["']\.\/([^"']+)["']/g)) {
      if (name !== undefined) first.add(name)
    }
  }
  const sum = (names: Iterable<string>) =>
    [...names].reduce((all, name) => all + sizes.get(name)!, 0)
  // And so do the texts of one language, for which the page waits.
  const catalogues = files.filter((file) => /^(?:de|en)-/.test(file))
  assert.equal(catalogues.length, 2)
  assert.ok(catalogues.every((file) => !first.has(file)))
  first.add(catalogues.toSorted((a, b) => sizes.get(b)! - sizes.get(a)!)[0]!)
  assert.ok(sum(first) < FIRST_GZIP_BYTES_MAX, `${sum(first)} bytes at first`)
  assert.ok(sum(files) < ALL_GZIP_BYTES_MAX, `${sum(files)} bytes in all`)
})
