/**
 * Worlds that found something, kept as tests: `kept-seeds/NNN-*.json`, each with what it found.
 *
 * A world is kept with all its options, so that it does not depend on how options are drawn. It does depend on the
 * workload and the faults: when those change, a kept world still runs and may no longer meet what it once found.
 */

import { readdirSync, readFileSync } from 'node:fs'
import { ADDED_LATER } from './world-options.ts'
import type { WorldOptions } from './world-options.ts'

export interface KeptSeed<Options = WorldOptions> {
  /** File name without its ending: `NNN-what-it-found`. */
  readonly name: string
  /** What was wrong, in the past tense. */
  readonly found: string
  /** The oracle that noticed. */
  readonly oracle: string
  readonly options: Options
}

const FOLDER = new URL('../../kept-seeds/', import.meta.url)

export function readKeptSeeds(): KeptSeed[] {
  return readKeptFolder<WorldOptions>(FOLDER, ADDED_LATER)
}

/** `addedLater`: what worlds kept from before some option came do not have. */
export function readKeptFolder<Options>(
  folder: URL,
  addedLater: Partial<Options>,
): KeptSeed<Options>[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return names.sort().map((file) => {
    const text = readFileSync(new URL(file, folder), 'utf8')
    const kept = JSON.parse(text) as Omit<KeptSeed<Options>, 'name'>
    const options = { ...addedLater, ...kept.options }
    return { ...kept, options, name: file.slice(0, -'.json'.length) }
  })
}

/** As a file of the folder: one line for each option. */
export function formatKeptSeed({ found, oracle, options }: Omit<KeptSeed<object>, 'name'>): string {
  const pairs = Object.entries(options).map(
    ([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  )
  const head = `  "found": ${JSON.stringify(found)},\n  "oracle": ${JSON.stringify(oracle)},`
  return `{\n${head}\n  "options": {\n${pairs.join(',\n')}\n  }\n}`
}
