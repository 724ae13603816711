/** Settings: flags before the environment before what works with nothing, and an error that names what is wrong. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configure, helpText, SETTINGS, wordsOfCommand } from '../src/configuration.ts'

test('nothing at all gives a tracker for this machine, on a SQLite file', () => {
  const configuration = configure([], {})
  assert.deepEqual([configuration.host, configuration.port], ['127.0.0.1', 8080])
  assert.match(configuration.database, /\.hamlet.tracker.tracker\.sqlite$/)
  assert.equal(configuration.allowsPrivateAddresses, true)
  assert.equal(configuration.isRegistrationOpen, true)
})

test("PeerNet's variables are taken, and a flag goes before its variable", () => {
  const environment = { TRACKER_PORT: '9000', DATABASE_URL: 'postgres://db/x', TRACKER_HOST: '' }
  const configuration = configure(['--port', '9001', 'serve'], environment)
  assert.equal(configuration.port, 9001)
  assert.equal(configuration.database, 'postgres://db/x')
  assert.equal(configuration.host, '127.0.0.1')
  assert.deepEqual(wordsOfCommand(['account', '--port', '1', 'add', 'Anna']), [
    'account',
    'add',
    'Anna',
  ])
})

test('a public tracker knows its name and speaks TLS, itself or through a proxy', () => {
  const outside = { TRACKER_HOST: '0.0.0.0', TRACKER_PUBLIC_URL: 'https://tracker.example' }
  const configuration = configure(['--trust-proxy', 'yes'], outside)
  assert.deepEqual(configuration.hosts, ['tracker.example'])
  assert.equal(configuration.allowsPrivateAddresses, false)
  const wrong: readonly [string[], Record<string, string>, RegExp][] = [
    [[], outside, /--host \(TRACKER_HOST\).*from outside/],
    [['--insecure', 'yes'], { TRACKER_HOST: '0.0.0.0' }, /TRACKER_PUBLIC_URL/],
    [['--port', '70000'], {}, /--port \(TRACKER_PORT\): expected 0 to 65535/],
    [['--tls-cert', 'x'], {}, /--tls-key/],
    [['--tls-key', 'x'], {}, /--tls-cert/],
    [['--registration', 'maybe'], {}, /expected open, closed, got maybe/],
    [['--trust-proxy', 'perhaps'], {}, /expected yes, no/],
    [['--public-url', 'tracker.example'], {}, /https:\/\/name/],
    [['--wings', '2'], {}, /--wings.*--help/],
  ]
  for (const [args, environment, message] of wrong) {
    assert.throws(() => configure(args, environment), { code: 'TRACKER_MISCONFIGURED', message })
  }
})

test('the help names every setting and its variable', () => {
  for (const [flag, { variable }] of Object.entries(SETTINGS)) {
    assert.ok(helpText().includes(`--${flag} `) && helpText().includes(variable))
  }
})
