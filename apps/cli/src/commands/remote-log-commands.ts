/** Commands about logs between machines: serve one of ours, get a block of somebody's, copy somebody's. */

import { join } from 'node:path'
import type { Command } from 'commander'
import { bytesToHex, idToBytes } from '@hamlet/core'
import { createNodeClock, createNodeRandom } from '@hamlet/identity/node'
import { exchangeOver, LogError, LogExchange } from '@hamlet/log'
import type { SparseLog, Truncation } from '@hamlet/log'
import type { NamedServer } from '@hamlet/network'
import { createNodeDisk } from '@hamlet/store/node'
import { answerTrieHints } from '@hamlet/trie'

import { writeBlock } from '../block-output.ts'
import { addCommand, collect } from '../command.ts'
import type { Session } from '../command.ts'
import { CliError } from '../errors.ts'
import { CommandHolder } from '../held/command-holder.ts'
import type { Io } from '../io.ts'
import {
  localCrypto,
  logKeyOf,
  parseLogName,
  passingCopyOf,
  withLocalLog,
  withLogCopy,
} from '../local-log.ts'
import type { LocalLog } from '../local-log.ts'
import { isTrie, withTrieOf } from '../local-trie.ts'
import type { LocalTrie } from '../local-trie.ts'
import { LOG_PROTOCOL, LogPeers } from '../log-peers.ts'
import type { PeerFlags } from '../log-peers.ts'
import { Progress } from '../progress.ts'
import { parseIndex, plural } from '../text.ts'

export interface ServeFlags {
  readonly listen: readonly string[]
  readonly bootstrap: readonly string[]
  readonly relay?: boolean
}

interface GetFlags extends PeerFlags {
  readonly lines?: boolean
}

interface ReplicateFlags extends PeerFlags {
  readonly live?: boolean
}

/** `log`: the command that these belong to. */
export function addRemoteLogCommands(log: Command, io: Io): void {
  addCommand<ServeFlags>(
    log,
    io,
    'serve <name>',
    'let whoever knows the key read it over the network, until Ctrl-C',
    serve,
    (command) => void serveOptions(command),
  )
  addCommand<GetFlags>(
    log,
    io,
    'get-remote <key> <index>',
    'one block of a log that somebody serves: verified, and nothing else is fetched',
    getRemote,
    (command) => peerOptions(command).option('--lines', 'a line end after the block'),
  )
  addCommand<ReplicateFlags>(
    log,
    io,
    'replicate <key> [name]',
    'a complete copy of a log that somebody serves; again: only what is missing',
    replicate,
    (command) => peerOptions(command).option('--live', 'stay, and copy what is appended'),
  )
}

export function serveOptions(command: Command): Command {
  return command
    .option('--listen <multiaddr>', 'listen here (repeat)', collect, [])
    .option('--bootstrap <multiaddr>', 'be found through this peer (repeat)', collect, [])
    .option('--relay', 'pass connections on for others')
}

export function peerOptions(command: Command): Command {
  return command
    .option('--peer <multiaddr>', 'whoever serves it is here (repeat)', collect, [])
    .option('--bootstrap <multiaddr>', 'find others through this peer (repeat)', collect, [])
    .option('--timeout <seconds>', 'how long to wait for somebody (default 30)')
}

async function serve(
  session: Session,
  [name = '']: readonly string[],
  flags: ServeFlags,
): Promise<void> {
  await withLocalLog(session, name, async (local) => {
    if (isTrie(local)) await withTrieOf(local, (trie) => serveLocal(session, trie, flags))
    else await serveLocal(session, local, flags)
  })
}

/** Until the user asks to end; meanwhile other commands use the log through us. Of a trie also hints are given. */
export async function serveLocal(
  session: Session,
  local: LocalLog | LocalTrie,
  flags: ServeFlags,
): Promise<void> {
  await using _holder = await CommandHolder.start(session, local)
  const exchange = new LogExchange({
    crypto: localCrypto,
    clock: createNodeClock(),
    random: createNodeRandom(),
    onRefused: (peer, error) => session.note(`${peer} is left: ${error.message}`),
  })
  const shared = exchange.add(local.log)
  if ('trie' in local) answerTrieHints(shared, local.trie)
  const server = await createLogServer(session, local, exchange, flags)
  try {
    await server.listen()
    announce(session, local, server)
    server
      .provide(idToBytes(local.log.id))
      .published.then((nodes) => tellAnnounced(session, nodes))
      .catch(() => undefined)
    await aborted(session.io.signal)
    session.note('Stopping…')
  } finally {
    exchange.close()
    await server.close()
  }
}

async function createLogServer(
  session: Session,
  { directory, seed }: LocalLog,
  exchange: LogExchange,
  { listen, bootstrap, relay }: ServeFlags,
): Promise<NamedServer> {
  const { createServer } = await import('@hamlet/network')
  return createServer({
    // Only the author answers under the log's key. Whoever serves a copy is a peer like others.
    seed: seed ?? createNodeRandom().bytes(32),
    protocol: LOG_PROTOCOL,
    bootstrap,
    files: createNodeDisk(join(directory, 'network')),
    ...(listen.length > 0 && { listen }),
    ...(relay === true && { relay }),
    async onConnection(stream, publicKey) {
      const peer = bytesToHex(publicKey)
      showPeer(session, 'peer-up', peer)
      await exchangeOver(exchange, stream, peer)
      showPeer(session, 'peer-down', peer, stream.bytesWritten)
    },
  })
}

function announce(session: Session, { name, log, key }: LocalLog, server: NamedServer): void {
  const addresses = server.addresses()
  const peer = bytesToHex(server.publicKey)
  session.answer({ type: 'serving', name, key, length: log.length, peer, addresses }, () =>
    [
      `Serving ${session.paint(name, 'bold')}, ${plural(log.length, 'block')}. Whoever has the key can read it:`,
      key,
      '',
      ...addresses.map((address) => `  ${address}`),
      '',
      'Stop with Ctrl-C.',
    ].join('\n'),
  )
}

function tellAnnounced(session: Session, nodes: number): void {
  if (nodes === 0) return
  session.answer(
    { type: 'announced', nodes },
    () => `Found by the key alone: ${plural(nodes, 'peer')} of the DHT remember who has it.`,
  )
}

function showPeer(
  session: Session,
  type: 'peer-up' | 'peer-down',
  peer: string,
  sentBytes?: number,
): void {
  session.answer({ type, peer, ...(sentBytes !== undefined && { sentBytes }) }, () =>
    type === 'peer-up' ? `+ ${peer}` : `- ${peer}, ${sentBytes} bytes sent`,
  )
}

async function getRemote(
  session: Session,
  [keyText = '', indexText = '']: readonly string[],
  flags: GetFlags,
): Promise<void> {
  const index = parseIndex(indexText)
  await using log = await passingCopyOf(keyText)
  await using peers = await LogPeers.find(session, log, flags)
  await peers.until(() => log.length > index || isShorter(log, peers, index))
  if (index >= log.length) {
    const length = Math.max(log.length, ...peers.offers.map((offer) => offer.length))
    const message = `the log has ${plural(length, 'block')}, asked for ${index}`
    throw new LogError('LOG_OUT_OF_RANGE', message, { fields: { index, length } })
  }
  // What does not come is given up by `until`, which tells why.
  log.load(index).catch(() => undefined)
  await peers.until(() => log.has(index))
  const truncations = log.truncations.map(truncationFacts)
  tellTruncations(session, truncations)
  const { length, fork } = log
  const facts = { length, fork, truncations, receivedBytes: peers.receivedBytes }
  writeBlock(session, index, log.peek(index)!, flags, facts)
}

/** Everybody who answered has less, and their head is here. */
function isShorter(log: SparseLog, peers: LogPeers, index: number): boolean {
  return (
    peers.isSettled &&
    peers.offers.every(
      ({ length, fork }) => length <= index && fork === log.fork && length <= log.length,
    )
  )
}

async function replicate(
  session: Session,
  [keyText = '', given]: readonly string[],
  flags: ReplicateFlags,
): Promise<void> {
  const { id, publicKey } = parseLogName(keyText)
  const name = given ?? `copy-${id.slice(0, 12)}`
  await withLogCopy(session, name, publicKey, async (local) => {
    const { log, directory } = local
    await using _holder = await CommandHolder.start(session, local)
    const progress = new Progress(session, 'Copying')
    const from = log.length
    const known = log.truncations.length
    const stopWatching = log.watch((event) => {
      if (event.type === 'truncated')
        tellTruncations(session, log.truncations.slice(event.fork - 1).map(truncationFacts))
    })
    try {
      await using peers = await LogPeers.find(session, log, flags)
      await copyAll(session, local, peers, progress, flags.live === true)
    } finally {
      progress.end()
      stopWatching()
    }
    const { length, fork } = log
    const truncations = log.truncations.slice(known).map(truncationFacts)
    const value = { name, id, key: logKeyOf(id, publicKey), from, length, fork, truncations }
    session.answer({ ...value, directory }, () =>
      length === from && truncations.length === 0
        ? `${name} was complete already, with ${plural(length, 'block')}.`
        : `${name} is complete: ${plural(length, 'block')}, of which ${from} were here before.`,
    )
  })
}

async function copyAll(
  session: Session,
  { log }: LocalLog,
  peers: LogPeers,
  progress: Progress,
  isLive: boolean,
): Promise<void> {
  const goal = (): number => Math.max(0, ...peers.offers.map(({ length }) => length))
  const isHere = (): boolean => {
    progress.update(log.length, goal())
    const { offers } = peers
    const isReached = offers.some(({ length, fork }) => fork === log.fork && log.length >= length)
    // Not every offer has to be reached: what a peer says it has is not proven.
    return isReached && peers.isSettled && (log.head?.length ?? 0) <= log.length
  }
  try {
    await peers.until(isHere, () => log.length + log.fork)
    await log.sync()
    if (!isLive) return
    progress.end()
    session.note(`Everything is here (${plural(log.length, 'block')}); staying. Stop with Ctrl-C.`)
    const stopTelling = log.watch((event) => {
      if (event.type === 'stored') session.note(`${plural(event.to, 'block')} now.`)
    })
    await aborted(session.io.signal)
    stopTelling()
  } catch (error) {
    if (!(error instanceof CliError) || log.length === 0) throw error
    const message = `${error.message}; ${plural(log.length, 'block')} are here, and the next call goes on`
    const fields = { ...error.fields, length: log.length, offered: goal() }
    throw new CliError(error.code, message, { cause: error, fields })
  }
}

interface TruncationFacts {
  readonly fork: number
  readonly kept: number
  readonly takenBack: number
}

function truncationFacts({ fork, kept, last }: Truncation): TruncationFacts {
  return { fork, kept: kept.length, takenBack: last.length - kept.length }
}

function tellTruncations(session: Session, truncations: readonly TruncationFacts[]): void {
  for (const { kept, takenBack } of truncations) {
    session.note(
      `The author took back ${plural(takenBack, 'block')} after the first ${kept}, and signed that.`,
    )
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
