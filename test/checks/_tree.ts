/** Plants a folder of files for a check to look at, and takes it away after the test. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Finding } from '../../scripts/source-tree.ts'

const TOP_MANIFEST = { name: 'hamlet', type: 'module', devDependencies: { 'fast-check': '4.10.2' } }

/** The root of a tree with these files, and with a top manifest unless they bring one. */
export function plantTree(
  t: TestContext,
  files: Readonly<Record<string, string>>,
  parent: string = tmpdir(),
): string {
  const root = mkdtempSync(join(parent, 'hamlet-check-'))
  t.after(() => rmSync(root, { recursive: true, force: true }))
  const all = { 'package.json': JSON.stringify(TOP_MANIFEST), ...files }
  for (const [file, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  return root
}

/** A manifest that depends on the packages named, each at version 0.1.0. */
export function manifest(name: string, ...dependencies: readonly string[]): string {
  const versions = Object.fromEntries(dependencies.map((each) => [each, '0.1.0']))
  return JSON.stringify({ name, dependencies: versions })
}

export function messagesOf(findings: readonly Finding[]): readonly string[] {
  return findings.map(({ file, message }) => `${file}: ${message}`)
}
