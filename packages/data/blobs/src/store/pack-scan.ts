/**
 * Reads the frames of a pack in order, through a window, so that memory does not grow with the pack.
 *
 * Behind bytes that are no frame it looks for the next one, byte by byte: what rotted in the middle of a pack costs the frames it
 * hit and none of those behind. What a crash tore at the end is behind the last frame.
 */

import { crc32c } from '@hamlet/core'
import type { DiskFile } from '@hamlet/core'
import { FRAME_HEAD_BYTES, PACK_HEADER, decodePackFrame, readFrameSize } from './pack-frame.ts'
import type { FrameSize, PackFrame } from './pack-frame.ts'

export interface ScannedFrame {
  readonly frame: PackFrame
  readonly offset: number
  /** Of the whole frame. */
  readonly bytes: number
  readonly contentOffset: number
}

export interface ScanEnd {
  /** Behind the last intact frame. */
  readonly intactBytes: number
  /** Bytes before that which belong to no frame. */
  readonly lostBytes: number
}

const WINDOW_BYTES = 256 * 1024

/** `isTail`: contents are read and checked too, as a crash may have torn them. */
export function scanPack(
  file: DiskFile,
  isTail: boolean,
  onFrame: (frame: ScannedFrame) => void,
): ScanEnd {
  const window = new Window(file)
  let at = PACK_HEADER.length
  let intactBytes = at
  let lostBytes = 0
  while (at + FRAME_HEAD_BYTES <= file.sizeBytes) {
    const scanned = frameAt(window, at, isTail)
    if (!scanned) {
      at++
      continue
    }
    lostBytes += at - intactBytes
    at += scanned.bytes
    intactBytes = at
    onFrame(scanned)
  }
  return { intactBytes, lostBytes }
}

function frameAt(window: Window, offset: number, isTail: boolean): ScannedFrame | undefined {
  const size = readFrameSize(window.view(offset, FRAME_HEAD_BYTES))
  if (!size) return undefined
  const contentOffset = offset + FRAME_HEAD_BYTES + size.recordBytes
  const bytes = contentOffset + size.contentBytes - offset
  if (offset + bytes > window.fileBytes) return undefined
  const frame = decodePackFrame(window.view(offset, FRAME_HEAD_BYTES + size.recordBytes))
  if (!frame || (isTail && !isContentIntact(window, contentOffset, size))) return undefined
  return { frame, offset, bytes, contentOffset }
}

function isContentIntact(window: Window, offset: number, size: FrameSize): boolean {
  return crc32c(window.view(offset, size.contentBytes)) === size.contentCrc
}

class Window {
  readonly #file: DiskFile
  #start = 0
  #bytes: Uint8Array = new Uint8Array()

  constructor(file: DiskFile) {
    this.#file = file
  }

  get fileBytes(): number {
    return this.#file.sizeBytes
  }

  /** Valid until the next call. */
  view(offset: number, length: number): Uint8Array {
    if (offset < this.#start || offset + length > this.#start + this.#bytes.length) {
      const wanted = Math.max(length, WINDOW_BYTES)
      this.#bytes = this.#file.read(offset, Math.min(wanted, this.fileBytes - offset))
      this.#start = offset
    }
    return this.#bytes.subarray(offset - this.#start, offset - this.#start + length)
  }
}
