/**
 * One process at a time: a file with the number of the process that has the folder open.
 *
 * Of a process that is gone the file is taken over. This guards against a slip, not against an enemy.
 */

import { readFile, rm, writeFile } from 'node:fs/promises'
import { S3ServerError } from '../errors.ts'
import { codeOf, isMissing } from './folder-files.ts'

/** @returns how to give it back. @throws S3ServerError `S3_FOLDER_IN_USE` */
export async function lockFolder(path: string): Promise<() => Promise<void>> {
  for (let tries = 0; ; tries++) {
    try {
      await writeFile(path, `${process.pid}\n`, { flag: 'wx', mode: 0o600 })
      return () => rm(path, { force: true })
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
    const holder = await readHolder(path)
    if (tries > 2 || (holder !== undefined && isAlive(holder))) {
      throw new S3ServerError('S3_FOLDER_IN_USE', `process ${holder ?? '?'} has the folder open`)
    }
    await rm(path, { force: true })
  }
}

async function readHolder(path: string): Promise<number | undefined> {
  try {
    const text = await readFile(path, 'utf8')
    return /^\d{1,10}\n$/.test(text) ? Number(text) : undefined
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}
