/**
 * The lock check: `npm ci`, which a fresh clone begins with, takes `package-lock.json` as it is.
 *
 * It refuses a lock file that does not say what the manifests say, and one that was written where npm could not see the
 * packages of every platform. Both are found here, without a network.
 */

import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Finding } from './source-tree.ts'
import { listWorkspaces, readManifest, readText, reportFindings } from './source-tree.ts'

interface Locked {
  readonly link?: boolean
  readonly resolved?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

type Lock = ReadonlyMap<string, Locked>

const FILE = 'package-lock.json'

export function checkLock(root: string): readonly Finding[] {
  if (!existsSync(join(root, FILE))) return [{ file: FILE, message: 'is missing' }]
  const { packages } = JSON.parse(readText(root, FILE)) as { packages: Record<string, Locked> }
  const lock = new Map(Object.entries(packages))
  const manifests = [
    { folder: '', manifest: readManifest(root, 'package.json') },
    ...listWorkspaces(root),
  ]
  const problems = [
    ...manifests.flatMap(({ folder, manifest }) => judgeManifest(lock, folder, manifest)),
    ...[...lock].flatMap(([path, locked]) => judgeLocked(lock, path, locked)),
  ]
  return problems.map((message) => ({ file: FILE, message }))
}

/** `folder`: empty for the repository's own manifest. */
function judgeManifest(
  lock: Lock,
  folder: string,
  manifest: Pick<Locked, 'dependencies' | 'devDependencies'> & { readonly name: string },
): readonly string[] {
  const locked = lock.get(folder)
  if (locked === undefined) return [`${folder} is not in it`]
  const isLinked = folder === '' || lock.get(`node_modules/${manifest.name}`)?.resolved === folder
  const kinds = ['dependencies', 'devDependencies'] as const
  return [
    ...(isLinked ? [] : [`node_modules/${manifest.name} does not lead to ${folder}`]),
    ...kinds
      .filter((kind) => textOf(manifest[kind]) !== textOf(locked[kind]))
      .map((kind) => `has other ${kind} than ${join(folder, 'package.json')}`),
  ]
}

function textOf(versions: Readonly<Record<string, string>> = {}): string {
  return Object.entries(versions)
    .map((each) => each.join('@'))
    .toSorted()
    .join()
}

function judgeLocked(lock: Lock, path: string, locked: Locked): readonly string[] {
  const needed = [locked.dependencies, locked.optionalDependencies].flatMap((each) =>
    Object.keys(each ?? {}),
  )
  const isOfOneRegistry = locked.link !== true && locked.resolved?.startsWith('http') === true
  return [
    ...needed
      .filter((name) => !isFound(lock, path, name))
      .map((name) => `${name}, which ${path} needs, is not in it`),
    ...(isOfOneRegistry ? [`${path} names a registry`] : []),
  ]
}

/** As Node looks for it: beside, then in every `node_modules` above. */
function isFound(lock: Lock, from: string, name: string): boolean {
  for (let at = from; ; at = at.slice(0, Math.max(0, at.lastIndexOf('/')))) {
    if (lock.has(at === '' ? `node_modules/${name}` : `${at}/node_modules/${name}`)) return true
    if (at === '') return false
  }
}

if (import.meta.main) {
  reportFindings('lock', checkLock(dirname(dirname(fileURLToPath(import.meta.url)))))
}
