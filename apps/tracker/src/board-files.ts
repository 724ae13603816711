/** The page of the dashboard: a folder that is given, or the build of the sources that lie here. */

import type { Logger } from '@hamlet/core'

/** What stands for "no page" among the settings. */
const NO_PAGE = 'no'

/**
 * @param setting a folder, `no`, or nothing: then the page is built when it is older than its sources
 * @returns `undefined` where there is no page; the API works without it
 */
export async function findBoardFiles(
  setting: string | undefined,
  logger: Logger,
): Promise<string | undefined> {
  if (setting === NO_PAGE) return undefined
  if (setting !== undefined) return setting
  const script = new URL('../web/scripts/build.ts', import.meta.url).href
  try {
    const board = (await import(script)) as { ensureBoardBuild: () => Promise<string> }
    return await board.ensureBoardBuild()
  } catch (error) {
    logger.warn('the dashboard is not built, so there is no page', { error: String(error) })
    return undefined
  }
}
