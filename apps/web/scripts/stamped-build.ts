/**
 * A build that is made when it has to be made.
 *
 * The idea: `dist/.stamp` holds a hash over everything the build is made from. Equal hash, nothing to do. Otherwise Vite
 * writes into a folder of its own and one rename puts it in place, so that nobody ever sees half a build.
 *
 * Invariants:
 * 1. `dist` is either absent or a whole build of the sources named by its stamp.
 * 2. Processes that build at once do not disturb each other: each has its own folder, and the last rename wins.
 */

import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

export interface WebBuildOptions {
  /** Builds even when nothing has changed. @default false */
  readonly force?: boolean
  /** Called with a line when a build begins. @default nothing */
  readonly onProgress?: (line: string) => void
}

const STAMP = '.stamp'
const SWAP_ATTEMPTS_MAX = 5

export class StampedBuild {
  readonly #root: string
  readonly #web: string
  readonly #dist: string
  readonly #inputs: readonly string[]
  #underWay: Promise<string> | undefined

  /** `web`: the folder with `vite.config.ts`, which gets `dist`. `inputs`: files and folders the build is made from. */
  constructor(root: string, web: string, inputs: readonly string[]) {
    this.#root = root
    this.#web = web
    this.#dist = join(web, 'dist')
    this.#inputs = inputs
  }

  /** The folder of a build of the sources as they are now. Calls at the same time share one build. */
  ensure(options: WebBuildOptions = {}): Promise<string> {
    this.#underWay ??= this.#build(options).finally(() => {
      this.#underWay = undefined
    })
    return this.#underWay
  }

  async #build(options: WebBuildOptions): Promise<string> {
    const stamp = await this.#hashInputs()
    if (options.force !== true && (await this.#readStamp()) === stamp) return this.#dist
    options.onProgress?.(`building ${relative(this.#root, this.#web)}`)
    const folder = await mkdtemp(join(this.#web, '.dist-'))
    try {
      await this.#runVite(folder)
      await writeFile(join(folder, STAMP), stamp)
      // Whoever built the same at once is being served by now.
      if (options.force === true || (await this.#readStamp()) !== stamp) {
        await this.#swapIn(folder, stamp)
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    return this.#dist
  }

  /** In a process of its own: a peer that builds its page before it runs would keep half a gigabyte of it. */
  async #runVite(outDir: string): Promise<void> {
    const options = ['--outDir', outDir, '--logLevel', 'warn', '--mode', 'production']
    const config = ['--config', join(this.#web, 'vite.config.ts')]
    const vite = join(this.#root, 'node_modules/vite/bin/vite.js')
    const child = spawn(process.execPath, [vite, 'build', this.#web, ...config, ...options], {
      cwd: this.#root,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let problem = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => (problem += text))
    const [code] = (await once(child, 'close')) as [number | null]
    if (code !== 0)
      throw new Error(stripVTControlCharacters(problem.trim()) || `vite ended with ${code}`)
  }

  /** A rename cannot replace a folder that is not empty: the old one steps aside first. */
  async #swapIn(folder: string, stamp: string): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const old = `${folder}-old-${attempt}`
      await rename(this.#dist, old).catch(ignoreMissing)
      try {
        await rename(folder, this.#dist)
        return
      } catch (error) {
        // Another process was quicker. Its build serves as well when it is of the same sources.
        if ((await this.#readStamp()) === stamp) return
        if (attempt === SWAP_ATTEMPTS_MAX) throw error
      } finally {
        await rm(old, { recursive: true, force: true })
      }
    }
  }

  async #readStamp(): Promise<string | undefined> {
    return readFile(join(this.#dist, STAMP), 'utf8').catch(() => undefined)
  }

  async #hashInputs(): Promise<string> {
    const hash = createHash('sha256')
    for (const input of this.#inputs) {
      for (const file of await filesOf(input)) {
        const bytes = await readFile(file)
        hash.update(`${relative(this.#root, file)}\0${bytes.length}\0`).update(bytes)
      }
    }
    return hash.digest('hex')
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
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
