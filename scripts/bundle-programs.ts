/**
 * Bundles the programs that tests start as processes, each with all it imports, so that a start reads a few files.
 *
 * The idea: a peer loads two thousand modules, and to find, read and link them takes twice the processor time of all else
 * that a start does. Tests start peers some hundreds of times. The bundle is the same code under other file names: nothing
 * is minified or left out. Tests that are run by themselves start the sources, as users do, and so do the tests of the
 * launcher and of `npm start`.
 *
 * Invariants:
 * 1. A folder of bundles is whole, and of the sources its name is a hash of.
 * 2. `import.meta` in a bundle says where the source was.
 */

import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { rolldown } from 'rolldown'
import type { Plugin } from 'rolldown'
import { PROGRAMS } from '../test/_programs.ts'

const CACHE = 'node_modules/.cache/programs'
/** What programs are made of; the lock file stands for all that is installed. */
const INPUTS = [
  'packages/**/src/**/*.ts',
  'packages/**/package.json',
  'apps/{cli,tracker}/**/*.ts',
  'apps/*/package.json',
  'package-lock.json',
  'scripts/bundle-programs.ts',
  'test/_programs.ts',
]
/** They find files beside their own: a compiled part, a WebAssembly module. */
const KEPT_APART = [/^classic-level$/, /^@electric-sql\//]

/** The folder with a bundle of each program, made now unless it is there. Others than the newest are removed. */
export async function bundlePrograms(root: string): Promise<string> {
  const cache = join(root, CACHE)
  const name = hashInputs(root)
  const folder = join(cache, name)
  if (existsSync(folder)) return folder
  await mkdir(cache, { recursive: true })
  const stale = await readdir(cache)
  const draft = await mkdtemp(join(cache, 'draft-'))
  await writeBundles(root, draft)
  // Whoever made the same at once has put it there already, and it serves as well.
  await rename(draft, folder).catch(() => rm(draft, { recursive: true }))
  await Promise.all(stale.map((each) => rm(join(cache, each), { recursive: true, force: true })))
  return folder
}

function hashInputs(root: string): string {
  const hash = createHash('sha256')
  const files = globSync(INPUTS, { cwd: root, exclude: (path) => path.endsWith('node_modules') })
  for (const file of files.toSorted()) {
    const bytes = readFileSync(join(root, file))
    hash.update(`${file}\0${bytes.length}\0`).update(bytes)
  }
  return hash.digest('hex').slice(0, 32)
}

async function writeBundles(root: string, folder: string): Promise<void> {
  const input = Object.fromEntries(
    Object.entries(PROGRAMS).map(([name, source]) => [name, join(root, source)]),
  )
  const bundle = await rolldown({
    cwd: root,
    input,
    platform: 'node',
    external: KEPT_APART,
    plugins: [sourceAddresses],
    checks: { eval: false },
  })
  await bundle.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
    keepNames: true,
  })
  await bundle.close()
}

const sourceAddresses: Plugin = {
  name: 'source-addresses',
  transform(code, id) {
    if (id.includes('node_modules') || !code.includes('import.meta.')) return undefined
    return code
      .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
      .replaceAll('import.meta.dirname', JSON.stringify(dirname(id)))
      .replaceAll('import.meta.filename', JSON.stringify(id))
  },
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(await bundlePrograms(join(import.meta.dirname, '..')))
}
