/**
 * Builds the web app when it has to be built: `node apps/web/scripts/build.ts` or `ensureWebBuild()`.
 *
 * The idea: `dist/.stamp` holds a hash over everything the build is made from. Equal hash, nothing to do. Otherwise Vite
 * writes into a folder of its own and one rename puts it in place, so that nobody ever sees half a build.
 *
 * Invariants:
 * 1. `dist` is either absent or a whole build of the sources named by its stamp.
 * 2. Processes that build at once do not disturb each other: each has its own folder, and the last rename wins.
 */

import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface WebBuildOptions {
  /** Builds even when nothing has changed. @default false */
  readonly force?: boolean
  /** Called with a line when a build begins. @default nothing */
  readonly onProgress?: (line: string) => void
}

const web = dirname(import.meta.dirname)
const root = dirname(dirname(web))
const dist = join(web, 'dist')
const STAMP = '.stamp'
/** Besides the sources: what the page takes from other packages, and the versions of everything else. */
const INPUTS: readonly string[] = [
  join(web, 'src'),
  join(web, 'public'),
  join(web, 'index.html'),
  join(web, 'vite.config.ts'),
  join(web, 'package.json'),
  join(root, 'packages/gateways/http/src'),
  join(root, 'packages/features/chat/src'),
  join(root, 'packages/features/expenses/src'),
  join(root, 'packages/base/core/src'),
  join(root, 'package-lock.json'),
]
const SWAP_ATTEMPTS_MAX = 5

let underWay: Promise<string> | undefined

/** The folder of a build of the sources as they are now. Calls at the same time share one build. */
export function ensureWebBuild(options: WebBuildOptions = {}): Promise<string> {
  underWay ??= build(options).finally(() => {
    underWay = undefined
  })
  return underWay
}

async function build(options: WebBuildOptions): Promise<string> {
  const stamp = await hashInputs()
  if (options.force !== true && (await readStamp()) === stamp) return dist
  options.onProgress?.('building the web app')
  const folder = await mkdtemp(join(web, '.dist-'))
  try {
    await runVite(folder)
    await writeFile(join(folder, STAMP), stamp)
    // Whoever built the same at once is being served by now.
    if (options.force === true || (await readStamp()) !== stamp) await swapIn(folder, stamp)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
  return dist
}

async function runVite(outDir: string): Promise<void> {
  const { build: viteBuild } = await import('vite')
  await viteBuild({
    root: web,
    configFile: join(web, 'vite.config.ts'),
    logLevel: 'warn',
    mode: 'production',
    build: { outDir, emptyOutDir: false },
  })
}

/** A rename cannot replace a folder that is not empty: the old one steps aside first. */
async function swapIn(folder: string, stamp: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const old = `${folder}-old-${attempt}`
    await rename(dist, old).catch(ignoreMissing)
    try {
      await rename(folder, dist)
      return
    } catch (error) {
      // Another process was quicker. Its build serves as well when it is of the same sources.
      if ((await readStamp()) === stamp) return
      if (attempt === SWAP_ATTEMPTS_MAX) throw error
    } finally {
      await rm(old, { recursive: true, force: true })
    }
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

async function readStamp(): Promise<string | undefined> {
  return readFile(join(dist, STAMP), 'utf8').catch(() => undefined)
}

async function hashInputs(): Promise<string> {
  const hash = createHash('sha256')
  for (const input of INPUTS) {
    for (const file of await filesOf(input)) {
      const bytes = await readFile(file)
      hash.update(`${relative(root, file)}\0${bytes.length}\0`).update(bytes)
    }
  }
  return hash.digest('hex')
}

async function filesOf(path: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTDIR') return [path]
    if (code === 'ENOENT') return []
    throw error
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const force = process.argv.includes('--force')
  console.log(await ensureWebBuild({ force, onProgress: (line) => console.error(line) }))
}
