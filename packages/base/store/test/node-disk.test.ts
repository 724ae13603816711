import assert from 'node:assert/strict'
import { mkdtemp, mkdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { utf8 } from '@hamlet/core'
import { diskConformance } from '@hamlet/testkit/conformance/disk'
import { createNodeDisk } from '@hamlet/store/node'
import type { Disk } from '@hamlet/core'

const directories = new Map<Disk, string>()

async function create(): Promise<Disk> {
  const directory = await mkdtemp(join(tmpdir(), 'hamlet-disk-'))
  const disk = createNodeDisk(join(directory, 'root'))
  directories.set(disk, directory)
  return disk
}

async function destroy(disk: Disk): Promise<void> {
  await rm(directories.get(disk)!, { recursive: true })
  directories.delete(disk)
}

const reopen = async (disk: Disk): Promise<Disk> =>
  createNodeDisk(join(directories.get(disk)!, 'root'))

diskConformance(test, { create, destroy, reopen }, { persistent: true })

test('files are readable by their owner only', async () => {
  const disk = await create()
  const file = await disk.open('a/b')
  file.close()
  await disk.write('a/c', utf8('x'))
  const root = join(directories.get(disk)!, 'root')
  for (const [path, mode] of [
    ['', 0o700],
    ['a', 0o700],
    ['a/b', 0o600],
    ['a/c', 0o600],
  ] as const) {
    assert.equal((await stat(join(root, path))).mode & 0o777, mode)
  }
  await destroy(disk)
})

test('files of a public disk are readable by everybody, and writable by their owner only', async () => {
  const disk = await create()
  const root = join(directories.get(disk)!, 'public')
  await createNodeDisk(root, { isPublic: true }).write('a/c', utf8('x'))
  for (const [path, mode] of [
    ['', 0o755],
    ['a', 0o755],
    ['a/c', 0o644],
  ] as const) {
    const found = (await stat(join(root, path))).mode & 0o777
    assert.equal(found, mode & ~process.umask())
  }
  await destroy(disk)
})

test('symbolic links are not followed, neither as files nor as directories', async () => {
  const disk = await create()
  const root = join(directories.get(disk)!, 'root')
  await mkdir(root)
  await mkdir(join(root, '..', 'outside'))
  await writeFile(join(root, '..', 'outside', 'secret'), 'secret')
  await symlink('../outside', join(root, 'directory'))
  await symlink('../outside/secret', join(root, 'file'))
  await assert.rejects(disk.open('directory/secret'), { code: 'STORE_PATH' })
  await assert.rejects(disk.open('file'), { code: 'STORE_PATH' })
  await assert.rejects(disk.readAll('file'), { code: 'STORE_PATH' })
  await destroy(disk)
})

test('a full device gives STORE_FULL and leaves the size as it was', async () => {
  const disk = await create()
  await mkdir(join(directories.get(disk)!, 'root'))
  // /dev/full reports ENOSPC for every write; it is reached here by opening the device itself.
  const { openSync } = await import('node:fs')
  const { NodeDiskFile } = await import('../src/node/node-disk-file.ts')
  const file = new NodeDiskFile(openSync('/dev/full', 'r+'), 'full', 0)
  assert.throws(() => file.append(utf8('x')), { code: 'STORE_FULL' })
  assert.throws(() => file.writeAt(5, utf8('x')), { code: 'STORE_FULL' })
  assert.equal(file.sizeBytes, 0)
  file.close()
  await destroy(disk)
})
