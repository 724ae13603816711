/** Files on bills and messages: `hamlet expense attach|receipts|detach`, `--receipt`, `send --file`, `message -o`. */

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import type { AttachedFile, Expense, Message } from '@hamlet/http'
import type { MemoryApi } from '@hamlet/http/testing'

import { startTestPeer } from './_cli.ts'
import type { TestPeer } from './_cli.ts'
import { household } from './_household.ts'

interface Setup extends AsyncDisposable {
  readonly peer: TestPeer
  readonly ben: MemoryApi
  readonly space: string
  readonly folder: string
  file(name: string, content: string | Uint8Array): Promise<string>
}

async function setUp(): Promise<Setup> {
  const peer = await startTestPeer()
  const { space, ben } = await household(peer)
  const folder = await mkdtemp(join(tmpdir(), 'hamlet-receipts-'))
  return {
    ...{ peer, ben, space, folder },
    async file(name, content) {
      await writeFile(join(folder, name), content)
      return join(folder, name)
    },
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]()
      await rm(folder, { recursive: true })
    },
  }
}

async function enter({ peer }: Setup, ...flags: readonly string[]): Promise<Expense> {
  return await peer.json<Expense>('expense', 'add', 'Household', 'Dinner', '12', ...flags)
}

/** A file of somebody else, under a name of their choice. */
async function attachOfBen({ ben, space }: Setup, bill: string, name: string, text: string) {
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text)
  }
  const { id } = await ben.prepareFile(space, name, pieces())
  await ben.attachToExpense(space, bill, id)
}

suite('receipts on bills', () => {
  test('are put on one, listed, shown and taken off', async () => {
    await using setup = await setUp()
    const { peer } = setup
    const { id } = await enter(setup)
    const paths = [await setup.file('till.png', 'pixels'), await setup.file('list.txt', 'milk')]
    const told = await peer.cli(['expense', 'attach', 'Household', id.slice(0, 8), ...paths])
    assert.match(
      told.stdout,
      /^2 files on Dinner:\n[0-9a-f]{8} {2}till\.png, 6 B, image\/png\n[0-9a-f]{8} {2}list\.txt, 4 B, text\/plain\n$/,
    )
    const shown = await peer.cli(['expense', 'show', 'Household', id])
    assert.match(shown.stdout, /Receipt {5}[0-9a-f]{8} {2}till\.png, 6 B, image\/png, by you, /)
    const taken = await peer.cli(['expense', 'detach', 'Household', id, 'till.png'])
    assert.equal(taken.stdout, 'Took till.png off Dinner.\n')
    const [left] = await peer.json<AttachedFile[]>('expense', 'receipts', 'Household', id)
    assert.equal(left?.name, 'list.txt')
    const own = left!.id.split('.')[1]!
    const last = await peer.json<AttachedFile[]>(
      'expense',
      'detach',
      'Household',
      id,
      own.slice(0, 8),
    )
    assert.deepEqual(last, [])
    const none = await peer.cli(['expense', 'receipts', 'Household', id])
    assert.equal(none.stdout, 'There is no file on Dinner.\n')
    const unknown = await peer.cli(['expense', 'detach', 'Household', id, 'till.png'])
    assert.deepEqual([unknown.code, /till\.png/.test(unknown.stderr)], [1, true])
  })

  test('come with a bill that is entered or edited, and once however often it is entered', async () => {
    await using setup = await setUp()
    const { peer, space } = setup
    const [one, two] = [await setup.file('1.png', 'one'), await setup.file('2.png', 'two')]
    const flags = ['--receipt', one, '--receipt', two, '--id', 'ab'.repeat(16)]
    assert.equal((await enter(setup, ...flags)).attachments, 2)
    const { id, attachments } = await enter(setup, ...flags)
    assert.equal(attachments, 2)
    const three = await setup.file('3.png', 'three')
    const edit = ['expense', 'edit', 'Household', id, '--receipt', three]
    const edited = await peer.json<Expense>(...edit)
    assert.deepEqual([edited.attachments, edited.edited], [3, false])
    const renamed = await peer.json<Expense>(...edit, '--title', 'Supper')
    assert.deepEqual([renamed.attachments, renamed.title], [3, 'Supper'])
    const { attached } = await peer.api.expense(space, id)
    assert.deepEqual(
      attached.map(({ name }) => name),
      ['1.png', '2.png', '3.png'],
    )
  })

  test('that cannot be read here are told before anything is written', async () => {
    await using setup = await setUp()
    const { peer, space } = setup
    const missing = join(setup.folder, 'nothing.png')
    const added = await peer.cli(['expense', 'add', 'Household', 'Tea', '3', '--receipt', missing])
    assert.deepEqual([added.code, /Cannot read .*nothing\.png/.test(added.stderr)], [1, true])
    await setup.file('inside.txt', 'a')
    const folder = await peer.cli([
      'expense',
      'add',
      'Household',
      'Tea',
      '3',
      '--receipt',
      setup.folder,
    ])
    assert.deepEqual([folder.code, /is a folder/.test(folder.stderr)], [2, true])
    assert.equal((await peer.api.expenses(space)).total, 0)
  })

  test('are written byte for byte, whatever their size', async () => {
    await using setup = await setUp()
    const { id } = await enter(setup)
    const sizes = [0, 1, 16_383, 16_384, 16_385]
    const contents = sizes.map((size) =>
      Uint8Array.from({ length: size }, (_, at) => (at * 7) & 255),
    )
    const paths: string[] = []
    for (const [index, size] of sizes.entries()) {
      paths.push(await setup.file(`${size}.bin`, contents[index]!))
    }
    await setup.peer.cli(['expense', 'attach', 'Household', id, ...paths])
    const out = join(setup.folder, 'out')
    const written = await setup.peer.json<readonly { path: string; sizeBytes: number }[]>(
      ...['expense', 'receipts', 'Household', id, '-o', out],
    )
    assert.deepEqual(
      written.map(({ sizeBytes }) => sizeBytes),
      sizes,
    )
    for (const [index, { path }] of written.entries()) {
      assert.deepEqual(new Uint8Array(await readFile(path)), contents[index])
    }
    assert.equal((await readdir(out)).length, sizes.length, 'nothing else lies there')
  })

  test('are written over nothing and through no link, under names that lead nowhere', async () => {
    await using setup = await setUp()
    const { id } = await enter(setup)
    await attachOfBen(setup, id, '../../evil.txt', 'evil')
    await attachOfBen(setup, id, 'a.txt', 'first')
    await attachOfBen(setup, id, 'a.txt', 'second')
    const out = join(setup.folder, 'deep', 'out')
    await mkdir(out, { recursive: true })
    const get = ['expense', 'receipts', 'Household', id, '-o', out]
    const secret = await setup.file('secret', 'mine')
    await symlink(secret, join(out, 'a.txt'))
    const refused = await setup.peer.cli(get)
    assert.deepEqual([refused.code, /--force/.test(refused.stderr)], [1, true])
    assert.deepEqual(await readdir(out), ['a.txt'])
    assert.equal((await setup.peer.cli([...get, '--force'])).code, 0)
    const names = await readdir(out)
    assert.equal(names.length, 3)
    assert.ok(names.includes('a.txt') && names.includes('a (2).txt'), names.join())
    assert.equal(await readFile(join(out, 'a.txt'), 'utf8'), 'first')
    assert.equal(await readFile(join(out, 'a (2).txt'), 'utf8'), 'second')
    assert.equal(await readFile(secret, 'utf8'), 'mine')
    assert.deepEqual((await readdir(setup.folder)).toSorted(), ['deep', 'secret'])
  })
})

suite('files of messages', () => {
  test('are sent with a text or without, named, and written out', async () => {
    await using setup = await setUp()
    const { peer } = setup
    const file = await setup.file('cat.png', 'purr')
    const bare = await peer.json<Message>('send', 'Household', '--file', file)
    assert.deepEqual([bare.text, bare.files?.[0]?.name], ['', 'cat.png'])
    const { id } = await peer.json<Message>(
      'send',
      'Household',
      'look',
      '--file',
      file,
      '--file',
      file,
    )
    const listed = await peer.cli(['messages', 'Household'])
    assert.match(listed.stdout, /look \[cat\.png, 4 B, cat\.png, 4 B, /)
    const shown = await peer.cli(['message', 'Household', id])
    assert.match(shown.stdout, /^File {5}0 {2}cat\.png, 4 B, image\/png\nFile {5}1 {2}cat\.png/m)
    const out = join(setup.folder, 'out')
    const written = await peer.cli(['message', 'Household', id, '-o', out])
    assert.equal(written.stdout, `${join(out, 'cat.png')}, 4 B\n${join(out, 'cat (2).png')}, 4 B\n`)
    assert.equal(await readFile(join(out, 'cat (2).png'), 'utf8'), 'purr')
    const nothing = await peer.cli(['send', 'Household'])
    assert.deepEqual([nothing.code, /--file/.test(nothing.stderr)], [2, true])
  })
})
