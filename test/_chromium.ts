/**
 * Finds a Chromium for the browser tests, or says why there is none; a browser test never skips itself silently.
 *
 * In this order: `CHROMIUM_PATH`; a Chromium or Chrome on the `PATH` or in the usual places; the one Playwright has
 * installed or can install; the distribution's package, when this process may install it.
 */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { chromium } from 'playwright-core'

const INSTALL_TIMEOUT_MS = 300_000
const NAMES = [
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'chrome.exe',
]
const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/opt/google/chrome/chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
]

/**
 * The path of a Chromium that exists, installed now if need be (up to ten minutes).
 *
 * @throws Error listing what was tried and how each failed
 */
export async function provideChromium(): Promise<string> {
  const present = findChromium()
  if (present !== undefined) return present
  const reasons: string[] = []
  for (const install of [installWithPlaywright, installFromDistribution]) {
    const reason = await install()
    if (reason !== undefined) reasons.push(reason)
    const path = findChromium()
    if (path !== undefined) return path
  }
  throw new Error(
    'no Chromium found in CHROMIUM_PATH, on the PATH or in the usual places, and none could be installed:\n' +
      reasons.join('\n'),
  )
}

/** A Chromium that is already here. */
function findChromium(): string | undefined {
  const asked = process.env['CHROMIUM_PATH']
  const onPath = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => NAMES.map((name) => join(folder, name)))
  const candidates = [asked ?? '', ...onPath, ...USUAL_PLACES, playwrightPath()]
  return candidates.find((path) => path !== '' && existsSync(path))
}

function playwrightPath(): string {
  try {
    return chromium.executablePath()
  } catch {
    // Playwright knows no build for this platform.
    return ''
  }
}

function installWithPlaywright(): Promise<string | undefined> {
  const folder = dirname(createRequire(import.meta.url).resolve('playwright-core/package.json'))
  return execute(process.execPath, [join(folder, 'cli.js'), 'install', 'chromium'])
}

async function installFromDistribution(): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'no package manager is known for this platform'
  if (process.getuid?.() !== 0) return 'apt-get install chromium: needs root'
  const options = ['-y', '-q', '--no-install-recommends']
  await execute('apt-get', ['update', '-q'])
  return execute('apt-get', ['install', ...options, 'chromium'])
}

/** How a command failed, or `undefined` when it did not. */
function execute(command: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: INSTALL_TIMEOUT_MS }, (error, _stdout, stderr) => {
      const detail = stderr.trim().split('\n').slice(-3).join(' ')
      resolve(
        error === null ? undefined : `${command} ${args.join(' ')}: ${detail || error.message}`,
      )
    })
  })
}
