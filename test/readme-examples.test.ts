/**
 * Runs the first TypeScript example of each package's README, as written there, from the package's folder.
 *
 * An app may do without one, since its README shows commands; a package may not.
 */

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const TIMEOUT_MS = 30_000

interface Outcome {
  readonly code: number | null
  readonly stderr: string
}

function firstExample(readme: string): string | undefined {
  return /^```ts[^\n]*\n([\s\S]*?)^```/m.exec(readme)?.[1]
}

/** Modules named in `source` resolve as they would from a file in `folder`. */
function runSource(source: string, folder: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-'], {
      cwd: folder,
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: TIMEOUT_MS,
    })
    let stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('close', (code) => resolve({ code, stderr }))
    child.stdin.end(source)
  })
}

const folders = globSync(
  ['packages/*/package.json', 'packages/*/*/package.json', 'apps/*/package.json'],
  {
    cwd: ROOT,
  },
)
  .map(dirname)
  .sort()

describe('README examples', { concurrency: 2 }, () => {
  for (const folder of folders) {
    const readme = join(ROOT, folder, 'README.md')
    const example = existsSync(readme) ? firstExample(readFileSync(readme, 'utf8')) : undefined
    if (example === undefined && folder.startsWith('apps/')) continue

    test(`the example of ${basename(folder)} runs`, async () => {
      assert.ok(example !== undefined, `${folder}/README.md has no example fenced as \`\`\`ts`)
      const { code, stderr } = await runSource(example, join(ROOT, folder))
      assert.equal(code, 0, stderr)
    })
  }
})
