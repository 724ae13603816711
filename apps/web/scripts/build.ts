/** Builds the web app when it has to be built: `node apps/web/scripts/build.ts` or `ensureWebBuild()`. */

import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { StampedBuild } from './stamped-build.ts'
import type { WebBuildOptions } from './stamped-build.ts'

export type { WebBuildOptions } from './stamped-build.ts'

const web = dirname(import.meta.dirname)
const root = dirname(dirname(web))
/** Besides the sources: what the page takes from other packages, and the versions of everything else. */
const app = new StampedBuild(root, web, [
  join(web, 'src'),
  join(web, 'public'),
  join(web, 'index.html'),
  join(web, 'vite.config.ts'),
  join(web, 'package.json'),
  join(root, 'packages/gateways/http/src'),
  join(root, 'packages/features/chat/src'),
  join(root, 'packages/features/expenses/src'),
  join(root, 'packages/base/core/src'),
  join(root, 'package-lock.json'),
])

/** The folder of a build of the sources as they are now. Calls at the same time share one build. */
export function ensureWebBuild(options: WebBuildOptions = {}): Promise<string> {
  return app.ensure(options)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const force = process.argv.includes('--force')
  console.log(await ensureWebBuild({ force, onProgress: (line) => console.error(line) }))
}
