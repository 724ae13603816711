// @timeoutSeconds 300 @mostlyWaits: a database, a tracker, a relay and a peer, one after the other.
// What the compose file says, run as processes: each becomes healthy, they find each other, and all end when they are told.

import assert from 'node:assert/strict'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readComposeFile } from '../../scripts/deploy/compose.ts'
import { runDeployment, startOrder } from '../../scripts/run-deployment.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')

test('the services of the compose file start healthy, reach each other, and end with 0', async () => {
  const lines: string[] = []
  const codes = await runDeployment({
    root,
    services: ['tracker', 'anna'],
    print: (line) => lines.push(line),
    async onRunning(running) {
      assert.deepEqual(running.services, ['tracker', 'relay', 'introduction', 'anna'])
      const tracker = `http://127.0.0.1:${await running.port('tracker', 8080)}`
      const page = await fetch(tracker)
      assert.match(await page.text(), /<div id="root">/)
      const metrics = await fetch(`${tracker}/metrics`)
      assert.equal(metrics.status, 200)
      // The relay is where the introduction says.
      const relay = await running.port('relay', 4001)
      for (let tries = 1; ; tries++) {
        const status = JSON.parse(
          await running.exec('anna', ['hamlet', 'peers', '--json']),
        ) as object
        if (JSON.stringify(status).includes(`/tcp/${relay}`)) break
        assert.ok(tries < 120, JSON.stringify(status))
        await delay(500)
      }
      if (running.database === 'SQLite')
        console.log('SKIPPED PostgreSQL of the deployment: not here')
    },
  })
  assert.deepEqual(Object.fromEntries(codes), { tracker: 0, relay: 0, anna: 0 }, lines.join('; '))
})

test('services start after what they wait for', () => {
  const order = startOrder(readComposeFile(root, 'deploy/compose.yaml'))
  const place = (name: string) => order.indexOf(name)
  assert.ok(place('database') < place('tracker') && place('tracker') < place('proxy'))
  assert.ok(place('relay') < place('introduction') && place('introduction') < place('ben'))
})
