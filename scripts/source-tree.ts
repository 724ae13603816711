/**
 * What the repository's own checks share: the list of files, the workspaces and how a finding is written.
 *
 * Every check is a function of a folder that returns its findings in a fixed order, so that a test can hand it a
 * planted tree; nothing here depends on git or on the current folder.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

export interface Finding {
  /** Path from the repository's root, with forward slashes. */
  readonly file: string
  readonly line?: number
  readonly message: string
}

export interface Manifest {
  readonly name: string
  readonly dependencies: Readonly<Record<string, string>>
  readonly devDependencies: Readonly<Record<string, string>>
}

export interface Workspace {
  /** Folder from the root: `packages/base/core`. */
  readonly folder: string
  readonly manifest: Manifest
}

const SKIPPED_FOLDERS = new Set([
  'node_modules',
  'dist',
  'coverage',
  '.git',
  '.hamlet',
  'thirdparty',
])
const WORKSPACE_PARENTS = [
  'packages',
  'packages/base',
  'packages/data',
  'packages/group',
  'packages/features',
  'packages/gateways',
  'apps',
]

/** Every file below `root` that belongs to the project, sorted, as paths from `root`. */
export function listFiles(root: string): readonly string[] {
  const files: string[] = []
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      if (entry.isFile()) files.push(relative(root, path).split(sep).join('/'))
      else if (entry.isDirectory() && !SKIPPED_FOLDERS.has(entry.name)) visit(path)
    }
  }
  visit(root)
  return files.sort()
}

export function readText(root: string, file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

export function isCode(file: string): boolean {
  return /\.(ts|tsx|mjs)$/.test(file)
}

/** A package's folders: those with a `package.json`, and those that have sources and should have one. */
export function listPackageFolders(root: string): readonly string[] {
  const folders: string[] = []
  for (const parent of WORKSPACE_PARENTS) {
    if (!existsSync(join(root, parent))) continue
    for (const entry of readdirSync(join(root, parent), { withFileTypes: true })) {
      const folder = `${parent}/${entry.name}`
      const isPackage = ['package.json', 'src'].some((name) => existsSync(join(root, folder, name)))
      if (entry.isDirectory() && isPackage) folders.push(folder)
    }
  }
  return folders.sort()
}

export function listWorkspaces(root: string): readonly Workspace[] {
  return listPackageFolders(root)
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => ({ folder, manifest: readManifest(root, `${folder}/package.json`) }))
}

export function readManifest(root: string, file: string): Manifest {
  const manifest = JSON.parse(readText(root, file)) as Partial<Manifest>
  return {
    name: manifest.name ?? '',
    dependencies: manifest.dependencies ?? {},
    devDependencies: manifest.devDependencies ?? {},
  }
}

export function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}

export function formatFinding(finding: Finding): string {
  const line = finding.line === undefined ? '' : `:${finding.line}`
  return `${finding.file}${line}  ${finding.message}`
}

/** The body of a check run by itself: prints what it found and sets the exit code. */
export function reportFindings(name: string, findings: readonly Finding[]): void {
  for (const finding of findings) console.log(formatFinding(finding))
  console.log(findings.length === 0 ? `${name}: ok` : `${name}: ${findings.length} found`)
  if (findings.length > 0) process.exitCode = 1
}
