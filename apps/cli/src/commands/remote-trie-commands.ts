/** Commands about tries between machines: serve one of ours, get a key of somebody's. */

import type { Command } from 'commander'
import type { SparseLog } from '@hamlet/log'
import { openRemoteTrie } from '@hamlet/trie'

import { addCommand } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import type { Io } from '../io.ts'
import { localCrypto, passingCopyOf } from '../local-log.ts'
import { withLocalTrie } from '../local-trie.ts'
import { LogPeers } from '../log-peers.ts'
import type { PeerFlags } from '../log-peers.ts'
import { parseIndex } from '../text.ts'
import { writeEntry } from '../trie-text.ts'
import { peerOptions, serveLocal, serveOptions } from './remote-log-commands.ts'
import type { ServeFlags } from './remote-log-commands.ts'

interface GetFlags extends PeerFlags {
  readonly version?: string
}

/** `trie`: the command that these belong to. */
export function addRemoteTrieCommands(trie: Command, io: Io): void {
  addCommand<ServeFlags>(
    trie,
    io,
    'serve <name>',
    'let whoever knows the key read it over the network, until Ctrl-C',
    serve,
    (command) => void serveOptions(command),
  )
  addCommand<GetFlags>(
    trie,
    io,
    'get-remote <key> <path>',
    'the value of a path in a trie that somebody serves: verified, and little else is fetched',
    getRemote,
    (command) => void peerOptions(command).option('--version <n>', 'as it was after this version'),
  )
}

async function serve(
  session: Session,
  [name = '']: readonly string[],
  flags: ServeFlags,
): Promise<void> {
  await withLocalTrie(session, name, (local) => serveLocal(session, local, flags))
}

async function getRemote(
  session: Session,
  [keyText = '', path = '']: readonly string[],
  flags: GetFlags,
): Promise<void> {
  const version = flags.version === undefined ? undefined : parseIndex(flags.version, 'a version')
  await using log = await passingCopyOf(keyText)
  await using peers = await LogPeers.find(session, log, flags)
  await peers.until(() => isNewest(log, peers))
  await using trie = await openRemoteTrie(log, peers.shared, { crypto: localCrypto })
  const view = version === undefined ? trie : trie.checkout(version)
  const found = await untilDone(peers, log, view.get(path))
  // A log of one block is not looked into by a get, and may be no trie.
  if (!found) await untilDone(peers, log, trie.header())
  const facts = { length: log.length, blocks: log.storedCount, receivedBytes: peers.receivedBytes }
  if (found) return writeEntry(session, found, facts)
  throw new CliError('NOTHING_MATCHES', `there is no key "${path}" in the trie`, {
    fields: { key: path, ...facts },
  })
}

/** Everything that somebody who answered has is known here. */
function isNewest(log: SparseLog, peers: LogPeers): boolean {
  return (
    peers.isSettled &&
    peers.offers.every(({ length, fork }) => fork === log.fork && length <= log.length)
  )
}

/** What does not come is given up after a while, which tells why. */
async function untilDone<T>(peers: LogPeers, log: SparseLog, reading: Promise<T>): Promise<T> {
  let isDone = false
  const end = (): void => {
    isDone = true
  }
  reading.then(end, end)
  await peers.until(
    () => isDone,
    () => log.storedCount,
  )
  return await reading
}
