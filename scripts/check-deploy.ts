/**
 * The deployment check: the files under `deploy/` are sound as far as that can be seen without an engine.
 *
 * `npm run deployment` goes further and runs what they say as processes.
 */

import { existsSync, globSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkCompose } from './deploy/compose.ts'
import { checkDockerfile } from './deploy/dockerfile.ts'
import { checkUnit } from './deploy/unit-file.ts'
import type { Finding } from './source-tree.ts'
import { reportFindings } from './source-tree.ts'

const PARTS: readonly (readonly [
  file: string,
  check: (root: string, file: string) => readonly Finding[],
])[] = [
  ['deploy/Dockerfile', checkDockerfile],
  ['deploy/compose.yaml', checkCompose],
]

export function checkDeploy(root: string): readonly Finding[] {
  const units = globSync('deploy/systemd/*.service', { cwd: root }).sort()
  return [
    ...PARTS.flatMap(([file, check]) =>
      existsSync(join(root, file)) ? check(root, file) : [{ file, message: 'is missing' }],
    ),
    ...units.flatMap((file) => checkUnit(root, file)),
  ]
}

if (import.meta.main) {
  reportFindings('deploy', checkDeploy(dirname(dirname(fileURLToPath(import.meta.url)))))
}
