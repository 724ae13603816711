/** Every command against a running peer: what it does there, what it prints, and how it ends. */

import assert from 'node:assert/strict'
import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Invite, Join, JoinRequest, Message, MessagePage, SpaceDetail } from '@hamlet/http'

import { startTestPeer } from './_cli.ts'

const ESCAPE = '\u001b'

test('found, invite, ask, approve, talk: the whole way by commands', async () => {
  await using peer = await startTestPeer()
  const space = await peer.json<SpaceDetail>('space', 'create', 'Household')
  const invite = await peer.json<Invite>(
    'invite',
    'Household',
    '--role',
    'writer',
    '--expires',
    '12h',
  )
  assert.equal(invite.expiresAtMs - invite.createdAtMs, 43_200_000)
  const ben = peer.world.addPerson('Ben')
  await ben.join(invite.link!)
  const [request] = await peer.json<JoinRequest[]>('requests', 'Household')
  const approved = await peer.cli(['approve', 'Household', request!.id.slice(0, 8)])
  assert.equal(approved.stdout, 'Ben is in, as writer.\n')
  const sent = await peer.json<Message>('send', 'Household', 'hello Ben')
  await ben.send(space.id, { text: 'hello Ana', replyTo: sent.id })
  const page = await peer.json<MessagePage>('messages', space.id.slice(0, 6))
  assert.deepEqual(
    page.messages.map(({ text }) => text),
    ['hello Ben', 'hello Ana'],
  )
  const shown = await peer.cli(['messages', 'household'])
  assert.match(shown.stdout, /^[0-9a-f]{8} .* Ana: hello Ben \[on 2 of 2 devices\]\n/)
  assert.match(shown.stdout, /Ben: \(to Ana: hello Ben\) hello Ana\n$/)
})

test('a space is founded with the history open to newcomers, or not, as the founder says', async () => {
  await using peer = await startTestPeer()
  const open = await peer.cli(['space', 'create', 'Household'])
  assert.match(open.stdout, /^Founded Household .*\nNewcomers will see the whole history\.\n/)
  const closed = await peer.cli(['space', 'create', 'Club', '--history', 'from-join'])
  assert.match(closed.stdout, /\nNewcomers will see what comes after they join\.\n/)
  assert.equal((await peer.json<SpaceDetail>('space', 'show', 'Club')).history, 'from-join')
  const plans = await peer.cli(['space', 'create', 'Plans', '--disappear', '7d'])
  assert.match(plans.stdout, /^Messages disappear after 7 days\.$/m)
  const detail = await peer.json<SpaceDetail>('space', 'show', 'Plans')
  assert.deepEqual([detail.disappearAfterMs, detail.history], [7 * 86_400_000, 'from-join'])
  assert.match((await peer.cli(['policy', 'Plans'])).stdout, /^disappearAfterMs +604800000/m)
  assert.equal((await peer.cli(['space', 'create', 'Brief', '--disappear', '5m'])).code, 1)
  assert.equal((await peer.cli(['space', 'create', 'Brief', '--disappear', 'soon'])).code, 2)
  const shown = await peer.cli(['space', 'show', 'Household'])
  assert.match(shown.stdout, /\nNewcomers +see the whole history\n/)
  const wrong = await peer.cli(['space', 'create', 'Third', '--history', 'some'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /all, from-join/)
  assert.equal((await peer.api.spaces()).length, 3)
})

test('join takes a link, sets the name first, and lists what is under way', async () => {
  await using peer = await startTestPeer()
  const ben = peer.world.addPerson('Ben')
  const { id } = await ben.createSpace('Club')
  const { link } = await ben.createInvite(id)
  const result = await peer.cli(['join', '-', '--name', 'Anna'], { stdin: `${link}\n` })
  assert.equal(result.code, 0)
  assert.match(result.stdout, /^Asked to join Club\. A member has to approve/)
  assert.equal(peer.api.name, 'Anna')
  assert.equal((await peer.json<Join[]>('joins'))[0]!.state, 'asked')
  assert.equal((await peer.cli(['give-up', 'Club'])).stdout, 'Gave up joining Club.\n')
  assert.equal((await peer.cli(['joins'])).stdout, 'No joins under way.\n')
})

test('auto invitations let in at once; revoked ones no longer', async () => {
  await using peer = await startTestPeer()
  await peer.api.createSpace('Household')
  const auto = await peer.json<Invite>('invite', 'Household', '--auto', '--uses', '2')
  const [ben, cleo] = [peer.world.addPerson('Ben'), peer.world.addPerson('Cleo')]
  assert.equal((await ben.join(auto.link!)).state, 'joined')
  const revoked = await peer.cli(['revoke', 'Household', auto.id.slice(0, 4)])
  assert.match(revoked.stdout, /no longer works/)
  await assert.rejects(cleo.join(auto.link!), { code: 'INVITE_EXPIRED' })
  const listed = await peer.cli(['invites', 'Household'])
  assert.match(listed.stdout, /^ID +ROLE +MODE +USED +STATE +MADE +ENDS\n/)
  assert.match(listed.stdout, /writer +auto +1 of 2 +revoked/)
})

test('on a terminal an invitation comes with a QR code, in a pipe with the link alone', async () => {
  await using peer = await startTestPeer()
  await peer.api.createSpace('Household')
  const onTerminal = await peer.cli(['invite', 'Household'], { terminal: true })
  assert.match(onTerminal.stderr, /[▀▄█]{10}/)
  assert.match(onTerminal.stderr, /For one person to join as writer after a member approves/)
  assert.match(onTerminal.stdout, /^hamlet:join#\S+\n$/)
  const inPipe = await peer.cli(['invite', 'Household'])
  assert.match(inPipe.stdout, /^hamlet:join#\S+\n$/)
  assert.equal(inPipe.stderr, '')
})

test('decline turns someone down', async () => {
  await using peer = await startTestPeer()
  const { id } = await peer.api.createSpace('Household')
  await peer.world.addPerson('Ben').join((await peer.api.createInvite(id)).link!)
  const [request] = await peer.api.requests(id)
  const result = await peer.cli(['decline', 'Household', request!.id])
  assert.equal(result.stdout, 'Turned Ben down.\n')
  assert.equal((await peer.api.requests(id))[0]!.state, 'declined')
})

test('edit, react, delete and message take the beginning of an id', async () => {
  await using peer = await startTestPeer()
  const { id } = await peer.api.createSpace('Household')
  const sent = await peer.api.send(id, { text: 'helo' })
  const start = sent.id.slice(0, 6)
  await peer.cli(['edit', 'Household', start, '-'], { stdin: 'hello\nworld\n' })
  assert.equal((await peer.api.message(id, sent.id)).text, 'hello\nworld')
  assert.match((await peer.cli(['react', 'Household', start, '👍'])).stdout, /\[edited, 👍 1, /)
  await peer.cli(['react', 'Household', start, '👍', '--off'])
  assert.deepEqual((await peer.api.message(id, sent.id)).reactions, [])
  const detail = await peer.cli(['message', 'Household', start])
  assert.equal((detail.stdout.match(/^Version /gm) ?? []).length, 2)
  assert.match(detail.stdout, /^Held by  Ana/m)
  assert.match((await peer.cli(['delete', 'Household', start])).stdout, /\(deleted\)/)
  const short = await peer.cli(['edit', 'Household', sent.id.slice(0, 5), 'x'])
  assert.equal(short.code, 2)
  assert.match(short.stderr, /6 digits or more/)
  const unknown = await peer.cli(['edit', 'Household', 'ffffffff', 'x'])
  assert.equal(unknown.code, 1)
  assert.match(unknown.stderr, /there is no message "ffffffff"/i)
})

test('rooms are made, listed, sent to and read', async () => {
  await using peer = await startTestPeer()
  const { id } = await peer.api.createSpace('Household')
  assert.match(
    (await peer.cli(['room', 'create', 'Household', 'garden'])).stdout,
    /Made the room garden/,
  )
  await peer.cli(['send', 'Household', '--room', 'garden', 'roses'])
  await peer.cli(['send', 'Household', 'in general'])
  const garden = (await peer.api.rooms(id))[1]!
  const page = await peer.json<MessagePage>('messages', 'Household', '--room', '#garden')
  assert.deepEqual(
    page.messages.map(({ text, room }) => [text, room]),
    [['roses', garden.id]],
  )
  assert.match((await peer.cli(['room', 'list', 'Household'])).stdout, /^NAME +ID +UNREAD +LAST\n/)
  assert.equal((await peer.cli(['read', 'Household'])).stdout, 'Marked 2 rooms as read.\n')
})

test('messages are paged and searched', async () => {
  await using peer = await startTestPeer()
  const { id } = await peer.api.createSpace('Household')
  for (let i = 0; i < 5; i++) await peer.api.send(id, { text: `message ${i}` })
  const texts = async (...flags: string[]): Promise<string> => {
    const page = await peer.json<MessagePage>('messages', 'Household', ...flags)
    return page.messages.map(({ text }) => text.slice(-1)).join('')
  }
  assert.equal(await texts('--limit', '2'), '34')
  const third = (await peer.api.messages(id)).messages[3]!.id.slice(0, 10)
  assert.equal(await texts('--limit', '2', '--before', third), '12')
  assert.equal(await texts('--after', third), '4')
  assert.equal(await texts('--search', 'message 3'), '3')
  assert.equal(
    (await peer.cli(['messages', 'Household', '--search', 'xyz'])).stdout,
    'Nothing found.\n',
  )
})

test('export writes a whole file for its owner alone, or to stdout', async () => {
  await using peer = await startTestPeer()
  const { id } = await peer.api.createSpace('Household')
  await peer.api.send(id, { text: 'one' })
  await peer.api.send(id, { text: 'two' })
  const file = join(peer.data, 'chat.jsonl')
  assert.equal(
    (await peer.cli(['export', 'Household', file])).stdout,
    `Wrote 2 messages to ${file}.\n`,
  )
  const text = await readFile(file, 'utf8')
  assert.deepEqual(
    text
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as Message).text),
    ['one', 'two'],
  )
  assert.equal((await stat(file)).mode & 0o777, 0o600)
  assert.deepEqual((await readdir(peer.data)).toSorted(), ['chat.jsonl', 'run'])
  assert.equal((await peer.cli(['export', 'Household', '-'])).stdout, text)
  const failed = await peer.cli(['export', 'Household', join(peer.data, 'no', 'file')])
  assert.equal(failed.code, 1)
  assert.match(failed.stderr, /cannot write .*nothing was written/i)
})

test('status, id, name, peers, members, inspect, space and words speak plainly', async () => {
  await using peer = await startTestPeer()
  const ben = peer.world.addPerson('Ben')
  const { id } = await peer.api.createSpace('Household')
  await ben.join((await peer.api.createInvite(id, { mode: 'auto' })).link!)
  const out = async (...argv: string[]): Promise<string> => {
    const { code, stdout, stderr } = await peer.cli(argv)
    assert.equal(code, 0, stderr)
    return stdout
  }
  assert.match(await out('status'), /^Ana on memory\nStarted .*\nSpaces {6}1\n/)
  assert.match(await out('status'), /! Nothing is kept when this process ends\./)
  assert.equal(await out('id'), `Person  ${peer.api.id}\nDevice  ${peer.api.device}\n`)
  assert.equal(await out('name', 'Anna'), 'Others now see you as Anna.\n')
  assert.match(await out('peers'), /^NAME +DEVICE +ROUTE/)
  assert.equal(await out('refused'), 'Nobody is refused.\n')
  const device = 'ab'.repeat(32)
  const [untilMs, reason] = [Date.now() + 600_000, 'a forged holding']
  peer.api.refused = [{ device, reason, untilMs, times: 2 }]
  assert.match(await out('refused'), /\(unknown\) +abababab +\d+ more [a-z]+ +2 +a forged holding/)
  assert.equal(await out('forgive', 'abab'), 'abababab may connect again.\n')
  assert.deepEqual(peer.api.refused, [])
  assert.match(await out('members', 'Household'), /Anna +[0-9a-f]{8} +owner +you/)
  assert.match(await out('members', 'Household'), /Ben +[0-9a-f]{8} +writer +now/)
  assert.match(await out('inspect', 'Household'), /^Entries 1, waiting for others 0/)
  const latest = [
    { id, type: 'chat.poll', author: ben.id, authorName: 'Ben', atMs: Date.now() - 60_000 },
  ]
  peer.api.newer = { count: 2, latest }
  assert.match(
    await out('inspect', 'Household'),
    /\n! 2 entries written by a newer version of Hamlet, shown after an update:\n {2}chat\.poll by Ben, /,
  )
  assert.match(await out('space', 'list'), /Household +[0-9a-f]{8} +owner +2 /)
  assert.match(await out('space', 'show', id), /Newcomers {3}see the whole history/)
  assert.equal(
    (await out('words')).split('\n')[0],
    ' 1 abandon     7 abandon    13 abandon    19 abandon',
  )
  assert.match(await out('open'), new RegExp(`^${peer.url}/#login=[A-Za-z0-9_-]{43}\n$`))
})

test('a name or id that fits more than one space is refused with the candidates', async () => {
  await using peer = await startTestPeer()
  const first = await peer.api.createSpace('Trip')
  const second = await peer.api.createSpace('Trip')
  const { code, stderr, stdout } = await peer.cli(['messages', 'Trip'])
  assert.equal(code, 1)
  assert.equal(stdout, '')
  for (const { id } of [first, second]) assert.ok(stderr.includes(id.slice(0, 12)))
  assert.equal((await peer.cli(['messages', second.id.slice(0, 12)])).code, 0)
  await peer.api.createSpace('trip')
  assert.equal((await peer.cli(['messages', 'trip'])).code, 0, 'the exact name comes first')
  const none = await peer.cli(['messages', 'Nowhere'])
  assert.equal(none.code, 1)
  assert.match(none.stderr, /there is no space "Nowhere"/i)
})

test('colour is for terminals, and NO_COLOR is heard', async () => {
  await using peer = await startTestPeer()
  await peer.api.createSpace('Household')
  const run = (terminal: boolean, env = {}) => peer.cli(['space', 'list'], { terminal, env })
  assert.ok((await run(true)).stdout.includes(ESCAPE))
  assert.ok(!(await run(false)).stdout.includes(ESCAPE))
  assert.ok(!(await run(true, { NO_COLOR: '1' })).stdout.includes(ESCAPE))
  assert.ok(!(await run(true, { TERM: 'dumb' })).stdout.includes(ESCAPE))
})

test('a message cannot steer the terminal of its reader', async () => {
  await using peer = await startTestPeer()
  const { id } = await peer.api.createSpace('Household')
  await peer.api.send(id, { text: `${ESCAPE}[2Jgone${ESCAPE}]0;title\u0007\nsecond line` })
  const { stdout } = await peer.cli(['messages', 'Household'])
  assert.ok(!stdout.includes(ESCAPE) && !stdout.includes('\u0007'))
  assert.match(stdout, /gone.*\n {4}second line/)
})

test('errors of the peer reach the user with their code, as JSON when asked', async () => {
  await using peer = await startTestPeer()
  const { id } = await peer.api.createSpace('Household')
  const ben = peer.world.addPerson('Ben')
  await ben.join((await peer.api.createInvite(id, { mode: 'auto' })).link!)
  const theirs = await ben.send(id, { text: 'mine' })
  const argv = ['edit', 'Household', theirs.id, 'yours']
  const words = await peer.cli(argv)
  assert.equal(words.code, 1)
  assert.equal(words.stderr, 'hamlet: Someone else wrote this.\n')
  const json = await peer.cli([...argv, '--json'])
  assert.equal(json.stdout, '')
  const { error } = JSON.parse(json.stderr) as { error: { code: string } }
  assert.equal(error.code, 'NOT_AUTHOR')
})
