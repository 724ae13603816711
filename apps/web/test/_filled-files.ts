/** A household with shared files: a folder of a weekend by Ben, a plan by Cleo, a public flyer by Ana; and a film made on the spot. */

import { crc32, deflateSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import type { FilesApi, Share, UploadInput } from '@hamlet/http/api'
import type { TestServer } from '@hamlet/http/testing'
import { fillSpace } from './_filled-space.ts'
import type { FilledSpace } from './_filled-space.ts'

export interface FilledFiles extends FilledSpace {
  readonly shares: { readonly weekend: Share; readonly plan: Share; readonly flyer: Share }
}

export const NOTES = 'Bring: torch, tent, tea.\nThe key hangs behind the door.\n'
const SVG = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'

/** `film`: what a browser plays. */
export async function fillFiles(server: TestServer, film: Uint8Array): Promise<FilledFiles> {
  const space = await fillSpace(server)
  const { id, ben, cleo } = space
  const plan = await share(cleo, { space: id, name: 'Floor plan.pdf', isFolder: false }, [
    ['Floor plan.pdf', new Uint8Array(1_840_000)],
  ])
  const flyer = await share(
    server.api,
    { space: id, name: 'Flyer', isFolder: false, isPublic: true },
    [['flyer.png', picture(320, 200, 40)]],
  )
  const weekend = await share(ben, { space: id, name: 'Weekend at the lake', isFolder: true }, [
    ['notes.txt', new TextEncoder().encode(NOTES)],
    ['film.webm', film],
    ['emblem.svg', new TextEncoder().encode(SVG)],
    ['pictures/dawn.png', picture(640, 400, 0)],
    ['pictures/noon.png', picture(640, 400, 120)],
    ...Array.from({ length: 7 }, (_, at): [string, Uint8Array] => [
      `pictures/evening/${at + 1}.png`,
      picture(200, 120, 20 * at),
    ]),
  ])
  return { ...space, shares: { weekend, plan, flyer } }
}

async function share(
  api: FilesApi,
  input: UploadInput,
  files: readonly (readonly [string, Uint8Array])[],
): Promise<Share> {
  const { id } = await api.startUpload(input)
  for (const [path, bytes] of files) await api.putFile(id, path, once(bytes))
  return api.finishUpload(id)
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** A film of about a second, recorded by the browser that is to play it. */
export async function recordFilm(page: Page): Promise<Uint8Array> {
  const base64 = await page.evaluate(async () => {
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width: 320, height: 180 })
    const brush = canvas.getContext('2d')!
    const recorder = new MediaRecorder(canvas.captureStream(20), { mimeType: 'video/webm' })
    const parts: Blob[] = []
    recorder.addEventListener('dataavailable', ({ data }) => parts.push(data))
    const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve))
    recorder.start()
    for (let frame = 0; frame < 16; frame++) {
      brush.fillStyle = `hsl(${frame * 8} 45% 45%)`
      brush.fillRect(0, 0, 320, 180)
      brush.fillStyle = '#fff'
      brush.fillRect(frame * 18, 70, 40, 40)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    recorder.stop()
    await stopped
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer())
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
  })
  return new Uint8Array(Buffer.from(base64, 'base64'))
}

/** A PNG of a sky above water (RFC 2083: signature, header, pixels, end). */
export function picture(width: number, height: number, hue: number): Uint8Array {
  const rows = Array.from({ length: height }, (_, y) => {
    const row = new Uint8Array(1 + width * 3)
    for (let x = 0; x < width; x++) {
      const light = y < height / 2 ? 1 - y / height : 0.35 + 0.1 * Math.sin(x / 9 + y)
      row.set([(90 + hue) * light, (120 + hue / 3) * light, 220 * light], 1 + x * 3)
    }
    return row
  })
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, 2], 8)
  return new Uint8Array(
    Buffer.concat([
      Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]),
      chunk('IHDR', header),
      chunk('IDAT', deflateSync(Buffer.concat(rows))),
      chunk('IEND', Buffer.alloc(0)),
    ]),
  )
}

function chunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const ends = Buffer.alloc(8)
  ends.writeUInt32BE(data.length, 0)
  ends.writeUInt32BE(crc32(body), 4)
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)])
}
