// Goal: blocks that go to the disk as parts of a write are stored as the format says, and survive what small ones survive. Method:
// frames are built here from the offset table; seeded power cuts between appends; a disk that is full in the middle of a commit.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c } from '@hamlet/core'
import { createMemoryDisk } from '@hamlet/store'
import { seededRandom } from './_crypto.ts'
import { openAuthor, openCopy } from './_logs.ts'

const SIZES = [5, 65_536, 8191, 8192, 8193, 0, 100_003, 1]
const SEGMENT_HEADER_BYTES = 64
const RUNS = 20

function filled(index: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + index * 7 + (i >> 8)) & 0xff)
}

/** The frame of a block in the first segment, from the table in `docs/formats/log.md`. */
function frameOf(block: Uint8Array, offset: number, number: number): Uint8Array {
  const frame = new Uint8Array(9 + block.length)
  const view = new DataView(frame.buffer)
  view.setUint32(0, block.length)
  frame.set(block, 9)
  const covered = new Uint8Array(5 + block.length)
  covered.set(frame.subarray(0, 4))
  covered.set(frame.subarray(8), 4)
  const place = offset ^ 0x9e3779b1 ^ Math.imul(number + 1, 0x85ebca6b)
  view.setUint32(4, crc32c(covered, 0, covered.length, place))
  return frame
}

test('blocks of every size lie in the segment as the format says', async () => {
  const disk = createMemoryDisk()
  const blocks = SIZES.map((bytes, index) => filled(index, bytes))
  await using log = await openAuthor(disk)
  await log.append(blocks)
  const stored = (await disk.readAll('log/00000000.seg'))!
  let offset = SEGMENT_HEADER_BYTES
  for (const [number, block] of blocks.entries()) {
    const frame = frameOf(block, offset, number)
    const found = stored.subarray(offset, offset + frame.length)
    assert.ok(Buffer.compare(found, frame) === 0, `block ${number} at ${offset}`)
    offset += frame.length
  }
  const { damages, isSigned, isIndexSound } = await log.audit()
  assert.deepEqual(
    { damages, isSigned, isIndexSound },
    { damages: [], isSigned: true, isIndexSound: true },
  )
})

test('large blocks that were acknowledged survive a power cut, and those that were not are no damage', async () => {
  for (let seed = 0; seed < RUNS; seed++) {
    const random = seededRandom(seed)
    const disk = createMemoryDisk()
    const log = await openAuthor(disk, { segmentBytes: 150_000, markBlocks: 4 })
    let safe = 0
    for (let from = 0; from < 12; from += 3) {
      const blocks = [0, 1, 2].map((i) => filled(from + i, SIZES[(from + i) % SIZES.length]!))
      const appended = log.append(blocks)
      appended.then(({ to }) => (safe = Math.max(safe, to))).catch(() => undefined)
      for (let turn = random.bytes(1)[0]! % 24; turn > 0; turn--) await Promise.resolve()
    }
    disk.crash(random)
    const again = await openAuthor(disk, { segmentBytes: 150_000 })
    assert.ok(again.length >= safe && again.length % 3 === 0, `seed ${seed}: ${again.length}`)
    for (const [i, block] of [...again.blocks()].entries()) {
      assert.ok(Buffer.compare(block, filled(i, SIZES[i % SIZES.length]!)) === 0, `seed ${seed}`)
    }
    await again.close()
  }
})

test('a range of large blocks for which the disk has no room leaves a copy as it was', async () => {
  const author = await openAuthor(createMemoryDisk())
  await author.append(SIZES.map((bytes, index) => filled(index, bytes)))
  const copy = await openCopy(createMemoryDisk({ capacityBytes: 120_000 }))
  const first = author.rangeFrom(0, { blocksMax: 2, bytesMax: 1e6 })!
  assert.ok((await copy.accept(first)).ok)
  const rest = author.rangeFrom(2, { blocksMax: 20, bytesMax: 1e6 })!
  await assert.rejects(copy.accept(rest), { code: 'STORE_FULL' })
  assert.equal(copy.length, 2)
  assert.equal(copy.get(1).length, 65_536)
  assert.deepEqual((await copy.audit()).damages, [])
})
