/**
 * A film as long and as large as one likes, out of a second of film that a browser recorded: the same second again and again, each in a
 * cluster of its own with filling behind it, and at the beginning a list of where each begins, so that players can go there.
 */

import { createWriteStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { element, elementHead, float, readElements, uint } from './ebml.ts'
import type { Element } from './ebml.ts'

const EBML = 0x1a45dfa3
const SEGMENT = 0x18538067
const INFO = 0x1549a966
const TRACKS = 0x1654ae6b
const CLUSTER = 0x1f43b675
const CUES = 0x1c53bb6b
const SIMPLE_BLOCK = 0xa3
const BLOCK_GROUP = 0xa0
const BLOCK = 0xa1
/** In a group: to be seen it needs another picture. */
const REFERENCE = 0xfb
const KEY_FLAG = 0x80
const TIMECODE = 0xe7
const TIMECODE_SCALE = 0x2ad7b1
const DURATION = 0x4489
const APP_NAMES = [0x4d80, 0x5741]
const CUE_POINT = 0xbb
const CUE_TIME = 0xb3
const CUE_POSITIONS = 0xb7
const CUE_TRACK = 0xf7
const CUE_CLUSTER = 0xf1
const VOID = 0xec
const NANOSECONDS = 1_000_000
const SECOND_MS = 1_000
const LARGE = new Set([CLUSTER, CUES, TRACKS, INFO])

interface Frame {
  readonly atMs: number
  /** Behind the time of the block: flags and picture. */
  readonly rest: Buffer
}

/** Writes a film of so many seconds and about so many bytes. */
export async function writeLongFilm(
  file: string,
  recorded: Uint8Array,
  { seconds, bytes }: { readonly seconds: number; readonly bytes: number },
): Promise<void> {
  const { tracks, frames } = readFilm(Buffer.from(recorded))
  const fill = Math.max(0, Math.floor(bytes / seconds) - clusterOf(frames, 0, 0).length)
  const clusterBytes = clusterOf(frames, 0, fill).length
  const info = element(
    INFO,
    uint(TIMECODE_SCALE, NANOSECONDS),
    float(DURATION, seconds * SECOND_MS),
    ...APP_NAMES.map((id) => element(id, Buffer.from('walk'))),
  )
  const trackList = element(TRACKS, tracks)
  const cuesBytes = cuesOf(seconds, 0, clusterBytes).length
  const clustersAt = info.length + trackList.length + cuesBytes
  await pipeline(function* () {
    yield element(EBML, header())
    yield elementHead(SEGMENT, clustersAt + seconds * clusterBytes)
    yield Buffer.concat([info, trackList, cuesOf(seconds, clustersAt, clusterBytes)])
    for (let second = 0; second < seconds; second++) yield clusterOf(frames, second, fill)
  }, createWriteStream(file))
}

/** The tracks as they are, and the pictures of the first second. */
function readFilm(film: Buffer): { readonly tracks: Buffer; readonly frames: readonly Frame[] } {
  const segment = [...readElements(film, new Set())].find(({ id }) => id === SEGMENT)!
  const parts = [...readElements(segment.data, LARGE)]
  const tracks = parts.find(({ id }) => id === TRACKS)!.data
  const all = parts.filter(({ id }) => id === CLUSTER).flatMap(framesOf)
  const frames = all.filter(({ atMs }) => atMs < SECOND_MS)
  if (frames.length === 0) throw new Error('the recorded film has no picture')
  return { tracks, frames }
}

function framesOf(cluster: Element): readonly Frame[] {
  const inside = [...readElements(cluster.data, LARGE)]
  const start = inside.find(({ id }) => id === TIMECODE)!.data
  const startMs = start.readUIntBE(0, start.length)
  return inside.flatMap(({ id, data }) => {
    if (id === SIMPLE_BLOCK) return [frameOf(startMs, data, data[3]!)]
    if (id !== BLOCK_GROUP) return []
    const group = [...readElements(data, LARGE)]
    const isKey = !group.some((each) => each.id === REFERENCE)
    const block = group.find((each) => each.id === BLOCK)!.data
    return [frameOf(startMs, block, isKey ? KEY_FLAG : 0)]
  })
}

/** Of a block: its track (1), its time (2) and flags (1) before the picture. */
function frameOf(startMs: number, block: Buffer, flags: number): Frame {
  const rest = Buffer.concat([Buffer.from([flags]), block.subarray(4)])
  return { atMs: startMs + block.readInt16BE(1), rest }
}

function clusterOf(frames: readonly Frame[], second: number, fillBytes: number): Buffer {
  const blocks = frames.map(({ atMs, rest }) => {
    const head = Buffer.from([0x81, 0, 0])
    head.writeInt16BE(atMs, 1)
    return element(SIMPLE_BLOCK, head, rest)
  })
  const fill = element(VOID, Buffer.alloc(fillBytes))
  return element(CLUSTER, uint(TIMECODE, second * SECOND_MS), ...blocks, fill)
}

/** Where each second begins, counted from the beginning of the segment. */
function cuesOf(seconds: number, clustersAt: number, clusterBytes: number): Buffer {
  const points = Array.from({ length: seconds }, (_, second) => {
    const place = uint(CUE_CLUSTER, clustersAt + second * clusterBytes)
    const positions = element(CUE_POSITIONS, uint(CUE_TRACK, 1), place)
    return element(CUE_POINT, uint(CUE_TIME, second * SECOND_MS), positions)
  })
  return element(CUES, ...points)
}

/** Versions and lengths as every WebM has them. */
function header(): Buffer {
  const numbers = [
    [0x4286, 1],
    [0x42f7, 1],
    [0x42f2, 4],
    [0x42f3, 8],
    [0x4287, 4],
    [0x4285, 2],
  ].map(([id, value]) => uint(id!, value!))
  return Buffer.concat([...numbers, element(0x4282, Buffer.from('webm'))])
}
