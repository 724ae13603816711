/** A peer whose files were copied or put back from a backup: what it says, what it does not write, and how that ends. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SpaceId } from '@hamlet/core'
import type { Custody } from '@hamlet/peer'
import { createMemoryDisk, createMemoryKv } from '@hamlet/store'
import { codeOf, pass, people } from './_world.ts'
import type { Person } from './_world.ts'

/** Says what it is told to, and what it was told. */
class TestCustody implements Custody {
  isUnbroken = true
  readonly lengths = new Map<string, number>()
  renewals = 0

  lengthOf(space: SpaceId): number {
    return this.lengths.get(space) ?? 0
  }

  note(space: SpaceId, length: number): void {
    this.lengths.set(space, length)
  }

  async renew(): Promise<void> {
    this.renewals++
    this.isUnbroken = true
  }
}

interface Scene {
  readonly space: string
  readonly all: readonly Person[]
  readonly anna: Person
  readonly ben: Person
  readonly custody: TestCustody
}

async function scene(): Promise<Scene> {
  const all = await people('anna', 'ben')
  const [anna, ben] = all
  const custody = new TestCustody()
  anna.custody = custody
  await anna.reopen()
  await anna.api.setName('Anna')
  const { id: space } = await anna.api.createSpace('Home')
  const { link } = await anna.api.createInvite(space, { mode: 'auto' })
  await ben.api.join(link!, 'Ben')
  await pass(all, 5_000)
  return { space, all, anna, ben, custody }
}

function copyOf({ disk }: Person, where = ''): Map<string, Uint8Array> {
  const files = [...disk.files()].filter(([path]) => path.startsWith(where))
  return new Map(files.map(([path, bytes]) => [path, bytes.slice()]))
}

/** Puts these files in place of those below `where`. The device starts, far from everybody. */
async function putBack(
  person: Person,
  files: ReadonlyMap<string, Uint8Array>,
  where = '',
): Promise<void> {
  await person.close()
  const kept = [...copyOf(person)].filter(([path]) => !path.startsWith(where))
  person.disk = createMemoryDisk({ files: new Map([...kept, ...files]) })
  person.kv = createMemoryKv()
  await person.open()
  disconnect(person)
}

function disconnect(person: Person): void {
  for (const peer of person.node.net.peers()) person.node.net.disconnect(peer)
}

async function meet(person: Person, other: Person, all: readonly Person[]): Promise<void> {
  await person.node.dial(other.identity.device)
  await pass(all, 12_000)
}

async function texts(person: Person, space: string): Promise<readonly string[]> {
  return (await person.api.messages(space)).messages.map(({ text }) => text)
}

async function waiting(person: Person, space: string): Promise<string | undefined> {
  return (await person.api.space(space)).waiting
}

test('what was put back waits for a member, says so, outlives a restart, and then goes on with nothing lost', async () => {
  const { space, all, anna, ben, custody } = await scene()
  const backup = copyOf(anna)
  await anna.api.send(space, { text: 'after the backup' })
  await pass(all, 2_000)
  custody.isUnbroken = false
  await putBack(anna, backup)
  assert.equal(custody.renewals, 1)
  assert.deepEqual(await texts(anna, space), [])
  for (const life of ['first', 'second']) {
    assert.equal(await waiting(anna, space), 'confirmation', `${life} life`)
    const codes = (await anna.api.status()).warnings.map(({ code }) => code)
    assert.ok(codes.includes('SPACE_UNCONFIRMED'))
    assert.equal(await codeOf(anna.api.send(space, { text: 'too early' })), 'SPACE_UNCONFIRMED')
    if (life === 'second') break
    await anna.reopen()
    disconnect(anna)
  }
  anna.events.length = 0
  await meet(anna, ben, all)
  assert.equal(await waiting(anna, space), undefined)
  assert.ok(anna.events.some(({ type }) => type === 'status'))
  await anna.api.send(space, { text: 'and on' })
  await pass(all, 2_000)
  for (const person of all) {
    assert.deepEqual(await texts(person, space), ['after the backup', 'and on'])
    assert.deepEqual((await person.api.inspect(space)).forks, [])
  }
  await anna.reopen()
  disconnect(anna)
  assert.equal(await waiting(anna, space), undefined, 'what was confirmed stays so')
})

test('files that are as they were left ask nobody, after a restart or with an index lost', async () => {
  const { space, anna } = await scene()
  await anna.reopen()
  disconnect(anna)
  await anna.api.send(space, { text: 'at once' })
  anna.kv = createMemoryKv()
  await anna.reopen()
  disconnect(anna)
  await anna.api.send(space, { text: 'again' })
  assert.deepEqual(await texts(anna, space), ['at once', 'again'])
})

test('only the files of a space put back are noticed by what the device remembers to have written', async () => {
  const { space, all, anna, ben, custody } = await scene()
  const backup = copyOf(anna, 'spaces/')
  const before = custody.lengths.get(space)!
  await anna.api.send(space, { text: 'after the backup' })
  await pass(all, 2_000)
  assert.equal(custody.lengths.get(space), before + 1)
  await putBack(anna, backup, 'spaces/')
  assert.equal(await waiting(anna, space), 'confirmation')
  assert.equal(custody.lengths.get(space), before + 1, 'it is not forgotten')
  await meet(anna, ben, all)
  assert.equal(await waiting(anna, space), undefined)
  assert.deepEqual(await texts(anna, space), ['after the backup'])
})

test('on a full disk it is noticed as well, and again at the next start', async () => {
  const { space, all, anna, ben, custody } = await scene()
  custody.isUnbroken = false
  await anna.close()
  anna.disk.setCapacity(0)
  await anna.open()
  disconnect(anna)
  assert.deepEqual([await waiting(anna, space), custody.renewals], ['confirmation', 0])
  assert.equal(await codeOf(anna.api.send(space, { text: 'too early' })), 'SPACE_UNCONFIRMED')
  await anna.close()
  anna.disk.setCapacity(Infinity)
  await anna.open()
  disconnect(anna)
  assert.deepEqual([await waiting(anna, space), custody.renewals], ['confirmation', 1])
  await meet(anna, ben, all)
  assert.equal(await waiting(anna, space), undefined)
})

test('a space that nobody else was ever asked into waits for nobody', async () => {
  const { all, anna, custody } = await scene()
  const { id: alone } = await anna.api.createSpace('Diary')
  const backup = copyOf(anna)
  await pass(all, 1_000)
  custody.isUnbroken = false
  await putBack(anna, backup)
  assert.equal(await waiting(anna, alone), undefined)
  await anna.api.send(alone, { text: 'dear diary' })
  custody.lengths.set(alone, 100)
  await anna.reopen()
  assert.equal(await waiting(anna, alone), 'confirmation', 'unless something is known to be lost')
  assert.equal((await anna.api.writeAnyway(alone)).waiting, undefined)
  await anna.reopen()
  assert.equal(await waiting(anna, alone), undefined, 'and the person was asked once')
})

test('whoever does not want to wait writes on, and a restart does not ask again', async () => {
  const { space, all, anna, ben, custody } = await scene()
  const backup = copyOf(anna)
  custody.isUnbroken = false
  await putBack(anna, backup)
  await anna.api.setName('Anna B')
  assert.equal((await anna.api.writeAnyway(space)).waiting, undefined)
  await pass(all, 500)
  await anna.api.send(space, { text: 'nobody is here' })
  await anna.reopen()
  disconnect(anna)
  assert.equal(await waiting(anna, space), undefined)
  await meet(anna, ben, all)
  assert.deepEqual(await texts(ben, space), ['nobody is here'])
  const names = (await ben.api.members(space)).map(({ name }) => name)
  assert.ok(names.includes('Anna B'), 'a name given meanwhile is told')
})

test('a space joined after the backup is joined again without a second history', async () => {
  const { all, anna, ben, custody } = await scene()
  const backup = copyOf(anna)
  await ben.api.setName('Ben')
  const { id: club } = await ben.api.createSpace('Club')
  const link = async (): Promise<string> =>
    (await ben.api.createInvite(club, { mode: 'auto', maxUses: 9 })).link!
  await anna.api.join(await link())
  await pass(all, 5_000)
  await anna.api.send(club, { text: 'written before' })
  await pass(all, 2_000)
  custody.isUnbroken = false
  await anna.close()
  anna.disk = createMemoryDisk({ files: backup })
  anna.kv = createMemoryKv()
  await anna.open()
  assert.equal((await anna.api.spaces()).length, 1)
  await anna.api.join(await link())
  await meet(anna, ben, all)
  assert.equal(await waiting(anna, club), undefined)
  assert.deepEqual(await texts(anna, club), ['written before'])
  await anna.api.send(club, { text: 'written after' })
  await pass(all, 2_000)
  assert.deepEqual(await texts(ben, club), ['written before', 'written after'])
  assert.deepEqual((await ben.api.inspect(club)).forks, [])
})
