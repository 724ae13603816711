// @timeoutSeconds 180 @mostlyWaits: starts of real processes.
/**
 * A disk without room: a write that does not fit is refused, what is said of it is true after a restart, the peer
 * lives, and once there is room it goes on by itself.
 *
 * Where a file system may be mounted (Linux, as root) it is a real one, filled to the last block. Elsewhere it is a
 * limit on the size of every file, and the test says so. Which of the two it was is in the output.
 */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertPlainRefusal, diary, texts } from './_diary.ts'
import { eventually, TestPeers } from './_peers.ts'
import type { TestPeer } from './_peers.ts'
import { SmallDisk } from './_small-disk.ts'

const TIMEOUT_MS = 170_000
const DISK_MIB = 8
const FILE_KIB_MAX = 256
const PAGES_MAX = 1_000
const PAGES_AFTER = 12
const INDEX_ROOM_BYTES = 96 * 1024

interface Attempts {
  readonly acknowledged: string[]
  /** Said to be saved and not shown yet. */
  readonly saved: string[]
  readonly refused: string[]
}

/** Writes until something is refused as not saved. */
async function writeUntilRefused(emil: TestPeer, prefix: string, bytes: number): Promise<Attempts> {
  const attempts: Attempts = { acknowledged: [], saved: [], refused: [] }
  for (let i = 0; i < PAGES_MAX && attempts.refused.length === 0; i++) {
    const text = `${prefix} ${i} ${'x'.repeat(bytes)}`
    try {
      await emil.send('Diary', text)
      attempts.acknowledged.push(text)
    } catch (error) {
      assert.match(String(error), /STORE_FULL|SAVED_NOT_SHOWN|SPACE_DISK/)
      if (String(error).includes('SAVED_NOT_SHOWN')) attempts.saved.push(text)
      else attempts.refused.push(text)
    }
  }
  assert.ok(attempts.refused.length > 0, 'the disk was full at last')
  return attempts
}

/** What was said to be saved is there, in order; what was refused is not. */
function assertTold(kept: readonly string[], before: readonly string[], told: Attempts): void {
  const saved = new Set([...told.acknowledged, ...told.saved])
  assert.deepEqual(kept.slice(0, before.length), before, 'what was there before')
  for (const text of saved) assert.ok(kept.includes(text), `saved: ${text.slice(0, 40)}`)
  for (const text of told.refused)
    assert.ok(!kept.includes(text), `not saved: ${text.slice(0, 40)}`)
}

/** On a real file system: full, freed, and used on. */
async function onRealDisk(emil: TestPeer, disk: SmallDisk, written: string[]): Promise<void> {
  await disk.fill()
  assert.equal(await disk.freeBytes(), 0)
  const told = await writeUntilRefused(emil, 'on a full disk', 900)
  await assertCommandIsHonest(emil, told)
  assert.ok((await texts(emil, 'Diary')).includes(written[0]!), 'it can still be read')

  await disk.free()
  await eventually(
    'what was saved is shown, with nobody writing and no restart',
    () => texts(emil, 'Diary'),
    (shown) => told.saved.every((text) => shown.includes(text)),
  )
  const again = Array.from({ length: PAGES_AFTER }, (_, i) => `there is room again, page ${i}`)
  for (const text of again) await emil.send('Diary', text)
  const shown = await texts(emil, 'Diary')
  assertTold(shown, written, told)
  assert.deepEqual(shown.slice(-PAGES_AFTER), again, 'it is written on without a restart')

  // Full once more, this time found by the index: little room, which large pages use up.
  await disk.fill(INDEX_ROOM_BYTES)
  const more = await writeUntilRefused(emil, 'with little room', 12_000)
  await disk.free()
  await emil.send('Diary', 'the last page')
  const whole = await texts(emil, 'Diary')
  assertTold(whole, shown, more)

  assert.equal(await emil.stop(), 0)
  await emil.up()
  assert.deepEqual(await texts(emil, 'Diary'), whole, 'and the same after a restart')
}

/** Where nothing may be mounted: no file may grow beyond a size. With room again means another start. */
async function onLimitedFiles(emil: TestPeer, written: string[]): Promise<void> {
  const told = await writeUntilRefused(emil, 'page with much on it', 12_000)
  assert.ok(told.acknowledged.length > 0)
  await assertCommandIsHonest(emil, told)
  assert.equal((await emil.request<unknown[]>('GET', '/spaces')).length, 1)
  assert.equal(await emil.stop(), 0)
  await emil.up()
  assertTold(await texts(emil, 'Diary'), written, told)
  await emil.send('Diary', 'there is room again')
}

/** The command line says the same in plain words; what it says is noted, to be held against what is there later. */
async function assertCommandIsHonest(emil: TestPeer, told: Attempts): Promise<void> {
  const text = 'y'.repeat(12_000)
  const command = await emil.run('send', 'Diary', text)
  assertPlainRefusal(command, /The disk is full\. What you wrote is not saved|It is saved on this/)
  const list = command.stderr.includes('It is saved on this device') ? told.saved : told.refused
  list.push(text)
}

describe('a full disk', { timeout: TIMEOUT_MS }, () => {
  test('what does not fit is refused, what is said of it is true, and with room it goes on', async (t) => {
    const peers = await TestPeers.create()
    const data = peers.directory('emil')
    const disk = await SmallDisk.mount(data, DISK_MIB)
    try {
      const { emil, written } = await diary(peers)
      assert.equal(emil.data, data)
      if (typeof disk === 'string') {
        const instead = `no file may grow beyond ${FILE_KIB_MAX} KiB instead`
        console.log(`REDUCED full disk: no file system could be mounted (${disk}); ${instead}`)
        await emil.upWithin(FILE_KIB_MAX)
        await onLimitedFiles(emil, written)
      } else {
        t.diagnostic(`on a real file system, a tmpfs of ${DISK_MIB} MiB`)
        await emil.up()
        await onRealDisk(emil, disk, written)
      }
    } finally {
      await peers.kill()
      if (typeof disk !== 'string') await disk.unmount()
      await peers.close()
    }
  })
})
