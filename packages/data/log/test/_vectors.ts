/** Reads the public vectors and counts what was executed against their manifest. */

import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../../../..')
const FOLDER = process.env['VECTORS_DIR'] ?? join(ROOT, '../shared/vectors')

interface Manifest {
  readonly files: Readonly<Record<string, { readonly cases: number }>>
}

/** Runs `body` over the text of a vector file; it returns how many cases it executed. */
export function withVectors(name: string, cases: number, body: (text: string) => number): void {
  const path = join(FOLDER, name)
  if (!existsSync(path)) {
    process.stdout.write(`SKIPPED ${name}: ${cases} vectors not present (VECTORS_DIR)\n`)
    return
  }
  const manifest = JSON.parse(readFileSync(join(FOLDER, 'manifest.json'), 'utf8')) as Manifest
  assert.equal(manifest.files[name]?.cases, cases)
  assert.equal(body(readFileSync(path, 'utf8')), cases)
}
