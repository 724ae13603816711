/**
 * A real Chromium on a real build, served by the real HTTP server with its real policy. A page fails its test when the
 * console shows an error or the policy refuses something.
 */

import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { AxeBuilder } from '@axe-core/playwright'
import { chromium } from 'playwright-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { startTestServer } from '@hamlet/http/testing'
import type { TestServer } from '@hamlet/http/testing'
import { provideChromium } from '../../../test/_chromium.ts'
import { ensureWebBuild } from '../scripts/build.ts'

export interface Screen {
  readonly width: number
  readonly height: number
}

export const WIDE: Screen = { width: 1280, height: 800 }
export const NARROW: Screen = { width: 390, height: 844 }
export const SMALL: Screen = { width: 360, height: 640 }

/** How long anything may take on a busy machine; nothing waits longer than it has to. */
const WAIT_MS = 45_000
/** The first page of a browser also waits for the browser. */
const OPEN_MS = 60_000

/** Transitions of the page take less. */
const SETTLE_MS_MAX = 2000

const shots = join(import.meta.dirname, '..', 'test-results')
/** Whether pictures are kept; each costs a third of a second of a processor, and no test looks at them. */
const looks = process.env['HAMLET_LOOKS'] ?? ''
const looksAtAll = looks === 'all'
const ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // A page lives for seconds here: to optimize its code costs more than that saves.
  '--js-flags=--no-opt,--no-maglev',
]

export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser

  private constructor(browser: Browser) {
    this.#browser = browser
  }

  static async start(): Promise<TestBrowser> {
    const executablePath = await provideChromium()
    return new TestBrowser(await chromium.launch({ executablePath, args: ARGUMENTS }))
  }

  /** `url`: with a login code in its fragment. */
  async open(url: string, options: PageOptions = {}): Promise<TestPage> {
    const { screen = WIDE, locale = 'en-GB' } = options
    const context = await this.#browser.newContext({
      viewport: screen,
      locale,
      timezoneId: 'Europe/Berlin',
      colorScheme: 'light',
      hasTouch: screen.width < 500,
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    return TestPage.open(context, url)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
  }
}

export interface PageOptions {
  readonly screen?: Screen
  readonly locale?: string
}

export class TestPage implements AsyncDisposable {
  readonly page: Page
  readonly problems: string[] = []
  readonly #context: BrowserContext

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context
    this.page = page
    page.setDefaultTimeout(WAIT_MS)
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') {
        this.problems.push(message.text())
      }
    })
    page.on('pageerror', (error) => this.problems.push(String(error)))
  }

  static async open(context: BrowserContext, url: string): Promise<TestPage> {
    const opened = new TestPage(context, await context.newPage())
    await opened.page.goto(url, { timeout: OPEN_MS })
    return opened
  }

  /**
   * No accessibility violation on the wide screen in the light and on others in the dark, or with HAMLET_LOOKS=all on each in
   * both, which takes twice as long. With HAMLET_LOOKS set, pictures to look at.
   */
  async inspect(name: string, screens: readonly Screen[] = [WIDE, NARROW]): Promise<void> {
    if (looks !== '') await mkdir(shots, { recursive: true })
    const before = this.page.viewportSize()
    for (const colorScheme of ['light', 'dark'] as const) {
      const seen = screens.filter((screen) => {
        return looksAtAll || screens.length === 1 || (screen === WIDE) === (colorScheme === 'light')
      })
      if (seen.length > 0) await this.page.emulateMedia({ colorScheme })
      for (const screen of seen) await this.#look(name, screen, colorScheme)
    }
    await this.page.emulateMedia({ colorScheme: 'light' })
    if (before !== null) await this.page.setViewportSize(before)
  }

  async #look(name: string, screen: Screen, colorScheme: string): Promise<void> {
    await this.page.setViewportSize(screen)
    await this.settle()
    if (looks !== '') {
      const path = join(shots, `${name}-${screen.width}-${colorScheme}.png`)
      await this.page.screenshot({ path })
    }
    await this.checkAccessibility(`${name} ${screen.width} ${colorScheme}`)
  }

  /** Waits until what is on its way has arrived: half a colour has no contrast. What never ends is not waited for. */
  async settle(): Promise<void> {
    await this.page.evaluate(async (limitMs) => {
      for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame)
      const running = document.getAnimations().filter(({ playState, effect }) => {
        return playState === 'running' && effect?.getComputedTiming().endTime !== Infinity
      })
      const limit = new Promise((resolve) => setTimeout(resolve, limitMs))
      await Promise.race([limit, Promise.allSettled(running.map(({ finished }) => finished))])
    }, SETTLE_MS_MAX)
  }

  async checkAccessibility(where: string): Promise<void> {
    // axe runs in the page and reads styles; the policy lets scripts of the debugger in.
    // Of rules that are kept it says nothing but that they are: to describe every node costs more than to judge it.
    const { violations } = await new AxeBuilder({ page: this.page })
      .setLegacyMode()
      .options({ resultTypes: ['violations'] })
      .analyze()
    const found = violations.map(
      ({ id, nodes }) =>
        `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join('\n')}`,
    )
    assert.deepEqual(found, [], where)
  }

  /** Fails when the page said anything on its console that is not in `expected`. */
  assertQuiet(expected: readonly RegExp[] = []): void {
    const unexpected = this.problems.filter((line) => !expected.some((each) => each.test(line)))
    assert.deepEqual(unexpected, [])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close()
  }
}

/** Asks until the answer is right, and returns the last one. What a page shows may be a moment ahead of its peer. */
export async function eventually<T>(
  ask: () => Promise<T>,
  isRight: (answer: T) => boolean,
): Promise<T> {
  const endMs = Date.now() + WAIT_MS
  for (;;) {
    const answer = await ask()
    if (isRight(answer) || Date.now() > endMs) return answer
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

/** A server of one person's peer, with the built app. */
export async function startWebServer(
  options: Parameters<typeof startTestServer>[0] = {},
): Promise<TestServer> {
  return startTestServer({ staticDirectory: await ensureWebBuild(), ...options })
}
