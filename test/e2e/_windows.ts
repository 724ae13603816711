/** Real peers with a page each in a real browser: what tests of several people at their windows share. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HamletApi } from '@hamlet/http/api'
import { runPeer } from '@hamlet/peer/node'
import type { RunningPeer } from '@hamlet/peer/node'
import { ensureWebBuild } from '../../apps/web/scripts/build.ts'
import { TestBrowser } from '../../apps/web/test/_browser.ts'
import type { TestPage } from '../../apps/web/test/_browser.ts'
import { eventually } from './_peers.ts'

/** For what others have to bring. */
export const ARRIVAL_MS = 40_000

export class Windows implements AsyncDisposable {
  readonly #root: string
  readonly #browser: TestBrowser
  readonly #running = new Map<string, RunningPeer>()

  private constructor(root: string, browser: TestBrowser) {
    this.#root = root
    this.#browser = browser
  }

  static async start(): Promise<Windows> {
    return new Windows(await mkdtemp(join(tmpdir(), 'hamlet-windows-')), await TestBrowser.start())
  }

  /** Starts somebody's peer, where it stopped if it ran before. */
  async up(name: string): Promise<RunningPeer> {
    const peer = await runPeer({
      dataDirectory: join(this.#root, name),
      listen: ['/ip4/127.0.0.1/tcp/0'],
      bootstrap: [],
      relay: false,
      webDirectory: await ensureWebBuild(),
      localDiscovery: false,
    })
    this.#running.set(name, peer)
    return peer
  }

  async down(name: string): Promise<void> {
    await this.#running.get(name)!.close()
    this.#running.delete(name)
  }

  /** A page of the peer at `route`, such as `/s/…/bills`. */
  async open(peer: RunningPeer, route: string): Promise<TestPage> {
    const opened = await this.#browser.open(peer.createLoginUrl())
    opened.page.setDefaultTimeout(ARRIVAL_MS)
    await opened.page.getByRole('contentinfo').waitFor()
    await opened.page.evaluate((to) => (location.hash = to), `#${route}`)
    return opened
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser[Symbol.asyncDispose]()
    await Promise.all([...this.#running.values()].map((peer) => peer.close()))
    await rm(this.#root, { recursive: true, force: true })
  }
}

/** Anna founds a space, and somebody joins it. */
export async function foundWith(
  anna: HamletApi,
  spaceName: string,
  guest: HamletApi,
  guestName: string,
): Promise<string> {
  await anna.setName('Anna')
  const { id: space } = await anna.createSpace(spaceName)
  const { link } = await anna.createInvite(space, { mode: 'auto' })
  await guest.join(link!, guestName)
  const count = async (): Promise<number> => (await guest.spaces()).length
  await eventually(`${guestName} is in`, count, (spaces) => spaces === 1, ARRIVAL_MS)
  return space
}
