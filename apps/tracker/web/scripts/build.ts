/** Builds the tracker's page when it has to be built: `node apps/tracker/web/scripts/build.ts` or `ensureBoardBuild()`. */

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StampedBuild } from '@hamlet/web/stamped-build'
import type { WebBuildOptions } from '@hamlet/web/stamped-build'

const web = dirname(import.meta.dirname)
const root = join(web, '../../..')
const board = new StampedBuild(root, web, [
  join(web, 'src'),
  join(web, 'public'),
  join(web, 'index.html'),
  join(web, 'vite.config.ts'),
  join(root, 'apps/tracker/package.json'),
  join(root, 'apps/web/src/ui'),
  join(root, 'package-lock.json'),
])

/** The folder of a build of the sources as they are now. Calls at the same time share one build. */
export function ensureBoardBuild(options: WebBuildOptions = {}): Promise<string> {
  return board.ensure(options)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const force = process.argv.includes('--force')
  console.log(await ensureBoardBuild({ force, onProgress: (line) => console.error(line) }))
}
