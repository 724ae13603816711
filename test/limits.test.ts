/** Limits that hold for the whole repository. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { listFiles, listPackageFolders } from '../scripts/source-tree.ts'

const ROOT = join(import.meta.dirname, '..')
const DECOMPRESSORS =
  /node:zlib|DecompressionStream|\b(?:g?un[gz]ip|inflate|brotli|unzip)\w*\(|from '(?:fflate|pako|tar|zstd|lz4)/i
const CHECKSUM_ONLY = /^import \{ crc32 \} from 'node:zlib'$/m

function* sources(): Generator<readonly [file: string, text: string]> {
  for (const folder of listPackageFolders(ROOT)) {
    for (const name of listFiles(join(ROOT, folder))) {
      if (!/^src\/.*\.tsx?$/.test(name)) continue
      const file = join(folder, name)
      yield [file, readFileSync(join(ROOT, file), 'utf8')]
    }
  }
}

test('nothing is decompressed without the limits on output and ratio', () => {
  let count = 0
  for (const [file, text] of sources()) {
    count++
    // A checksum makes nothing larger.
    if (!DECOMPRESSORS.test(text.replace(CHECKSUM_ONLY, ''))) continue
    assert.match(text, /DECOMPRESSED_BYTES_MAX/, file)
    assert.match(text, /DECOMPRESSION_RATIO_MAX/, file)
  }
  assert.ok(count > 200, 'the sources were found')
  assert.ok(DECOMPRESSORS.test("import { gunzipSync } from 'node:zlib'"))
})
