/**
 * The layer check: dependencies point down only, files form no cycle, and manifests say what is imported.
 *
 * The layers are those of the design: base < data < group < features < gateways < peer < apps. Two packages of one
 * layer know nothing of each other, except for the pairs in `SIDEWAYS`. The test kit stands beside the layers: it may
 * import any of them and only tests, benches and examples may import it.
 *
 * Imports are found by pattern, not by parsing: a statement that starts a line, or an `import()` call. Type imports
 * count, since a cycle of types is a cycle of meaning.
 */

import { isBuiltin } from 'node:module'
import { dirname, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Finding, Manifest, Workspace } from './source-tree.ts'
import {
  isCode,
  lineOf,
  listFiles,
  listWorkspaces,
  readManifest,
  readText,
  reportFindings,
} from './source-tree.ts'

export interface Import {
  readonly file: string
  readonly line: number
  readonly specifier: string
}

const LAYERS = ['base', 'data', 'group', 'features', 'gateways', 'peer', 'apps']

/** Allowed inside a layer, as "who imports whom". */
const SIDEWAYS = new Set([
  'packages/base/identity > packages/base/core',
  'packages/base/store > packages/base/core',
  'packages/data/trie > packages/data/log',
  'packages/data/blobs > packages/data/log',
  // Its parts of the interface: the tracker's page looks like the app.
  'apps/tracker > apps/web',
  // `hamlet tracker serve` runs it.
  'apps/cli > apps/tracker',
])

const TESTKIT = 'packages/testkit'
const PORTS_ONLY =
  /^packages\/(base\/[^/]+|data\/[^/]+|group\/space|features\/[^/]+)\/src\/(?!node\/|portable\/)/
const STATEMENT = /^[ \t]*(?:import|export)\b(?:[^'"`;=()]*?\bfrom\b)?\s*(['"])([^'"\n]+)\1/gm
const DYNAMIC = /\bimport\(\s*(['"])([^'"\n]+)\1/g

export function checkLayers(root: string): readonly Finding[] {
  const files = listFiles(root).filter(isCode)
  const workspaces = listWorkspaces(root)
  const imports = files.flatMap((file) => findImports(file, readText(root, file)))
  return [
    ...imports.flatMap((each) => judgeImport(each, workspaces)),
    ...findCycles(imports, new Set(files)),
    ...checkManifests(root, imports, workspaces),
  ]
}

export function findImports(file: string, text: string): readonly Import[] {
  const imports: Import[] = []
  for (const pattern of [STATEMENT, DYNAMIC]) {
    for (const match of text.matchAll(pattern)) {
      const specifier = match[2] ?? ''
      imports.push({ file, line: lineOf(text, match.index), specifier })
    }
  }
  return imports
}

/** 0 for the lowest layer, or `undefined` for what stands beside the layers. */
function layerOf(folder: string): number | undefined {
  const parts = folder.split('/')
  const index = LAYERS.indexOf(parts[0] === 'packages' ? (parts[1] ?? '') : (parts[0] ?? ''))
  return index === -1 ? undefined : index
}

function packageOf(file: string, workspaces: readonly Workspace[]): Workspace | undefined {
  return workspaces.find(({ folder }) => file.startsWith(`${folder}/`))
}

function judgeImport(each: Import, workspaces: readonly Workspace[]): readonly Finding[] {
  const importer = packageOf(each.file, workspaces)
  const finding = (message: string): readonly Finding[] => [
    { file: each.file, line: each.line, message },
  ]
  if (isBuiltin(each.specifier) && !each.specifier.startsWith('node:')) {
    return finding(`write 'node:${each.specifier}'`)
  }
  if (each.specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(each.file), each.specifier)
    const outside = importer !== undefined && !target.startsWith(`${importer.folder}/`)
    const isHelper = isTestFile(each.file) && target.startsWith('test/')
    return outside && !isHelper ? finding(`${each.specifier} leaves the package`) : []
  }
  const imported = workspaces.find(({ manifest }) => isPartOf(each.specifier, manifest.name))
  if (importer === undefined || imported === undefined || importer === imported) return []
  const message = judgeEdge(each.file, importer.folder, imported.folder)
  if (message !== undefined) return finding(message)
  if (PORTS_ONLY.test(each.file) && each.specifier.endsWith('/node')) {
    return finding(`${each.specifier} reaches the platform; only src/node may import it`)
  }
  return []
}

/** Why `importer` must not import `imported`, or `undefined` when it may. */
function judgeEdge(file: string, importer: string, imported: string): string | undefined {
  if (imported === TESTKIT) {
    return isTestFile(file) ? undefined : 'only tests, benches and examples import the test kit'
  }
  const from = layerOf(importer)
  const to = layerOf(imported)
  if (from === undefined || to === undefined || from > to) return undefined
  if (SIDEWAYS.has(`${importer} > ${imported}`)) return undefined
  if (from === to && isTestFile(file)) return undefined
  return from === to
    ? `${importer} must not import its neighbour ${imported}`
    : `${importer} must not import ${imported}, which is above it`
}

function isTestFile(file: string): boolean {
  return /(^|\/)test\//.test(file) || file.endsWith('.test.ts')
}

function isPartOf(specifier: string, name: string): boolean {
  return specifier === name || specifier.startsWith(`${name}/`)
}

/** Cycles between files, each reported once, at its alphabetically first file. */
function findCycles(imports: readonly Import[], files: ReadonlySet<string>): readonly Finding[] {
  const targets = new Map<string, string[]>()
  for (const { file, specifier } of imports) {
    const target = posix.join(posix.dirname(file), specifier)
    if (!specifier.startsWith('.') || !files.has(target)) continue
    targets.set(file, [...(targets.get(file) ?? []), target])
  }
  const findings = new Map<string, Finding>()
  const finished = new Set<string>()
  const visit = (file: string, path: readonly string[]): void => {
    const start = path.indexOf(file)
    if (start !== -1) {
      const cycle = rotateToFirst(path.slice(start))
      const text = [...cycle, cycle[0]].join(' > ')
      findings.set(text, { file: cycle[0] ?? file, message: `import cycle: ${text}` })
    }
    if (start !== -1 || finished.has(file)) return
    for (const target of targets.get(file) ?? []) visit(target, [...path, file])
    finished.add(file)
  }
  for (const file of [...targets.keys()].sort()) visit(file, [])
  return [...findings.values()]
}

function rotateToFirst(cycle: readonly string[]): readonly string[] {
  const start = cycle.indexOf([...cycle].sort()[0] ?? '')
  return [...cycle.slice(start), ...cycle.slice(0, start)]
}

function checkManifests(
  root: string,
  imports: readonly Import[],
  workspaces: readonly Workspace[],
): readonly Finding[] {
  const top = readManifest(root, 'package.json')
  const names = new Set(workspaces.map(({ manifest }) => manifest.name))
  const perPackage = workspaces.flatMap((workspace) => {
    const own = imports.filter(({ file }) => file.startsWith(`${workspace.folder}/`))
    return [...findUnlisted(workspace, own, top, names), ...findUnused(workspace, own)]
  })
  const manifests = [{ folder: '.', manifest: top }, ...workspaces]
  return [...perPackage, ...checkVersions(manifests)]
}

function findUnlisted(
  workspace: Workspace,
  imports: readonly Import[],
  top: Manifest,
  names: ReadonlySet<string>,
): readonly Finding[] {
  const { name, dependencies, devDependencies } = workspace.manifest
  return imports.flatMap(({ file, line, specifier }) => {
    if (specifier.startsWith('.') || specifier.startsWith('#') || isBuiltin(specifier)) return []
    const dependency = packageName(specifier)
    if (dependency === name || dependency in dependencies) return []
    const isDevelopment = dependency in devDependencies || dependency in top.devDependencies
    if (isTestFile(file) && (isDevelopment || names.has(dependency))) return []
    return [{ file, line, message: `${dependency} is not among the package's dependencies` }]
  })
}

function findUnused(
  { folder, manifest }: Workspace,
  imports: readonly Import[],
): readonly Finding[] {
  const used = new Set(imports.map(({ specifier }) => packageName(specifier)))
  return Object.keys(manifest.dependencies)
    .filter((name) => !used.has(name))
    .map((name) => ({ file: `${folder}/package.json`, message: `${name} is never imported` }))
}

function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** Dependencies are exact, and one package has one version in the whole repository. */
function checkVersions(workspaces: readonly Workspace[]): readonly Finding[] {
  const versions = new Map<string, string>()
  const findings: Finding[] = []
  for (const { folder, manifest } of workspaces) {
    const file = posix.join(folder, 'package.json')
    const all = { ...manifest.dependencies, ...manifest.devDependencies }
    for (const [name, version] of Object.entries(all)) {
      const first = versions.get(name) ?? version
      versions.set(name, first)
      if (!/^\d+\.\d+\.\d+/.test(version)) {
        findings.push({ file, message: `${name} ${version}: write an exact version` })
      }
      if (first !== version) {
        findings.push({ file, message: `${name} ${version}: elsewhere it is ${first}` })
      }
    }
  }
  return findings
}

if (import.meta.main) {
  reportFindings('layers', checkLayers(dirname(dirname(fileURLToPath(import.meta.url)))))
}
