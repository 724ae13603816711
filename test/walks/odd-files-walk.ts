/** Files of every size around a leaf and with names that have broken programs, from one process to another. */

import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { naughtyStrings, OWN_STRINGS } from '../fuzz/_naughty.ts'
import { Crowd, knownShare, SPACE } from './crowd.ts'
import { digestsOf, makeFile, ODD_SIZES } from './test-folder.ts'
import type { Digests } from './test-folder.ts'
import type { WalkOptions, WalkReport } from './walk-report.ts'

const NAME_BYTES_MAX = 255
/** Of the list, in a short walk. */
const SHORT_EVERY = 16

export async function walkOddFiles(report: WalkReport, options: WalkOptions): Promise<void> {
  const { bytes } = options
  await using crowd = await Crowd.create()
  const ana = await crowd.member('Ana')
  const ben = await crowd.member('Ben')
  await report.check(
    'sizes of 0, 1, 16,383, 16,384 and 16,385 bytes, each shared by itself',
    async () => {
      for (const size of ODD_SIZES) {
        const name = `${size}.bin`
        const digest = await makeFile(crowd.folder(name), size)
        await ana.json('share', crowd.folder(name), '--space', SPACE)
        await knownShare(ben, name)
        await ben.json('get', name, '-o', crowd.folder('sizes'))
        const found = (await digestsOf(crowd.folder('sizes'))).get(name)
        if (found !== digest) throw new Error(`${name}: ${found} instead of ${digest}`)
      }
      return `${ODD_SIZES.length} files byte-identical (SHA-256)`
    },
  )
  await report.check('a folder of names that break programs', async () => {
    const folder = crowd.folder('Odd things')
    const every = bytes < 2 ** 30 ? SHORT_EVERY : 1
    const made = await fill(folder, [...OWN_STRINGS, ...naughtyStrings()], every)
    await ana.json('share', folder, '--space', SPACE)
    await knownShare(ben, 'Odd things')
    const out = crowd.folder('names')
    await ben.json('get', 'Odd things', '-o', out)
    requireSafe(await readdir(out), out)
    return judge(await digestsOf(join(out, 'Odd things')), made)
  })
}

/** A file for each name that this system can have; its content tells which it is. */
async function fill(folder: string, names: readonly string[], every: number): Promise<Digests> {
  await mkdir(folder, { recursive: true })
  const made = names.filter((name, index) => index % every === 0 && canBeFile(name))
  for (const name of made) await writeFile(join(folder, name), `content of ${name}`)
  return await digestsOf(folder)
}

function canBeFile(name: string): boolean {
  const isPath = name === '' || name === '.' || name === '..' || /[/\0]/.test(name)
  return !isPath && name.isWellFormed() && Buffer.byteLength(name) <= NAME_BYTES_MAX
}

/** Nothing but the folder is there: no name led out of it. */
function requireSafe(names: readonly string[], out: string): void {
  if (names.join() !== 'Odd things') throw new Error(`in ${out} there are ${names.join()}`)
}

function contents(digests: Digests): string {
  return [...digests.values()].sort().join()
}

/** The same contents, each once, under names that every system can have. */
function judge(found: Digests, made: Digests): string {
  if (contents(found) !== contents(made)) {
    throw new Error(`${found.size} files came of ${made.size}, or other contents`)
  }
  const unsafe = [...found.keys()].filter((path) =>
    /[\p{Cc}\u2028-\u202e\u2066-\u2069<>:"|?*\\]|[. ]$/u.test(path),
  )
  if (unsafe.length > 0) throw new Error(`names that not every system can have: ${unsafe.join()}`)
  const changed = [...found.keys()].filter((path) => !made.has(path)).length
  return `${made.size} files with the same contents, ${changed} of them under a mended name`
}
