/** Packages of npm that are installed here (bench/thirdparty). */

import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Contestant } from './contest.ts'
import { openAddon } from './native.ts'

/** Not in the type check: it has dependencies of its own. */
const MODULE = '../thirdparty/reed-solomon.mjs'
const require = createRequire(join(import.meta.dirname, '../thirdparty/package.json'))

interface Packages {
  ronomon(addon: unknown): Contestant
  subspace(): Promise<Contestant>
  wasmReedSolomonErasure(): Contestant
}

export async function openRivals(): Promise<readonly Contestant[]> {
  const packages = (await import(MODULE as string)) as Packages
  const rivals: Contestant[] = []
  const ronomon = folderOf('@ronomon/reed-solomon')
  if (ronomon !== undefined) {
    const addon = await openAddon('ronomon', join(ronomon, 'binding.c'))
    if (addon !== undefined) rivals.push(packages.ronomon(addon))
  }
  if (folderOf('@subspace/reed-solomon-erasure.wasm') !== undefined) {
    rivals.push(await packages.subspace())
  }
  if (folderOf('wasm-reed-solomon-erasure') !== undefined) {
    rivals.push(packages.wasmReedSolomonErasure())
  }
  return rivals
}

function folderOf(name: string): string | undefined {
  try {
    return dirname(require.resolve(`${name}/package.json`))
  } catch {
    return undefined
  }
}
