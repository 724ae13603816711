/**
 * One process per data directory.
 *
 * Node offers no file locks, and the usual substitutes leave something stale behind after `kill -9`: a pid file needs
 * guessing whether that pid is still the same process (pids are reused, containers share directories across pid
 * namespaces), a socket file needs an unlink that can race. LevelDB, which is here anyway, holds a lock of the operating system
 * (fcntl on POSIX, LockFile on Windows) on its `LOCK` file: the kernel drops it when the process ends, however
 * it ends. So the lock is an empty LevelDB in `<directory>/lock`, kept open; LevelDB also refuses a second opening
 * inside the same process. The pid beside it, `lock.pid`, only serves the error message.
 */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import { StoreError } from '../errors.ts'
import { toKvError } from '../level-to-kv.ts'
import { toStoreError } from './node-errors.ts'

export interface DirectoryLock {
  /** Calling it twice is harmless. */
  release(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** @throws StoreError `STORE_LOCKED` with the holder's `pid` when it is known. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const pidPath = join(directory, 'lock.pid')
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const level = await openLock(join(directory, 'lock'))
    await writeFile(pidPath, `${process.pid}\n`, { mode: 0o600 })
    const release = (): Promise<void> => level.close()
    return { release, [Symbol.asyncDispose]: release }
  } catch (error) {
    if (!(error instanceof StoreError)) throw toStoreError(error, 'lock', directory)
    if (error.code !== 'STORE_LOCKED') throw error
    throw lockedError(directory, await readPid(pidPath), error)
  }
}

/** The lock holds no data, so one that a power cut damaged is made anew; destroying takes the lock as well. */
async function openLock(location: string): Promise<ClassicLevel> {
  try {
    return await openLevel(location)
  } catch (error) {
    if (error instanceof StoreError && error.code === 'STORE_LOCKED') throw error
    await ClassicLevel.destroy(location).catch((cause: unknown) => {
      throw toKvError(cause, 'repair the lock')
    })
    return openLevel(location)
  }
}

async function openLevel(location: string): Promise<ClassicLevel> {
  const level = new ClassicLevel(location)
  await level.open().catch((error: unknown) => {
    throw toKvError(error, 'take the lock')
  })
  return level
}

async function readPid(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '')
  return /^\d{1,10}\n$/.test(text) ? Number(text) : undefined
}

function lockedError(directory: string, pid: number | undefined, cause: StoreError): StoreError {
  const holder = pid === undefined ? 'another process' : `process ${pid}`
  return new StoreError('STORE_LOCKED', `${directory} is in use by ${holder}`, {
    cause,
    fields: { directory, pid },
  })
}
