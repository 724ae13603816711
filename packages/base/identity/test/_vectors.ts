/**
 * Public test vectors, found as `shared/vectors/README.md` says: in VECTORS_DIR, else `../shared/vectors` beside the
 * project. A test that finds none says so and how many cases it did not run.
 */

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const DIRECTORY = process.env['VECTORS_DIR'] ?? `${ROOT}../shared/vectors`

export interface Vectors<T> {
  readonly data: T
  /** Cases the manifest promises; compare with what was executed. */
  readonly caseCount: number
}

/** The parsed file, or `undefined` after a loud line when it is not there. */
export function readVectors<T>(name: string, caseCount: number): Vectors<T> | undefined {
  const path = `${DIRECTORY}/${name}`
  if (!existsSync(path)) {
    console.log(`SKIPPED ${name}: ${caseCount} vectors not present (VECTORS_DIR)`)
    return undefined
  }
  const manifest = JSON.parse(readFileSync(`${DIRECTORY}/manifest.json`, 'utf8'))
  return { data: JSON.parse(readFileSync(path, 'utf8')), caseCount: manifest.files[name].cases }
}
