/** One space on one simulated device: the real space, its chat view, and what the world asks of both. */

import { bytesToHex, compareBytes, encodeCbor, hexToBytes, utf8 } from '@hamlet/core'
import type { CborValue, Clock, Crypto, DeviceId, EntryId, Kv, Logger } from '@hamlet/core'
import { Chat, chatView } from '@hamlet/chat'
import type { ChatChange } from '@hamlet/chat'
import { listNewer, NAMES_VIEW, NEWER_VIEW, PEOPLE_VIEW, SpaceViewSource } from '@hamlet/space'
import type { ContentDraft, ControlState, Entry, Space } from '@hamlet/space'
import { openViewRunner } from '@hamlet/space/view'
import type { View, ViewDefinition, ViewReader, ViewRunner } from '@hamlet/space/view'
import { prefixedKv } from '@hamlet/store'
import { SimLedger, simLedgerView } from './ledger/sim-ledger.ts'
import type { SimLedgerOptions } from './ledger/sim-ledger.ts'
import { laterChatView, LATER_TYPE, POLL_PREFIX } from './later-version.ts'

/** How the search index is cut into blocks depends on the order in which entries came; what it finds does not. */
const SEARCH_INDEX = /^(?:i$|[ibw]\/)/
/** Words that messages of the workload begin with. */
const SEARCHES = ['send', 'edit', 'reply', 'burst']

/** Of the newest entries that are not known, more than a world ever has. */
const NEWER_MAX = 100_000

export interface SimSpaceOptions {
  /** To fold again some time after it failed. */
  readonly clock?: Pick<Clock, 'after'>
  /** The software is the later version. */
  readonly isLater?: boolean
  /** With the planted bug it does not fold what the later version knows. @default true */
  readonly learns?: boolean
  /** @default people keep no ledger */
  readonly ledger?: SimLedgerOptions | undefined
}

export class SimSpace {
  readonly space: Space
  readonly isLater: boolean
  readonly chat: Chat
  /** `undefined` in worlds where people keep none. */
  readonly ledger: SimLedger | undefined
  readonly #runner: ViewRunner
  readonly #chatView: View<ChatChange>
  /** Views that were folded anew because what lay below their checkpoint had changed. */
  rebuilds = 0

  private constructor(
    space: Space,
    runner: ViewRunner,
    isLater: boolean,
    ledger: SimLedger | undefined,
  ) {
    this.space = space
    this.isLater = isLater
    this.ledger = ledger
    this.#runner = runner
    this.#chatView = runner.view(chatView())
    this.chat = new Chat(this.#chatView)
    this.#chatView.subscribe((event) => {
      if (event.kind === 'rebuilt') this.rebuilds++
    })
  }

  static async open(
    space: Space,
    kv: Kv,
    logger: Logger,
    { clock, isLater = false, learns = true, ledger }: SimSpaceOptions = {},
  ): Promise<SimSpace> {
    const chat: ViewDefinition<ChatChange> = isLater ? laterChatView(learns) : chatView()
    const bills = ledger && simLedgerView(ledger)
    const ledgerViews = bills === undefined ? [] : [bills]
    const runner = await openViewRunner({
      source: new SpaceViewSource(space),
      kv: prefixedKv(kv, utf8('views/')),
      views: [NAMES_VIEW, PEOPLE_VIEW, chat, NEWER_VIEW, ...ledgerViews],
      ...{ logger, ...(clock === undefined ? {} : { clock }) },
    })
    const simLedger = bills && new SimLedger(space, runner, bills, ledger!)
    return new SimSpace(space, runner, isLater, simLedger)
  }

  /** Entries of the later type that the chat shows. */
  async shownPolls(): Promise<ReadonlySet<EntryId>> {
    const ids = new Set<EntryId>()
    for await (const [key] of this.#chatView.range(POLL_PREFIX)) {
      ids.add(key.slice(POLL_PREFIX.length) as EntryId)
    }
    return ids
  }

  /** Entries of the later type that are said to be of a newer version. */
  async namedAsNewer(): Promise<ReadonlySet<EntryId>> {
    const named = await listNewer(this.#runner.view(NEWER_VIEW), NEWER_MAX)
    return new Set(named.filter(({ type }) => type === LATER_TYPE).map(({ id }) => id))
  }

  /** Resolves when the entries are durable and folded: what a person sees as done. */
  async write(...drafts: readonly ContentDraft[]): Promise<readonly Entry[]> {
    const entries = await this.space.append(drafts)
    await this.#runner.caughtUp()
    return entries
  }

  async close(): Promise<void> {
    await this.#runner.close()
    await this.space.close()
  }

  caughtUp(): Promise<void> {
    return this.#runner.caughtUp()
  }

  /** Devices known here to have signed two histories. */
  forkedDevices(): DeviceId[] {
    return this.space.forkPoints().map(({ publicKey }) => bytesToHex(publicKey) as DeviceId)
  }

  /** Equal on two devices of one version exactly when what their views hold is, and searches find the same. */
  async viewHash(crypto: Crypto): Promise<Uint8Array> {
    await this.#runner.caughtUp()
    const parts: Uint8Array[] = []
    const runner = this.#runner
    const views: readonly ViewReader[] = [
      ...[runner.view(NAMES_VIEW), runner.view(PEOPLE_VIEW), runner.view(NEWER_VIEW)],
      this.#chatView,
    ]
    for (const view of views) {
      for await (const pair of view.range('')) {
        if (!SEARCH_INDEX.test(pair[0])) parts.push(encodeCbor(pair))
      }
    }
    for (const search of SEARCHES) parts.push(encodeCbor(await this.#found(search)))
    return crypto.hash(...parts)
  }

  async #found(search: string): Promise<CborValue> {
    const page = await this.chat.page({ search, limit: 500 }, this.space.identity.person)
    return page.messages.map(({ id }) => id)
  }

  /** Equal on two devices exactly when everything is that follows from control operations. */
  controlHash(crypto: Crypto): Uint8Array {
    const state = this.space.controlState()
    return crypto.hash(encodeCbor([...controlFacts(state), [...state.voided].sort()]))
  }

  /** The same without the operations that are void: who is in, what for, and under which keys. */
  standingHash(crypto: Crypto): Uint8Array {
    return crypto.hash(encodeCbor(controlFacts(this.space.controlState())))
  }
}

function controlFacts(state: ControlState): CborValue[] {
  const { members, former, invites, requests, epochs } = state
  const memberFacts = [...members.values()].map(({ person, role, devices, ...rest }) => [
    hexToBytes(person),
    role,
    devices.map(({ device, prekey, prekeySerial, older }) => [
      hexToBytes(device),
      ...[prekey, prekeySerial, [...older].sort()],
    ]),
    ...[rest.everDevices, rest.joinedAtMs, rest.incarnation],
  ])
  const formerFacts = [...former.values()].map(
    ({ person, role, incarnation, devices, ...rest }) => [
      ...[person, role, incarnation, devices],
      ...[rest.exit, rest.leftAtMs, rest.by ?? null, rest.byRole ?? null],
    ],
  )
  const inviteFacts = [...invites.values()].map(({ id, role, mode, uses, revoked }) => [
    hexToBytes(id),
    ...[role, mode, uses, revoked],
  ])
  const requestFacts = [...requests.values()].map(({ id, state: standing }) => [
    hexToBytes(id),
    standing,
  ])
  const epochFacts = [...epochs.values()].map(({ id, depth, commitment, retired, recipients }) => [
    hexToBytes(id),
    ...[depth, commitment, retired, [...recipients].sort()],
  ])
  const lists = [memberFacts, formerFacts, inviteFacts, requestFacts, epochFacts]
  return [
    ...lists.map((list) => sortByBytes(list)),
    sortByBytes([...state.policy]),
    ...[state.history, state.owner ?? null, state.tenure ?? null],
    ...[state.revokedDevices, state.forked].map((set) => [...(set as ReadonlySet<string>)].sort()),
    sortByBytes(complaintFacts(state)),
  ]
}

function complaintFacts({ complaints }: ControlState): CborValue[] {
  return [...complaints].flatMap(([epoch, byDevice]) =>
    [...byDevice].map(([device, { count, isAnswered }]) => [epoch, device, count, isAnswered]),
  )
}

/** Maps keep the order in which things became known; what they hold must not depend on it. */
function sortByBytes(list: readonly CborValue[]): CborValue[] {
  const encoded = list.map((value) => [encodeCbor(value), value] as const)
  return encoded.sort(([a], [b]) => compareBytes(a, b)).map(([, value]) => value)
}
