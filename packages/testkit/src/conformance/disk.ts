/** What every `Disk` does: see the contracts in `packages/base/core/src/ports.ts`. */

import { assert, utf8 } from '@hamlet/core'
import { checkBytes, checkEqual, checkFails } from './check.ts'
import type { Disk } from '@hamlet/core'
import type { TestFunction } from './check.ts'

export interface DiskFactory {
  /** An empty disk. */
  create(): Promise<Disk>
  /** The same files as seen by a process started now, for disks that outlive one. */
  reopen?(disk: Disk): Promise<Disk>
  destroy(disk: Disk): Promise<void>
}

export interface DiskSupports {
  /** Contents survive `reopen`. */
  readonly persistent: boolean
}

const BAD_PATHS = ['', '/a', 'a/', 'a//b', '.', '..', '../a', 'a/../b', 'A', 'a b', 'a\\b', 'ä']
const MORE_BAD_PATHS = ['a.tmp', 'a\0', 'c:a', 'a'.repeat(129), `${'a/'.repeat(300)}a`]

type DiskTest = (title: string, body: (disk: Disk) => Promise<void>) => void

export function diskConformance(
  test: TestFunction,
  factory: DiskFactory,
  supports: DiskSupports,
): void {
  const withDisk: DiskTest = (title, body) => {
    test(`disk: ${title}`, async () => {
      const disk = await factory.create()
      try {
        await body(disk)
      } finally {
        await factory.destroy(disk)
      }
    })
  }
  fileTests(withDisk)
  positionTests(withDisk)
  handleTests(withDisk)
  nameTests(withDisk)
  if (supports.persistent) reopenTests(withDisk, factory)
}

function fileTests(test: DiskTest): void {
  test('appends several parts as one write and reads any range back', async (disk) => {
    const file = await disk.open('logs/one/data')
    checkEqual(file.append(utf8('ab'), utf8(''), utf8('cd')), 0)
    checkEqual(file.append(utf8('ef')), 4)
    checkEqual(file.append(), 6)
    checkEqual(file.sizeBytes, 6)
    checkBytes(file.read(1, 4), utf8('bcde'))
    checkBytes(file.read(6, 0), utf8(''))
    await file.sync()
    file.close()
  })
  test('appends more parts than one system call takes', async (disk) => {
    const file = await disk.open('data')
    const parts = Array.from({ length: 3000 }, (_, index) => new Uint8Array([index, index >> 8]))
    file.append(...parts)
    checkEqual(file.sizeBytes, 6000)
    checkBytes(file.read(5998, 2), parts[2999]!)
    file.close()
  })
  test('refuses to read past the end', async (disk) => {
    const file = await disk.open('data')
    file.append(utf8('abc'))
    await checkFails(() => file.read(1, 3), 'STORE_SHORT_READ')
    await checkFails(() => file.read(-1, 1), 'STORE_SHORT_READ')
    await checkFails(() => file.read(4, 0), 'STORE_SHORT_READ')
    file.close()
  })
  test('appends after a truncation where the file now ends', async (disk) => {
    const file = await disk.open('data')
    file.append(utf8('abcdef'))
    file.truncate(2)
    checkEqual(file.append(utf8('xy')), 2)
    checkBytes(file.read(0, 4), utf8('abxy'))
    await file.sync()
    file.close()
  })
}

function positionTests(test: DiskTest): void {
  test('writes several parts over what is there, and past the end', async (disk) => {
    const file = await disk.open('data')
    file.append(utf8('abcdef'))
    file.writeAt(1, utf8('X'), utf8(''), utf8('YZ'))
    checkBytes(file.read(0, 6), utf8('aXYZef'))
    file.writeAt(4, utf8('1234'))
    checkEqual(file.sizeBytes, 8)
    checkBytes(file.read(0, 8), utf8('aXYZ1234'))
    checkEqual(file.append(utf8('!')), 8)
    await file.sync()
    file.close()
    checkBytes(await disk.readAll('data'), utf8('aXYZ1234!'))
  })
  test('leaves a hole of zeros before what is written past the end', async (disk) => {
    const file = await disk.open('data')
    file.append(utf8('secret'))
    file.truncate(1)
    file.writeAt(10_000, utf8('x'))
    checkEqual(file.sizeBytes, 10_001)
    checkBytes(file.read(1, 9999), new Uint8Array(9999))
    file.writeAt(20_000)
    checkEqual(file.sizeBytes, 10_001)
    file.writeAt(5000, utf8('y'))
    checkBytes(file.read(4999, 3), new Uint8Array([0, 0x79, 0]))
    await file.sync()
    file.close()
  })
  test('writes more parts at a place than one system call takes', async (disk) => {
    const file = await disk.open('data')
    const parts = Array.from({ length: 3000 }, (_, index) => new Uint8Array([index, index >> 8]))
    file.writeAt(7, ...parts)
    checkEqual(file.sizeBytes, 6007)
    checkBytes(file.read(6005, 2), parts[2999]!)
    file.close()
  })
}

function handleTests(test: DiskTest): void {
  test('shows one content through two handles', async (disk) => {
    const writer = await disk.open('data')
    writer.append(utf8('abc'))
    const reader = await disk.open('data')
    checkBytes(reader.read(0, 3), utf8('abc'))
    writer.close()
    reader.close()
  })
  test('syncs many times at once', async (disk) => {
    const file = await disk.open('data')
    const syncs = Array.from({ length: 20 }, () => {
      file.append(utf8('x'))
      return file.sync()
    })
    await Promise.all(syncs)
    checkEqual(file.sizeBytes, 20)
    file.close()
  })
  test('closes twice, also while a sync is under way', async (disk) => {
    const file = await disk.open('data')
    file.append(utf8('abc'))
    const synced = file.sync()
    file.close()
    file.close()
    await synced
    checkBytes(await disk.readAll('data'), utf8('abc'))
  })
  test('returns memory of its own from every read', async (disk) => {
    const file = await disk.open('data')
    file.append(new Uint8Array(10_000))
    for (const length of [10, 10_000]) {
      file.read(0, length).fill(9)
      checkEqual(file.read(0, 1)[0], 0)
      assert(file.read(0, length).constructor === Uint8Array, 'plain bytes, not a Buffer')
    }
    file.close()
  })
  test('reads into memory that is given, where it is large enough', async (disk) => {
    const file = await disk.open('data')
    file.append(utf8('abcdef'))
    const into = new Uint8Array(6)
    for (const offset of [0, 2]) {
      const bytes = file.read(offset, 4, into.subarray(1))
      checkBytes(bytes, utf8(offset === 0 ? 'abcd' : 'cdef'))
      checkEqual(bytes.buffer === into.buffer, bytes.byteOffset === 1)
      checkEqual(into[0], 0)
      checkEqual(into[5], 0)
    }
    checkBytes(file.read(1, 3, new Uint8Array(2)), utf8('bcd'))
    file.close()
  })
}

function nameTests(test: DiskTest): void {
  test('replaces a whole file', async (disk) => {
    await disk.write('a/state', utf8('first, and longer'))
    await disk.write('a/state', utf8('second'))
    checkBytes(await disk.readAll('a/state'), utf8('second'))
    checkEqual(await disk.readAll('a/absent'), undefined)
    checkEqual(await disk.list('a'), ['state'])
  })
  test('orders writes of one file that overlap', async (disk) => {
    const writes = Array.from({ length: 10 }, (_, index) => disk.write('state', utf8(`${index}`)))
    await Promise.all(writes)
    checkBytes(await disk.readAll('state'), utf8('9'))
  })
  test('lists only files, sorted, and nothing where there is no directory', async (disk) => {
    for (const name of ['d/b', 'd/a-1', 'd/c/inner', 'd/a.1']) (await disk.open(name)).close()
    checkEqual(await disk.list('d'), ['a-1', 'a.1', 'b'])
    checkEqual(await disk.list('nowhere'), [])
    checkEqual(await disk.list(''), [])
  })
  test('renames over another file and removes', async (disk) => {
    await disk.write('a', utf8('new'))
    await disk.write('b', utf8('old'))
    await disk.rename('a', 'b')
    await disk.syncDirectory('')
    checkBytes(await disk.readAll('b'), utf8('new'))
    await disk.remove('b')
    await disk.remove('b')
    checkEqual(await disk.list(''), [])
    await checkFails(() => disk.rename('a', 'b'), 'STORE_NOT_FOUND')
  })
  test('refuses every path that is not plain and relative', async (disk) => {
    for (const path of [...BAD_PATHS, ...MORE_BAD_PATHS]) {
      await checkFails(() => disk.open(path), 'STORE_PATH')
      await checkFails(() => disk.write(path, utf8('x')), 'STORE_PATH')
      await checkFails(() => disk.readAll(path), 'STORE_PATH')
      await checkFails(() => disk.remove(path), 'STORE_PATH')
      await checkFails(() => disk.rename(path, 'ok'), 'STORE_PATH')
      await checkFails(() => disk.rename('ok', path), 'STORE_PATH')
      if (path !== '') await checkFails(() => disk.list(path), 'STORE_PATH')
    }
  })
}

function reopenTests(test: DiskTest, factory: DiskFactory): void {
  test('keeps contents for the next process', async (disk) => {
    const file = await disk.open('log/data')
    file.append(utf8('left'))
    file.writeAt(0, utf8('kep'))
    await file.sync()
    await disk.syncDirectory('log')
    file.close()
    await disk.write('state', utf8('whole'))
    const next = await factory.reopen!(disk)
    const again = await next.open('log/data')
    checkEqual(again.sizeBytes, 4)
    checkBytes(again.read(0, 4), utf8('kept'))
    checkBytes(await next.readAll('state'), utf8('whole'))
    again.close()
  })
}
