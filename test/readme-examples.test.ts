/**
 * Runs the TypeScript examples of each package's README, each by itself and as written there, from the package's folder.
 * What is fenced as TypeScript and imports something is an example; other pieces show a shape and do not run.
 *
 * What stands behind `// →` is what the example prints at that place: if an example has such comments, they are all it
 * prints, line by line. An app may do without an example, since its README shows commands; a package may not.
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
  readonly stdout: string
  readonly stderr: string
}

function examplesOf(readme: string): readonly string[] {
  const pieces = [...readme.matchAll(/^```ts[^\n]*\n([\s\S]*?)^```/gm)]
  return pieces.map(([, source]) => source!).filter((source) => /^import /m.test(source))
}

function promisedLines(source: string): readonly string[] {
  return [...source.matchAll(/\/\/ → (.*)$/gm)].map(([, line]) => line!.trim())
}

/** Modules named in `source` resolve as they would from a file in `folder`. */
function runSource(source: string, folder: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, ['--input-type=module-typescript', '-'], {
      cwd: folder,
      stdio: ['pipe', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
    })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('close', (code) => resolve({ code, stdout, stderr }))
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
    const examples = existsSync(readme) ? examplesOf(readFileSync(readme, 'utf8')) : []
    if (examples.length === 0 && folder.startsWith('apps/')) continue

    test(`the examples of ${basename(folder)} run`, async () => {
      assert.ok(examples.length > 0, `${folder}/README.md has no example fenced as \`\`\`ts`)
      for (const example of examples) {
        const { code, stdout, stderr } = await runSource(example, join(ROOT, folder))
        assert.equal(code, 0, `${example}\n${stderr}`)
        const promised = promisedLines(example)
        if (promised.length > 0) assert.deepEqual(stdout.trimEnd().split('\n'), promised)
      }
    })
  }
})
