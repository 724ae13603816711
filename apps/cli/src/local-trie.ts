/**
 * Tries of the command line: logs of its own (local-log.ts) whose first block is a trie's header.
 *
 * Invariants: a log that is no trie is not written to; a command waits for another one that uses the trie, but not long.
 */

import { setTimeout as delay } from 'node:timers/promises'
import { errorCode } from '@hamlet/core'
import { createNodeRandom } from '@hamlet/identity/node'
import { Trie, TrieError, decodeTrieHeader, encodeTrieHeader, trieLogOf } from '@hamlet/trie'

import type { Session } from './command.ts'
import { CliError } from './errors.ts'
import { createLocalLog, localCrypto, withLocalLog } from './local-log.ts'
import type { LocalLog } from './local-log.ts'

export interface LocalTrie extends LocalLog {
  readonly trie: Trie
}

/** Another command is waited for so long: a `watch` that looks, a `put` that writes. */
const IN_USE_WAIT_MS = 2000
const IN_USE_STEP_MS = 20
const HASH_KEY_BYTES = 32

/** A new log, or one that is empty, becomes a trie. @throws CliError `LOG_EXISTS`, `LOG_IN_USE`, `USAGE` */
export async function createLocalTrie(session: Session, name: string): Promise<LocalLog> {
  try {
    await createLocalLog(session, name)
  } catch (error) {
    // A log without a block is what a crash between its creation and the header leaves.
    if (errorCode(error) !== 'LOG_EXISTS') throw error
  }
  return await withLocalLog(session, name, async (local) => {
    if (local.log.length > 0) {
      throw new CliError('LOG_EXISTS', `there is a log ${name} already`, { fields: { name } })
    }
    const hashKey = createNodeRandom().bytes(HASH_KEY_BYTES)
    await local.log.append([encodeTrieHeader({ hashKey, metadata: new Uint8Array(0) })])
    return local
  })
}

/** Opens a trie, lets `action` work with it, and closes it. @throws CliError as `withLocalLog`; TrieError `TRIE_OTHER` */
export async function withLocalTrie<T>(
  session: Session,
  name: string,
  action: (local: LocalTrie) => Promise<T>,
): Promise<T> {
  return await whenFree(session, () =>
    withLocalLog(session, name, async (local) => {
      if (!isTrie(local)) {
        throw new TrieError('TRIE_OTHER', `the log ${name} is no trie`, { fields: { name } })
      }
      return await withTrieOf(local, action)
    }),
  )
}

/** The trie in a log that is open and has one. A log has one trie at a time: it is the only one to write to it. */
export async function withTrieOf<T>(
  local: LocalLog,
  action: (local: LocalTrie) => Promise<T>,
): Promise<T> {
  if (isOpenTrie(local)) return await action(local)
  await using trie = await Trie.open({ log: trieLogOf(local.log), crypto: localCrypto })
  return await action({ ...local, trie })
}

export function isTrie({ log }: LocalLog): boolean {
  const first = log.length > 0 ? log.peek(0) : undefined
  return first !== undefined && decodeTrieHeader(first) !== undefined
}

function isOpenTrie(local: LocalLog): local is LocalTrie {
  return 'trie' in local
}

async function whenFree<T>(session: Session, action: () => Promise<T>): Promise<T> {
  for (const endMs = performance.now() + IN_USE_WAIT_MS; ;) {
    try {
      return await action()
    } catch (error) {
      const isOver = performance.now() > endMs || session.io.signal.aborted
      if (errorCode(error) !== 'LOG_IN_USE' || isOver) throw error
    }
    await delay(IN_USE_STEP_MS)
  }
}
