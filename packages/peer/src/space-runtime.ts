/**
 * A space as this peer runs it: its entries, the views folded from them, and who holds what.
 *
 * Writing goes through `write`, which resolves when the entry is durable *and* folded, so that what a face reads next
 * includes what it just did.
 */

import { errorCode, utf8 } from '@hamlet/core'
import type { Cancel, Crypto, DeviceId, EntryId, Kv, PersonId } from '@hamlet/core'
import { Chat, chatView, draftRoomAgain } from '@hamlet/chat'
import type { ChatChange } from '@hamlet/chat'
import { Ledger, ledgerView } from '@hamlet/expenses'
import type { LedgerChange } from '@hamlet/expenses'
import { filesView, ShareList } from '@hamlet/files'
import type { FilesChange } from '@hamlet/files'
import { CreditBook } from '@hamlet/files/credits'
import type { Receipt } from '@hamlet/files/credits'
import {
  ADOPTED_PREFIX,
  deviceNameKey,
  countNewer,
  listNewer,
  NAMES_VIEW,
  NEWER_VIEW,
  OWNER_VOTE_PREFIX,
  PEOPLE_VIEW,
  personNameKey,
  registerAdopter,
  registerName,
  registerTimeMs,
  SPACE_NAME_AGAIN_KEY,
  registerVote,
  SPACE_NAME_KEY,
  spaceNameAgainDraft,
  SpaceViewSource,
} from '@hamlet/space'
import type { Sealed } from '@hamlet/identity'
import type {
  ContentDraft,
  Entry,
  NamesChange,
  NewerEntry,
  OwnerVote,
  PeopleChange,
  Space,
} from '@hamlet/space'
import { openViewRunner } from '@hamlet/space/view'
import type { View, ViewEvent, ViewRunner } from '@hamlet/space/view'
import { prefixedKv } from '@hamlet/store'
import { BACKUP_VIEW, backupKey, registeredBackup } from './backup-view.ts'
import { clientView } from './client-view.ts'
import type { ClientChange } from './client-view.ts'
import { PeerError } from './errors.ts'
import type { PeerPorts } from './peer-ports.ts'

/** Names of people in a space, by person. */
export type NamesByPerson = ReadonlyMap<PersonId, string>

const UNNAMED_SPACE = 'Unnamed space'
/** How long the opening of a space waits for its views. */
const SETTLE_MS_MAX = 1_000

export class SpaceRuntime {
  readonly space: Space
  readonly chat: Chat
  readonly ledger: Ledger
  readonly shares: ShareList
  readonly #runner: ViewRunner
  readonly #names: View<NamesChange>
  readonly #people: View<PeopleChange>
  readonly #chatView: View<ChatChange>
  readonly #ledgerView: View<LedgerChange>
  readonly #filesView: View<FilesChange>
  readonly #backups: View<PersonId>
  readonly #newer: View<EntryId>
  readonly #crypto: Crypto
  /** By which expenses are found. */
  #searchNames: NamesByPerson = new Map()
  /** What clients of members asked for, see `client-view.ts`. */
  readonly clients: View<ClientChange>

  private constructor(
    space: Space,
    runner: ViewRunner,
    { historyBeforeMs, crypto }: { readonly historyBeforeMs: number; readonly crypto: Crypto },
  ) {
    const hash: Crypto['hash'] = (...parts) => crypto.hash(...parts)
    this.space = space
    this.#crypto = crypto
    this.#runner = runner
    this.#names = runner.view(NAMES_VIEW)
    this.#people = runner.view(PEOPLE_VIEW)
    this.#chatView = runner.view(chatView({ historyBeforeMs }))
    this.#ledgerView = runner.view(ledgerView(hash))
    this.#filesView = runner.view(filesView(crypto, space.id))
    this.#backups = runner.view(BACKUP_VIEW)
    this.#newer = runner.view(NEWER_VIEW)
    this.clients = runner.view(clientView(crypto, space.id))
    this.chat = new Chat(this.#chatView, { historyBeforeMs })
    this.shares = new ShareList(this.#filesView)
    this.ledger = new Ledger(this.#ledgerView, hash, {
      nameOf: (party) => this.#searchNames.get(party as PersonId) ?? '',
    })
  }

  /** `kv`: a keyspace of this space's own. */
  static async open(ports: PeerPorts, kv: Kv, space: Space): Promise<SpaceRuntime> {
    const historyBeforeMs = joinedAtMs(space)
    const { crypto } = ports
    const ledger = ledgerView((...parts) => crypto.hash(...parts))
    const files = filesView(crypto, space.id)
    const views = [NAMES_VIEW, PEOPLE_VIEW, chatView({ historyBeforeMs }), ledger, files]
    const runner = await openViewRunner({
      source: new SpaceViewSource(space),
      kv: prefixedKv(kv, utf8('views/')),
      views: [...views, BACKUP_VIEW, NEWER_VIEW, clientView(crypto, space.id)],
      logger: ports.logger,
      clock: ports.clock,
    })
    await settle(ports, runner)
    return new SpaceRuntime(space, runner, { historyBeforeMs, crypto })
  }

  async write(...drafts: readonly ContentDraft[]): Promise<readonly Entry[]> {
    const entries = await this.space.append(drafts)
    await this.#fold()
    return entries
  }

  /** As `write` of one draft, unless this device wrote under the same key before: then what it wrote. */
  async writeOnce(key: string, draft: () => Promise<ContentDraft>): Promise<Entry> {
    const entry = await this.space.appendOnce(key, draft)
    await this.#fold()
    return entry
  }

  async #fold(): Promise<void> {
    try {
      await this.#runner.caughtUp()
    } catch (error) {
      throw new PeerError(
        'SAVED_NOT_SHOWN',
        'It is saved on this device and will be shown when there is room for the index again. Do not enter it twice.',
        { fields: { reason: errorCode(error) ?? String(error) } },
      )
    }
  }

  caughtUp(): Promise<void> {
    return this.#runner.caughtUp()
  }

  async name(): Promise<string> {
    const given = registerName(await this.#names.get(SPACE_NAME_KEY))
    return given ?? registerName(await this.#names.get(SPACE_NAME_AGAIN_KEY)) ?? UNNAMED_SPACE
  }

  /** What a newcomer who may not read the history has to be told of it: names, and no more. */
  async welcome(): Promise<readonly ContentDraft[]> {
    const rooms = await this.chat.rooms()
    return [spaceNameAgainDraft(await this.name()), ...rooms.map(draftRoomAgain)]
  }

  /** When somebody last said what the space is called; `undefined` when nobody has who can be read. */
  async namedAtMs(): Promise<number | undefined> {
    const registers = await Promise.all(
      [SPACE_NAME_KEY, SPACE_NAME_AGAIN_KEY].map((key) => this.#names.get(key)),
    )
    const times = registers.flatMap((register) => registerTimeMs(register) ?? [])
    return times.length === 0 ? undefined : Math.max(...times)
  }

  /** When this person last said what they are called, by the entry's time; 0 when never. */
  async ownNamesAtMs(): Promise<number> {
    const key = personNameKey(this.space.identity.person)
    return registerTimeMs(await this.#names.get(key)) ?? 0
  }

  /** Names of everyone who ever gave one here. */
  async peopleNames(): Promise<NamesByPerson> {
    const names = new Map<PersonId, string>()
    const prefix = personNameKey('' as PersonId)
    for await (const [key, value] of this.#names.range(prefix)) {
      const name = registerName(value)
      if (name !== undefined) names.set(key.slice(prefix.length) as PersonId, name)
    }
    return names
  }

  /** From now on expenses are found by the names people have now. */
  async refreshSearchNames(): Promise<void> {
    this.#searchNames = await this.peopleNames()
  }

  async deviceName(device: DeviceId): Promise<string> {
    return registerName(await this.#names.get(deviceNameKey(device))) ?? 'a device'
  }

  /** The newest vote of everyone who ever voted for an owner; which of them count, the space says. */
  async ownerVotes(): Promise<readonly OwnerVote[]> {
    const votes: OwnerVote[] = []
    for await (const [key, value] of this.#people.range(OWNER_VOTE_PREFIX)) {
      const vote = registerVote(key, value)
      if (vote !== undefined) votes.push(vote)
    }
    return votes
  }

  /** Who adopted what was set aside, by entry. */
  async adopters(): Promise<ReadonlyMap<EntryId, PersonId>> {
    const adopters = new Map<EntryId, PersonId>()
    for await (const [key, value] of this.#people.range(ADOPTED_PREFIX)) {
      const person = registerAdopter(value)
      if (person !== undefined) adopters.set(key.slice(ADOPTED_PREFIX.length) as EntryId, person)
    }
    return adopters
  }

  onPeople(listener: (event: ViewEvent<PeopleChange>) => void): Cancel {
    return this.#people.subscribe(listener)
  }

  /** The newest profile backup of a member, sealed to their recovery key. */
  async backupOf(person: PersonId): Promise<Sealed | undefined> {
    return registeredBackup(await this.#backups.get(backupKey(person)))
  }

  onBackups(listener: (event: ViewEvent<PersonId>) => void): Cancel {
    return this.#backups.subscribe(listener)
  }

  /** How much there is that a newer version has written. */
  newerCount(): Promise<number> {
    return countNewer(this.#newer)
  }

  /** The newest of it first. */
  latestNewer(limit: number): Promise<readonly NewerEntry[]> {
    return listNewer(this.#newer, limit)
  }

  onNames(listener: (event: ViewEvent<NamesChange>) => void): Cancel {
    return this.#names.subscribe(listener)
  }

  onChat(listener: (event: ViewEvent<ChatChange>) => void): Cancel {
    return this.#chatView.subscribe(listener)
  }

  onLedger(listener: (event: ViewEvent<LedgerChange>) => void): Cancel {
    return this.#ledgerView.subscribe(listener)
  }

  /** What members signed about what they gave each other, as it is judged now. `more`: receipts that are not in the space. */
  async credits(nowMs: number, more: readonly Receipt[] = []): Promise<CreditBook> {
    const personOf = (device: DeviceId): PersonId | undefined => this.space.deviceOwner(device)
    const options = { crypto: this.#crypto, members: { personOf }, nowMs, more }
    return await CreditBook.load(this.#filesView, options)
  }

  onFiles(listener: (event: ViewEvent<FilesChange>) => void): Cancel {
    return this.#filesView.subscribe(listener)
  }

  async close(): Promise<void> {
    this.ledger.close()
    await this.#runner.close()
    await this.space.close()
  }
}

/** Messages older than one's own arrival are history, not late news. */
function joinedAtMs(space: Space): number {
  const own = space.members().find((member) => member.person === space.identity.person)
  return own?.joinedAtMs ?? 0
}

/** Views are nearly always complete at once. A long rebuild goes on behind the first answers. */
async function settle({ clock, logger }: PeerPorts, runner: ViewRunner): Promise<void> {
  const caughtUp = runner.caughtUp().catch((error: unknown) => {
    logger.error('views could not be brought up to date', { reason: String(error) })
  })
  const waited = Promise.withResolvers<void>()
  const cancel = clock.after(SETTLE_MS_MAX, waited.resolve)
  await Promise.race([caughtUp, waited.promise])
  cancel()
}
