/** For Node: where the built web app is, built first when it has to be. */
export { ensureWebBuild } from '../scripts/build.ts'
export type { WebBuildOptions } from '../scripts/build.ts'
