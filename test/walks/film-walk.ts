/** A large film that a browser plays after its first megabytes, while the rest is on its way from another peer, and far ahead too. */

import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Locator, Page } from 'playwright-core'
import { recordFilm } from '../../apps/web/test/_filled-files.ts'
import { TestBrowser } from '../../apps/web/test/_browser.ts'
import { eventually } from '../e2e/_peers.ts'
import type { TestPeer } from '../e2e/_peers.ts'
import { Crowd, heldBytes, knownShare, SPACE } from './crowd.ts'
import { writeLongFilm } from './long-film.ts'
import { secondsSince, sizeText } from './walk-report.ts'
import type { WalkOptions, WalkReport } from './walk-report.ts'

const FOLDER = 'Evening'
const FILM = 'film.webm'
const SECONDS = 200
const FILM_BYTES_MAX = 128 * 2 ** 20
/** The source gives so much a second: some times what playing takes. */
const UP_TIMES_PLAYING = 6
const PLAYED_SECONDS = 0.5
const HELD_PART_MAX = 0.1
const AHEAD = 0.8
const AHEAD_SECONDS_MAX = 15
/** What may have come until it plays there: a part of what would have to be there otherwise. */
const AHEAD_PART_MAX = 0.6
const PLAY_MS_MAX = 90_000

export async function walkFilm(report: WalkReport, options: WalkOptions): Promise<void> {
  const { bytes } = options
  await using crowd = await Crowd.create()
  await using browser = await TestBrowser.start()
  const ana = await crowd.member('Ana')
  const ben = await crowd.member('Ben')
  await using opened = await browser.open(await loginUrl(ben))
  const { page } = opened
  const file = join(crowd.folder(FOLDER), FILM)
  await mkdir(crowd.folder(FOLDER))
  const filmBytes = Math.min(bytes, FILM_BYTES_MAX)
  await writeLongFilm(file, await recordFilm(page), { seconds: SECONDS, bytes: filmBytes })
  const { size } = await stat(file)
  const upBytesPerSecond = Math.floor((UP_TIMES_PLAYING * size) / SECONDS)
  await ana.request('PUT', '/transfer-limits', { upBytesPerSecond })
  await ana.json('share', crowd.folder(FOLDER), '--space', SPACE)
  const { id } = await knownShare(ben, FOLDER)
  const film = { page, ben, share: id, sizeBytes: size }
  let video: Locator | undefined
  const title = `a film of ${sizeText(size)} and ${SECONDS} s plays after its first megabytes`
  const isPlaying = await report.check(title, async () => {
    const [player, figures] = await play(film)
    video = player
    return `${figures}, from a source of ${(upBytesPerSecond / 1e6).toFixed(1)} MB/s`
  })
  if (isPlaying) await report.check('and far ahead soon', () => playAhead(film, video!))
}

interface Film {
  readonly page: Page
  readonly ben: TestPeer
  readonly share: string
  readonly sizeBytes: number
}

async function play(film: Film): Promise<readonly [Locator, string]> {
  const { page, ben, share, sizeBytes } = film
  await page.getByRole('contentinfo').waitFor()
  const route = `#/s/${await ben.spaceId(SPACE)}/files`
  await page.evaluate((to) => (location.hash = to), route)
  await page.getByRole('button', { name: new RegExp(FOLDER) }).click({ timeout: PLAY_MS_MAX })
  const drawer = page.getByRole('dialog', { name: FOLDER })
  const entry = drawer.getByRole('button', { name: new RegExp(`^${FILM}`) })
  await entry.waitFor({ timeout: PLAY_MS_MAX })
  const startedMs = performance.now()
  await entry.click()
  const video = page.locator('video')
  await video.evaluate((player) => void (player as HTMLVideoElement).play())
  await playsBeyond(video, PLAYED_SECONDS)
  const took = secondsSince(startedMs)
  const held = await heldBytes(ben, share)
  if (held > HELD_PART_MAX * sizeBytes) {
    throw new Error(`${sizeText(held)} of ${sizeText(sizeBytes)} had come first, in ${took}`)
  }
  return [video, `${took} after the click, with ${sizeText(held)} there`]
}

async function playAhead({ ben, share, sizeBytes }: Film, video: Locator): Promise<string> {
  const startedMs = performance.now()
  const target = AHEAD * SECONDS
  await video.evaluate((player, to) => void ((player as HTMLVideoElement).currentTime = to), target)
  await playsBeyond(video, target + PLAYED_SECONDS)
  const took = (performance.now() - startedMs) / 1000
  const held = await heldBytes(ben, share)
  const figures = `${took.toFixed(1)} s after going to ${target} s, with ${sizeText(held)} there`
  if (took > AHEAD_SECONDS_MAX || held > AHEAD_PART_MAX * sizeBytes) throw new Error(figures)
  return figures
}

async function playsBeyond(video: Locator, seconds: number): Promise<void> {
  await eventually(
    `the film plays beyond ${seconds} s`,
    () =>
      video.evaluate((shown) => {
        const player = shown as HTMLVideoElement
        return { time: player.currentTime, isSeeking: player.seeking, error: player.error?.message }
      }),
    ({ time, isSeeking, error }) => {
      if (error !== undefined) throw new Error(error)
      return time > seconds && !isSeeking
    },
    PLAY_MS_MAX,
  )
}

async function loginUrl(peer: TestPeer): Promise<string> {
  return (await peer.json<{ url: string }>('open')).url
}
